// einsum: sums of products in Einstein's notation, 'ij,jk->ik'. Operands are taken in pairs from the left, and each
// pair becomes one batched matrix product.

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
  const isTerm = (term: string): boolean => /^[a-zA-Z]*(\.\.\.)?[a-zA-Z]*$/.test(term);
  const valid = rest.length === 0 && left.split(',').every(isTerm) && isTerm(right ?? '');
  check(valid, () => {
    return `einsum: ${show(equation)} is not letters between commas, then '->' and letters; '...' stands for other axes`;
  });
  const output = right ?? implicitOutput(left);
  for (const label of output.match(/\.\.\.|\w/g) ?? []) {
    check(left.includes(label), () => `einsum: '${label}' of the output of ${show(equation)} is in no operand`);
  }
  const named = output.replace(ELLIPSIS, '');
  check(unique(named).length === named.length, () => `einsum: a letter is twice in the output of ${show(equation)}`);
  return { inputs: left.split(','), output };
}

/** The axes of an ellipsis, if there is one, and the letters that appear once, in the order of the alphabet. */
function implicitOutput(left: string): string {
  const all = left.replaceAll(',', '').replaceAll(ELLIPSIS, '');
  const once = unique(all).filter((label) => all.indexOf(label) === all.lastIndexOf(label));
  return (left.includes(ELLIPSIS) ? ELLIPSIS : '') + once.sort().join('');
}

const ELLIPSIS = '...';

/** A label that is no letter, for an axis of an ellipsis, counted from its right end. */
const hiddenLabel = (i: number): string => String.fromCharCode(0xe000 + i);
const isHidden = (label: string): boolean => label >= hiddenLabel(0);

/** Labels for an ellipsis that stands for `count` axes. */
const hiddenLabels = (count: number): string =>
  Array.from({ length: count }, (_, i) => hiddenLabel(count - 1 - i)).join('');

/** How many axes the ellipsis of an operand stands for; 0 if it has none. */
const hiddenAxes = (labels: string, { shape }: Tensor): number =>
  labels.includes(ELLIPSIS) ? Math.max(0, shape.length - labels.length + ELLIPSIS.length) : 0;

/**
 * The equation with labels in place of each ellipsis. Those of operands are aligned at the right, as in broadcasting.
 */
function withoutEllipsis({ inputs, output }: Equation, operands: readonly Tensor[]): Equation {
  const counts = inputs.map((labels, i) => hiddenAxes(labels, operands[i]!));
  return {
    inputs: inputs.map((labels, i) => labels.replace(ELLIPSIS, hiddenLabels(counts[i]!))),
    output: output.replace(ELLIPSIS, hiddenLabels(Math.max(...counts))),
  };
}

/**
 * The terms without axes of an ellipsis that are 1 there and longer, or gone already, in another term: they broadcast.
 */
function squeezed(terms: readonly Term[]): readonly Term[] {
  return terms.reduce<readonly Term[]>((done, term, i) => {
    const others = [...done.slice(0, i), ...done.slice(i + 1)];
    const isLost = (label: string, axis: number): boolean =>
      isHidden(label) && term.x.shape[axis] === 1 && others.some(({ labels }) => labels.includes(label));
    const axes = letters(term.labels).flatMap((label, axis) => (isLost(label, axis) ? [axis] : []));
    if (axes.length === 0) return done;
    const labels = letters(term.labels).filter((_, axis) => !axes.includes(axis));
    const shorter = { x: term.x.squeeze(axes), labels: labels.join('') };
    return done.map((other, k) => (k === i ? shorter : other));
  }, terms);
}

function checkSizes(equation: string, terms: readonly Term[]): void {
  const sizes = new Map<string, number>();
  for (const { x, labels } of terms) {
    const fits = labels.length === x.shape.length;
    check(fits, () => `einsum ${show(equation)}: '${labels}' does not name the axes of ${shapeText(x.shape)}`);
    letters(labels).forEach((label, axis) => {
      const size = sizes.get(label) ?? x.shape[axis]!;
      check(size === x.shape[axis], () => {
        const name = isHidden(label) ? `an axis of '...'` : `'${label}'`;
        return `einsum ${show(equation)}: ${name} is ${size} in one operand but ${x.shape[axis]} in another place`;
      });
      sizes.set(label, size);
    });
  }
}

/**
 * Computes the sum of products that an equation in Einstein's notation describes: 'ij,jk->ik' is a matrix product,
 * 'ii->' the sum of a diagonal, 'bij->bji' a transpose. Without `->` the result has the letters that appear once, in
 * the order of the alphabet. '...' stands for the axes that have no letter: they broadcast, '...ij,...jk->...ik' is a
 * batch of matrix products. Where they are left out of the output they are summed over.
 * Operands are taken in pairs from the left, each pair as one batched matrix product.
 *
 * @throws if the equation does not fit the operands
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const parsed = parse(equation);
  check(parsed.inputs.length === operands.length, () => {
    return `einsum ${show(equation)} takes ${parsed.inputs.length} operands, got ${operands.length}`;
  });
  for (const x of operands) checkedTensor('einsum', x);
  const { inputs, output } = withoutEllipsis(parsed, operands);
  const given = squeezed(operands.map((x, i): Term => ({ x, labels: inputs[i]! })));
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
  const order = [...others, first, second];
  const isInOrder = order.every((axis, i) => axis === i); // then there is no need for a copy of the whole
  const flat = (isInOrder ? x : x.transpose(order)).reshape([...kept, n * n]);
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
