// Running sums and products along an axis: cumSum, cumProd.

import indexing from '#sides/indexing.wasm';
import { cumSum as cumSumKernel } from '../kernels/scan.js';
import { normalizeAxis } from '../shape.js';
import { checkedTensor, Tensor } from '../tensor.js';
import { checkFloat, defineOp } from './op.js';
import { asVector, threeDims } from './reduce.js';
import { along, flip, padWith } from './slicing.js';

const cumSumOp = defineOp<{ readonly axis: number }>({
  name: 'cumSum',
  kernels: { cumSum: cumSumKernel },
  side: indexing,
  infer: (inputs) => {
    checkFloat('cumSum', inputs);
    return inputs[0]!;
  },
  derivative: (g, _node, { axis }) => [flip(cumSum(flip(g, axis), axis), axis)],
  batch: ({ inputs: [x] }, _node, { axis }) => cumSum(x!, axis + 1),
  emit: (e, node, { axis }) => {
    const sizes = threeDims(node.shape, { from: axis, to: axis + 1 });
    e.code('cumSum', { out: e.at(node), x: e.at(node.inputs[0]!), ...sizes });
  },
});

/** Running sums along `axis`, the last one by default, in the same shape: x₀, x₀ + x₁, x₀ + x₁ + x₂ … */
export function cumSum(x: Tensor, axis = -1): Tensor {
  const given = checkedTensor('cumSum', x);
  if (x.dtype === 'int32') return scanned('cumSum', given, axis, (a, b) => a.add(b), 0);
  return asVector(given, (t) => new Tensor(cumSumOp, [t], { axis: normalizeAxis('cumSum', axis, t.shape.length) }));
}

/**
 * Running products along `axis`, the last one by default, in the same shape: x₀, x₀·x₁, x₀·x₁·x₂ … Multiplied in
 * log₂ n rounds, without a division: so gradients are right where elements are 0.
 */
export function cumProd(x: Tensor, axis = -1): Tensor {
  return scanned('cumProd', checkedTensor('cumProd', x), axis, (a, b) => a.mul(b), 1);
}

type Join = (a: Tensor, b: Tensor) => Tensor;

/** What `join`, which is associative, makes of the elements up to each one, in log₂ n rounds over all of them. */
function scanned(where: string, x: Tensor, axis: number, join: Join, neutral: number): Tensor {
  return asVector(x, (t) => scannedAlong(t, normalizeAxis(where, axis, t.shape.length), join, neutral));
}

function scannedAlong(x: Tensor, axis: number, join: Join, neutral: number): Tensor {
  const n = x.shape[axis]!;
  let joined = x;
  for (let shift = 1; shift < n; shift *= 2) {
    const widths = x.shape.map((_, i) => [i === axis ? shift : 0, 0] as const);
    joined = join(joined, padWith(along(joined, axis, [0, n - shift]), widths, neutral));
  }
  return joined;
}
