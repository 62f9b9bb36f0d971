// Running sums and products along an axis: cumSum, cumProd.

import indexing from '#sides/indexing.wasm';
import { pullback } from '../grad.js';
import * as kernels from '../kernels/scan.js';
import { normalizeAxis } from '../shape.js';
import { checkedTensor, Tensor } from '../tensor.js';
import { type CustomAttrs, customGradient } from './movement.js';
import { checkFloat, defineOp } from './op.js';
import { asVector, threeDims } from './reduce.js';
import { along, flip, padWith } from './slicing.js';

interface ScanAttrs {
  readonly axis: number;
}

const cumSumOp = defineOp<ScanAttrs>({
  name: 'cumSum',
  kernels: { cumSum: kernels.cumSum, cumSumInt: kernels.cumSumInt },
  side: indexing,
  infer: ([x]) => x!,
  derivative: (g, _node, { axis }) => [flip(cumSum(flip(g, axis), axis), axis)],
  batch: ({ inputs: [x] }, _node, { axis }) => cumSum(x!, axis + 1),
  emit: (e, node, { axis }) => {
    const sizes = threeDims(node.shape, { from: axis, to: axis + 1 });
    const name = node.dtype === 'int32' ? 'cumSumInt' : 'cumSum';
    e.code(name, { out: e.at(node), x: e.at(node.inputs[0]!), ...sizes });
  },
});

/** Running sums along `axis`, the last one by default, in the same shape: x₀, x₀ + x₁, x₀ + x₁ + x₂ … */
export function cumSum(x: Tensor, axis = -1): Tensor {
  const given = checkedTensor('cumSum', x);
  return asVector(given, (t) => new Tensor(cumSumOp, [t], { axis: normalizeAxis('cumSum', axis, t.shape.length) }));
}

const cumProdOp = defineOp<ScanAttrs>({
  name: 'cumProd',
  kernels: { cumProd: kernels.cumProd },
  side: indexing,
  infer: (inputs) => {
    checkFloat('cumProd', inputs);
    return inputs[0]!;
  },
  batch: ({ inputs: [x] }, node, { axis }) => node.rewrite(node.op, [x!], { axis: axis + 1 }),
  emit: (e, node, { axis }) => {
    const sizes = threeDims(node.shape, { from: axis, to: axis + 1 });
    e.code('cumProd', { out: e.at(node), x: e.at(node.inputs[0]!), ...sizes });
  },
});

/**
 * Running products along `axis`, the last one by default, in the same shape: x₀, x₀·x₁, x₀·x₁·x₂ … Gradients need no
 * division, and so are right where elements are 0.
 */
export function cumProd(x: Tensor, axis = -1): Tensor {
  return asVector(checkedTensor('cumProd', x), (t) => {
    const at = normalizeAxis('cumProd', axis, t.shape.length);
    const composed = productsAlong(t, at);
    if (t.dtype === 'int32') return composed;
    const custom: CustomAttrs = { pull: (g) => pullback([composed], [g], [t], [t]), composed: () => composed };
    return new Tensor(customGradient, [new Tensor(cumProdOp, [t], { axis: at }), t], custom);
  });
}

/** The products up to each element in log₂ n rounds over all of them. */
function productsAlong(x: Tensor, axis: number): Tensor {
  const n = x.shape[axis]!;
  let product = x;
  for (let shift = 1; shift < n; shift *= 2) {
    const widths = x.shape.map((_, i) => [i === axis ? shift : 0, 0] as const);
    product = product.mul(padWith(along(product, axis, [0, n - shift]), widths, 1));
  }
  return product;
}
