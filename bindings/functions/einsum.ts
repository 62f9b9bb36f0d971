// einsum: sums of products in Einstein's notation, 'ij,jk->ik'. Operands are taken in pairs from the left, and each pair
// becomes one batched matrix product.

import { check, show } from '../errors.js';
import { type Shape, shapeText, sizeOf } from '../shape.js';
import { checkedTensor, type Tensor } from '../tensor.js';
import { slice } from './slicing.js';

/** A tensor with a letter for each of its axes. */
interface Term {
  readonly x: Tensor;
  readonly labels: string;
}

interface Equation {
  readonly inputs: readonly string[];
  readonly output: string;
}

const letters = (labels: string): string[] => [...labels];
const unique = (labels: string): string[] => [...new Set(labels)];

function parse(equation: string): Equation {
  check(typeof equation === 'string', () => `einsum: expected an equation such as 'ij,jk->ik', got ${show(equation)}`);
  const [left, right, ...rest] = equation.replaceAll(' ', '').split('->') as [string, string?, ...string[]];
  const valid = rest.length === 0 && /^[a-zA-Z,]*$/.test(left) && /^[a-zA-Z]*$/.test(right ?? '');
  check(valid, () => `einsum: ${show(equation)} is not letters between commas, then '->' and letters`);
  const output = right ?? implicitOutput(left);
  for (const label of output) {
    check(left.includes(label), () => `einsum: '${label}' of the output of ${show(equation)} is in no operand`);
  }
  check(unique(output).length === output.length, () => `einsum: a letter is twice in the output of ${show(equation)}`);
  return { inputs: left.split(','), output };
}

/** The letters that appear once, in the order of the alphabet. */
function implicitOutput(left: string): string {
  const all = left.replaceAll(',', '');
  return unique(all)
    .filter((label) => all.indexOf(label) === all.lastIndexOf(label))
    .sort()
    .join('');
}

function checkSizes(equation: string, terms: readonly Term[]): void {
  const sizes = new Map<string, number>();
  for (const { x, labels } of terms) {
    const fits = labels.length === x.shape.length;
    check(fits, () => `einsum ${show(equation)}: '${labels}' does not name the axes of ${shapeText(x.shape)}`);
    letters(labels).forEach((label, axis) => {
      const size = sizes.get(label) ?? x.shape[axis]!;
      check(size === x.shape[axis], () => {
        return `einsum ${show(equation)}: '${label}' is ${size} in one operand but ${x.shape[axis]} in another place`;
      });
      sizes.set(label, size);
    });
  }
}

/**
 * Computes the sum of products that an equation in Einstein's notation describes: 'ij,jk->ik' is a matrix product, 'ii->'
 * the sum of a diagonal, 'bij->bji' a transpose. Without `->` the result has the letters that appear once, in the order of
 * the alphabet.
 * Operands are taken in pairs from the left, each pair as one batched matrix product.
 *
 * @throws if the equation does not fit the operands
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const { inputs, output } = parse(equation);
  check(inputs.length === operands.length, () => {
    return `einsum ${show(equation)} takes ${inputs.length} operands, got ${operands.length}`;
  });
  const given = operands.map((x, i): Term => ({ x: checkedTensor('einsum', x), labels: inputs[i]! }));
  checkSizes(equation, given);
  const terms = given.map(diagonals);
  const total = terms.reduce((done, term, i) => {
    const later = terms.slice(i + 1).map(({ labels }) => labels);
    return contract(done, term, output + later.join(''));
  });
  return arrange(summed(total, output), output);
}

/** The term with every letter once: where a letter is repeated, only the diagonal of these axes is kept. */
function diagonals({ x, labels }: Term): Term {
  const twice = letters(labels).find((label, i) => labels.indexOf(label) !== i);
  if (twice === undefined) return { x, labels };
  const [first, second] = [labels.indexOf(twice), labels.indexOf(twice, labels.indexOf(twice) + 1)];
  const others = x.shape.map((_, axis) => axis).filter((axis) => axis !== first && axis !== second);
  const n = x.shape[first]!;
  const kept = others.map((axis) => x.shape[axis]!);
  const flat = x.transpose([...others, first, second]).reshape([...kept, n * n]);
  const diagonal = slice(flat, [...others.map(() => null), [null, null, n + 1]]);
  return diagonals({ x: diagonal, labels: others.map((axis) => labels[axis]).join('') + twice });
}

/** The term summed over the letters that are not in `needed`. */
function summed({ x, labels }: Term, needed: string): Term {
  const lost = letters(labels).flatMap((label, axis) => (needed.includes(label) ? [] : [axis]));
  if (lost.length === 0) return { x, labels };
  return {
    x: x.sum(lost),
    labels: letters(labels)
      .filter((label) => needed.includes(label))
      .join(''),
  };
}

/** The tensor of a term with its axes in the order of `order`. */
function arrange({ x, labels }: Term, order: string): Tensor {
  return labels === order ? x : x.transpose(letters(order).map((label) => labels.indexOf(label)));
}

/** The product of two terms, summed over the letters that are not in `needed`. */
function contract(first: Term, second: Term, needed: string): Term {
  const a = summed(first, needed + second.labels);
  const b = summed(second, needed + first.labels);
  const only = (label: string, other: Term): boolean => !other.labels.includes(label);
  const shared = letters(a.labels).filter((label) => !only(label, b));
  const batch = shared.filter((label) => needed.includes(label)).join('');
  const inner = shared.filter((label) => !needed.includes(label)).join('');
  const rows = letters(a.labels)
    .filter((label) => only(label, b))
    .join('');
  const cols = letters(b.labels)
    .filter((label) => only(label, a))
    .join('');
  return { x: multiply(a, b, { batch, rows, cols, inner }), labels: batch + rows + cols };
}

/** What the letters of a pair are in its matrix product. */
interface Roles {
  /** In both operands and in the result. */
  readonly batch: string;
  /** In the first operand only. */
  readonly rows: string;
  /** In the second operand only. */
  readonly cols: string;
  /** In both, and summed over. */
  readonly inner: string;
}

function multiply(a: Term, b: Term, { batch, rows, cols, inner }: Roles): Tensor {
  const sizesOf = ({ x, labels }: Term, of: string): Shape =>
    letters(of).map((label) => x.shape[labels.indexOf(label)]!);
  const [batches, m, n, k] = [sizesOf(a, batch), sizesOf(a, rows), sizesOf(b, cols), sizesOf(a, inner)];
  const out = [...batches, ...m, ...n];
  if (inner === '') {
    const left = arrange(a, batch + rows).reshape([...batches, ...m, ...n.map(() => 1)]);
    return left.mul(arrange(b, batch + cols).reshape([...batches, ...m.map(() => 1), ...n]));
  }
  // matMul reads a transposed operand as it lies, without a copy.
  const [transA, transB] = [a.labels === batch + inner + rows, b.labels === batch + cols + inner];
  const [sizeM, sizeN, sizeK] = [sizeOf(m), sizeOf(n), sizeOf(k)];
  const left = arrange(a, transA ? a.labels : batch + rows + inner);
  const right = arrange(b, transB ? b.labels : batch + inner + cols);
  return left
    .reshape([...batches, ...(transA ? [sizeK, sizeM] : [sizeM, sizeK])])
    .matMul(right.reshape([...batches, ...(transB ? [sizeN, sizeK] : [sizeK, sizeN])]), { transA, transB })
    .reshape(out);
}
