// What the ops of a graph are in PyTorch: a row an op, for what is no layer that PyTorch has. Not here: layers
// (rules.ts).

import type { InputAttrs } from '../ops/movement.js';
import { plainOf } from '../ops/plain.js';
import { type Shape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { axisFirst, flattened, joined, type Layout } from './layout.js';
import { py, pyArguments } from './python.js';
import { RECURRENCE } from './recurrence.js';
import { BATCH } from './trace.js';

/** The expression of a node. */
export interface Expression {
  readonly text: string;
  readonly layout: Layout;
  /** It is a call of one operand: `F.relu(x)`. It may be written around what makes the operand. */
  readonly wraps?: boolean | undefined;
}

/** What expressions are written with. */
export interface Operands {
  layoutOf(t: Tensor): Layout;
  /** A tensor in the layout that it has. */
  ref(t: Tensor): string;
  /** A tensor with its channels last, or first. */
  last(t: Tensor): string;
  first(t: Tensor): string;
  /** The first input of the model. */
  readonly input: string;
  /** Says that a function or a class of this text is called. */
  helper(text: string): void;
  /** Another net of PyTorch may read numbers in another order than this one does here. */
  ambiguous(what: string): void;
  /**
   * Whether tensors of so many axes, whose channels were first, have them last by now: another net may have left them
   * first.
   */
  moved(rank: number): boolean;
  /** Says that they have. */
  move(rank: number): void;
}

/** An expression, or why there is none. */
type Written = Expression | string;

type OpText = (node: Tensor, x: Operands, attrs: never) => Written;

/** The value of a constant that is one number. */
function numberOf({ op, size, attrs }: Tensor): number | undefined {
  if (op.name !== 'constant' || size !== 1) return undefined;
  return (attrs as { data: ArrayLike<number> }).data[0];
}

const isNumber = (t: Tensor): boolean => numberOf(t) !== undefined;

/** The layout in which operands that broadcast go together, and their texts. */
function together(given: readonly Tensor[], x: Operands): { texts: string[]; layout: Layout } {
  const plain = given.map((t) => unrepeated(t));
  const operands = plain.every(isNumber) ? given : plain;
  const tensors = operands.filter((t) => !isNumber(t));
  const [a, ...others] = tensors as [Tensor, ...Tensor[]];
  const layout = x.layoutOf(a);
  const rank = a.shape.length;
  const alike = others.every((t) => t.shape.length === rank);
  const texts = (of: (t: Tensor) => string): string[] => operands.map((t) => (isNumber(t) ? py(numberOf(t)) : of(t)));
  if (typeof layout !== 'string' && others.every((t) => sameRows(t, a, x)))
    return { texts: texts((t) => x.ref(t)), layout };
  const first = alike && rank > 2 && tensors.some((t) => x.layoutOf(t) === 'first');
  return { texts: texts((t) => (first ? x.first(t) : x.last(t))), layout: first ? 'first' : 'last' };
}

/** What a tensor repeats along some of its axes, which PyTorch does by itself. */
function unrepeated(t: Tensor): Tensor {
  const [input] = t.inputs;
  return t.op.name === 'broadcastTo' && input!.shape.length === t.shape.length ? input! : t;
}

/** Whether two rows of features have them in the same order. */
function sameRows(t: Tensor, a: Tensor, x: Operands): boolean {
  const [one, other] = [x.layoutOf(t), x.layoutOf(a)];
  if (one === other) return true;
  if (typeof one === 'string' || typeof other === 'string') return false;
  return one.order.length === other.order.length && one.order.every((j, i) => j === other.order[i]);
}

const unary =
  (text: (x: string, slope: number) => string, wraps = false): OpText =>
  (node, x, { slope }: { slope: number }) => {
    const [input] = node.inputs as [Tensor];
    return { text: text(x.ref(input), slope), layout: x.layoutOf(input), wraps };
  };

const binary =
  (text: (a: string, b: string) => string): OpText =>
  ({ inputs }, x) => {
    if (inputs.every(isNumber)) return 'it computes with constants alone';
    const { texts, layout } = together(inputs, x);
    return { text: text(texts[0]!, texts[1]!), layout };
  };

/** The larger or the smaller of two: with a number it is a bound. */
const bound =
  (name: 'maximum' | 'minimum', side: 'min' | 'max'): OpText =>
  (node, x) => {
    const [a, b] = node.inputs as [Tensor, Tensor];
    const [number, tensor] = isNumber(a) ? [a, b] : [b, a];
    if (isNumber(number) && !isNumber(tensor)) {
      return { text: `${x.ref(tensor)}.clamp(${side}=${py(numberOf(number))})`, layout: x.layoutOf(tensor) };
    }
    return binary((p, q) => `torch.${name}(${p}, ${q})`)(node, x, undefined as never);
  };

interface Span {
  readonly from: number;
  readonly to: number;
}

/** PyTorch's axes of a span of ours, and the layout of what is left when they are gone. */
function reduced(t: Tensor, { from, to }: Span, layout: Layout): { axes: string; layout: Layout } {
  const rank = t.shape.length;
  const ours = Array.from({ length: to - from }, (_, i) => from + i);
  const first = layout === 'first';
  const axes = ours.map((axis) => (first ? axisFirst(axis, rank) : axis)).sort((a, b) => a - b);
  const stays = first && to < rank && rank - ours.length > 2;
  return { axes: py(axes.length === 1 ? axes[0] : axes), layout: stays ? 'first' : 'last' };
}

const reduction =
  (method: string): OpText =>
  ({ inputs }, x, span: Span) => {
    const [input] = inputs as [Tensor];
    if (span.from === 0) return 'it goes over the samples of a batch';
    const { axes, layout } = reduced(input, span, x.layoutOf(input));
    return { text: `${x.ref(input)}.${method}(${axes})`, layout };
  };

/** A product, which is a mean where it is that of a sum by one divided by how many were added. */
const product: OpText = (node, x) => {
  const [a, b] = node.inputs as [Tensor, Tensor];
  const number = numberOf(b);
  const keeps = a.op.name === 'reshape' && a.shape.length === a.inputs[0]!.inputs[0]?.shape.length;
  const sum = keeps ? a.inputs[0]! : a;
  const [input] = sum.inputs;
  if (sum.op.name === 'sum' && input && number !== undefined) {
    const span = sum.attrs as Span;
    const whole = !keeps || input.shape.every((d, i) => a.shape[i] === (i >= span.from && i < span.to ? 1 : d));
    const isMean = Math.abs((number * input.size) / sum.size - 1) < 1e-6 && span.from > 0;
    if (isMean && whole) {
      const { axes, layout } = reduced(input, span, x.layoutOf(input));
      if (!keeps) return { text: `${x.ref(input)}.mean(${axes})`, layout };
      return { text: `${x.ref(input)}.mean(${axes}, keepdim=True)`, layout: keptLayout(x.layoutOf(input)) };
    }
  }
  return binary((p, q) => `${p} * ${q}`)(node, x, undefined as never);
};

/** That of what still has all axes, some of them of 1. */
const keptLayout = (layout: Layout): Layout => (layout === 'first' ? 'first' : 'last');

/** A sum; of a negative number a difference. */
const sumOf: OpText = (node, x) => {
  const number = numberOf(node.inputs[1]!);
  return binary((a, b) => (number !== undefined && number < 0 ? `${a} - ${py(-number)}` : `${a} + ${b}`))(
    node,
    x,
    undefined as never,
  );
};

/** As errors show it. */
export const samples = (shape: Shape): string => `samples ${shapeText(shape.slice(1))}`;

/** Dimensions, of which one may be that of the batch. */
function dimensions(shape: Shape): string | undefined {
  const batches = shape.filter((d) => d > 0 && d % BATCH === 0);
  if (batches.length > 1) return undefined;
  return shape.map((d) => (d > 0 && d % BATCH === 0 ? -1 : d)).join(', ');
}

const reshape: OpText = (node, x) => {
  const [input] = node.inputs as [Tensor];
  const layout = x.layoutOf(input);
  const { shape } = node;
  const flat = shape.length === 2 && shape[0] === BATCH && input.shape[0] === BATCH && input.shape.length > 2;
  if (flat) {
    const sample = input.shape.slice(1);
    const first = flattened(sample);
    if (layout === 'last' && first !== 'last' && x.moved(input.shape.length))
      x.ambiguous(`it flattens ${samples(input.shape)}, whose channels were moved`);
    return { text: `${x.ref(input)}.flatten(1)`, layout: layout === 'first' ? first : 'last' };
  }
  const same = shape.length === input.shape.length && shape.every((d, i) => d === input.shape[i]);
  if (same) return { text: x.ref(input), layout };
  const mixes = layout === 'first' && shape.at(-1) !== input.shape.at(-1);
  if (mixes || typeof layout !== 'string') x.ambiguous(`it makes ${samples(shape)} of ${samples(input.shape)}`);
  if (layout === 'first') x.move(shape.length);
  const dims = dimensions(shape);
  if (dims === undefined) return 'it mixes the samples of a batch';
  return { text: `${x.last(input)}.reshape(${dims})`, layout: 'last' };
};

const broadcast: OpText = (node, x) => {
  const [input] = node.inputs as [Tensor];
  const { shape } = node;
  const before = shape.length - input.shape.length;
  const batch = (d: number): string => `${x.input}.shape[0]${d === BATCH ? '' : ` * ${d / BATCH}`}`;
  const size = (d: number): string => (d > 0 && d % BATCH === 0 ? batch(d) : String(d));
  if (isNumber(input)) {
    const dtype = node.dtype === 'int32' ? 'torch.int32' : 'torch.float32';
    const sizes = `(${shape.map(size).join(', ')}${shape.length === 1 ? ',' : ''})`;
    const value = py(numberOf(input));
    return { text: `torch.full(${sizes}, ${value}, dtype=${dtype}, device=${x.input}.device)`, layout: 'last' };
  }
  const dims = shape.map((d, i) => (input.shape[i - before] === d ? '-1' : size(d)));
  return { text: `${x.last(input)}.expand(${dims.join(', ')})`, layout: 'last' };
};

interface Windows {
  readonly begin: readonly (readonly number[])[];
  readonly step: readonly (readonly number[])[];
  readonly into: Shape;
}

const concat: OpText = (node, x, { begin }: Windows) => {
  const parts = node.inputs.slice(0, begin.length);
  const { shape } = node;
  const axis = shape.findIndex((d, i) => parts.some((t) => t.shape[i] !== d));
  if (axis < 0) return alias(node, x, undefined as never);
  if (axis === 0 && shape[0]! % BATCH === 0) return 'it puts batches one behind the other';
  const rank = shape.length;
  if (rank === 2 && axis === 1) {
    const layout = joined(parts.map((t) => ({ layout: x.layoutOf(t), width: t.shape[1]! })));
    return { text: `torch.cat([${parts.map((t) => x.ref(t)).join(', ')}], 1)`, layout };
  }
  const first = rank > 2 && parts.some((t) => x.layoutOf(t) === 'first');
  const texts = parts.map((t) => (first ? x.first(t) : x.last(t))).join(', ');
  const at = first ? axisFirst(axis, rank) : axis;
  return { text: `torch.cat([${texts}], ${at})`, layout: first ? 'first' : 'last' };
};

const pad: OpText = (node, x, { begin, step, into }: Windows) => {
  const [input, fill] = node.inputs as [Tensor, Tensor];
  if (begin.length !== 1 || step[0]!.some((by) => by !== 1)) return 'it spreads values';
  const widths = input.shape.map((d, i) => [begin[0]![i]!, into[i]! - d - begin[0]![i]!]);
  const first = x.layoutOf(input) === 'first';
  const rank = input.shape.length;
  const sorted = widths.map((_, i) => i);
  if (first) sorted.sort((a, b) => axisFirst(a, rank) - axisFirst(b, rank));
  const sides = sorted.map((axis) => widths[axis]!);
  while (sides[0]?.every((width) => width === 0)) sides.shift();
  const value = numberOf(fill) === 0 ? undefined : py(numberOf(fill));
  const text = `F.pad(${pyArguments([first ? x.first(input) : x.last(input), py(sides.reverse().flat())], { value })})`;
  return { text, layout: first ? 'first' : 'last' };
};

interface Window {
  readonly begin: readonly number[];
  readonly step: readonly number[];
  readonly shape: Shape;
}

const slice: OpText = (node, x, { begin, step, shape }: Window) => {
  const [input] = node.inputs as [Tensor];
  const isBatch = input.shape[0]! % BATCH === 0;
  if (isBatch && shape[0] !== input.shape[0]) return 'it takes some samples of a batch';
  const turned = step.flatMap((by, axis) => (by === -1 && shape[axis] === input.shape[axis] ? [axis] : []));
  if (isBatch && turned.includes(0)) return 'it turns the order of the samples';
  if (step.some((by, axis) => by < 1 && !turned.includes(axis))) return 'it goes backwards';
  const layout = x.layoutOf(input);
  if (typeof layout !== 'string') x.ambiguous(`it takes a part of ${samples(input.shape)}`);
  const first = layout === 'first';
  const rank = shape.length;
  const parts = new Array<string>(rank).fill(':');
  shape.forEach((d, axis) => {
    if (d === input.shape[axis]) return;
    const [from, by] = [begin[axis]!, step[axis]!];
    const end = from + (d - 1) * by + 1;
    parts[first ? axisFirst(axis, rank) : axis] = `${from}:${end}${by === 1 ? '' : `:${by}`}`;
  });
  const axes = turned.map((axis) => (first ? axisFirst(axis, rank) : axis));
  const flip = axes.length > 0 ? `.flip(${axes.join(', ')})` : '';
  const cut = parts.every((part) => part === ':') ? '' : `[${parts.join(', ')}]`;
  return { text: `${first ? x.first(input) : x.last(input)}${flip}${cut}`, layout: first ? 'first' : 'last' };
};

const overChannels =
  (name: string): OpText =>
  (node, x) => {
    const [input] = node.inputs as [Tensor];
    const layout = x.layoutOf(input);
    return { text: `F.${name}(${x.ref(input)}, ${layout === 'first' ? 1 : -1})`, layout, wraps: true };
  };

const transpose: OpText = (node, x, { axes }: { axes: readonly number[] }) => {
  const [input] = node.inputs as [Tensor];
  return { text: `${x.last(input)}.permute(${axes.join(', ')})`, layout: 'last' };
};

const matMul: OpText = (node, x, { transA, transB }: { transA: boolean; transB: boolean }) => {
  const [a, b] = node.inputs as [Tensor, Tensor];
  if (a.shape.length < 2 || b.shape.length < 2) return 'it multiplies by a vector';
  const operand = (t: Tensor, transposed: boolean): string => `${x.last(t)}${transposed ? '.transpose(-1, -2)' : ''}`;
  return { text: `${operand(a, transA)} @ ${operand(b, transB)}`, layout: 'last' };
};

const where: OpText = ({ inputs }, x) => {
  const { texts, layout } = together(inputs, x);
  const [condition, ...values] = texts as [string, string, string];
  const tensor = (i: number): string =>
    isNumber(inputs[i]!) ? `${condition}.new_tensor(${values[i - 1]})` : values[i - 1]!;
  return { text: `torch.where(${condition} != 0, ${tensor(1)}, ${tensor(2)})`, layout };
};

interface Recurrence {
  readonly gates: number;
  readonly reverse: boolean;
  readonly masked: boolean;
}

const recurrence: OpText = ({ inputs }, x, { gates, reverse, masked }: Recurrence) => {
  x.helper(RECURRENCE);
  const [z, kernel, state, ...others] = inputs.map((t) => x.last(t));
  const mask = masked ? others.pop() : undefined;
  const text = [z, kernel, state, others[0] ?? 'None', mask ?? 'None', gates, py(reverse)].join(', ');
  return { text: `recurrence(${text})`, layout: 'last' };
};

const gather: OpText = ({ inputs: [table, indices] }, x, { axis, along }: { axis: number; along: boolean }) => {
  if (along || axis !== 0 || table!.shape.length !== 2) return 'it gathers along another axis than rows';
  if (table!.shape[0]! % BATCH === 0) return 'it takes some samples of a batch';
  return { text: `F.embedding(${x.last(indices!)}, ${x.last(table!)})`, layout: 'last' };
};

const same = (t: Tensor, x: Operands): Expression => ({ text: x.ref(t), layout: x.layoutOf(t) });

const alias: OpText = ({ inputs }, x) => same(inputs[0]!, x);

const method = (name: string): OpText => unary((x) => `${x}.${name}()`);

const comparison = (sign: string): OpText => binary((a, b) => `(${a} ${sign} ${b}).float()`);

const OPS: Readonly<Record<string, OpText>> = {
  identity: alias,
  customGradient: (node, x) => same(plainOf(node), x),
  copy: alias,
  stopGradient: method('detach'),
  reshape,
  broadcastTo: broadcast,
  transpose,
  concat,
  pad,
  slice,
  sum: reduction('sum'),
  max: reduction('amax'),
  softmax: overChannels('softmax'),
  logSoftmax: overChannels('log_softmax'),
  matMul,
  batchMatMul: matMul,
  where,
  recurrence,
  gather,
  relu: unary((x) => `F.relu(${x})`, true),
  leakyRelu: unary((x, slope) => `F.leaky_relu(${x}, ${py(slope)})`, true),
  sigmoid: unary((x) => `torch.sigmoid(${x})`, true),
  tanh: unary((x) => `torch.tanh(${x})`, true),
  softplus: unary((x) => `F.softplus(${x})`, true),
  neg: unary((x) => `-${x}`),
  abs: method('abs'),
  sign: method('sign'),
  square: method('square'),
  sqrt: method('sqrt'),
  exp: method('exp'),
  log: method('log'),
  expm1: method('expm1'),
  log1p: method('log1p'),
  sin: method('sin'),
  cos: method('cos'),
  atan: method('atan'),
  erf: method('erf'),
  cdf: unary((x) => `torch.special.ndtr(${x})`, true),
  floor: method('floor'),
  ceil: method('ceil'),
  round: method('round'),
  toFloat: method('float'),
  toInt: method('int'),
  add: sumOf,
  sub: binary((a, b) => `${a} - ${b}`),
  mul: product,
  div: binary((a, b) => `${a} / ${b}`),
  pow: binary((a, b) => `${a} ** ${b}`),
  mod: binary((a, b) => `torch.remainder(${a}, ${b})`),
  floorDivInt: binary((a, b) => `torch.div(${a}, ${b}, rounding_mode="floor")`),
  maximum: bound('maximum', 'min'),
  minimum: bound('minimum', 'max'),
  greater: comparison('>'),
  greaterEqual: comparison('>='),
  equal: comparison('=='),
};

/** The expression of a node that an op computes, or why there is none. */
export function expressionOf(node: Tensor, x: Operands): Written {
  const { op, attrs } = node;
  const text = Object.hasOwn(OPS, op.name) ? OPS[op.name] : undefined;
  return text ? text(node, x, attrs as never) : `the op ${op.name} has no counterpart here`;
}

/** The name of a leaf. */
export const leafName = (t: Tensor): string => (t.attrs as InputAttrs).name;
