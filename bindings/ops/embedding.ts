// What makes tokens and their places numbers: embedding, positionalEmbedding, rotaryEmbedding. Composed of other ops.
// Not here: attention (attention.ts).

import { check } from '../errors.js';
import { pow } from '../kernels/math/power.js';
import { cos, sin } from '../kernels/math/trigonometry.js';
import { anything, options, positive, type Rules, whole } from '../options.js';
import { floats } from '../run/runtime.js';
import { shapeText } from '../shape.js';
import { checkedTensor, constantOf, type Tensor } from '../tensor.js';
import { take } from './gather.js';
import { checkFloat, checkKnown } from './op.js';
import { along, concat } from './slicing.js';
import { where } from './where.js';

/** Options of `embedding`. */
export interface EmbeddingOptions {
  /** The index that stands for nothing: its row gets no gradient. By default there is none. */
  readonly paddingIndex?: number | undefined;
}

/** Options of `positionalEmbedding`. */
export interface PositionalEmbeddingOptions {
  /** A row for each position, [positions, width], that is learned; by default the rows are sines and cosines. */
  readonly table?: Tensor | undefined;
  /** The position of the first step; default 0. */
  readonly offset?: number | undefined;
}

/** Options of `rotaryEmbedding`. */
export interface RotaryEmbeddingOptions {
  /** The larger it is, the slower the slowest pair turns; default 10,000. */
  readonly base?: number | undefined;
  /** The position of the first step; default 0. */
  readonly offset?: number | undefined;
}

const embeddingOptions = options({ paddingIndex: whole(undefined, 0) } satisfies Rules<EmbeddingOptions>);
const positionalOptions = options({
  table: anything<Tensor | undefined>(),
  offset: whole(0, 0),
} satisfies Rules<PositionalEmbeddingOptions>);
const rotaryOptions = options({
  base: positive(10_000),
  offset: whole(0, 0),
} satisfies Rules<RotaryEmbeddingOptions>);

/**
 * Looks up a row of `table` [vocabulary, width] for each index: int32 indices [n, …] give [n, …, width]. The gradient
 * is added to the rows that were read. The row of `paddingIndex` gets none, as in PyTorch.
 *
 * An index that is out of range throws if its value is known; if a program computes it, one below 0 counts from the
 * end, and other rows are NaN.
 */
export function embedding(indices: Tensor, table: Tensor, options?: EmbeddingOptions): Tensor {
  const { paddingIndex } = embeddingOptions('embedding', options);
  const { dtype } = checkedTensor('embedding: the indices', indices);
  check(dtype === 'int32', () => `embedding: the indices must be int32, got ${dtype}; convert with toInt()`);
  const { shape } = checkedTensor('embedding: the table', table);
  check(shape.length === 2, () => `embedding: the table must be [vocabulary, width], got ${table}`);
  checkFloat('embedding', [table]);
  checkKnown('embedding: index', indices, shape[0]!);
  const rows = take(table, indices);
  if (paddingIndex === undefined) return rows;
  return where(indices.equal(paddingIndex).expandDims(-1), rows.stopGradient(), rows);
}

/** The rows and columns of […, time, width]; throws unless there are that many dimensions. */
function stepsOf(where: string, x: Tensor): readonly [time: number, width: number] {
  const { shape } = checkedTensor(where, x);
  check(shape.length >= 2, () => `${where}: expected […, time, width], got ${x}`);
  checkFloat(where, [x]);
  return shape.slice(-2) as [number, number];
}

/** A constant of what `f` is at each position and each of `columns`. */
function byPosition(time: number, columns: number, offset: number, f: (position: number, column: number) => number) {
  const values = new (floats())(time * columns);
  for (let t = 0; t < time; t++) for (let c = 0; c < columns; c++) values[t * columns + c] = f(offset + t, c);
  return constantOf(values, [time, columns]);
}

/**
 * Tells each step of a sequence where it is: adds to x […, time, width] a row for its position, of a learned `table`
 * or, by default, of sines and cosines: sin(t / 10000^(2i / width)) in column 2i, the cosine of the same in column
 * 2i + 1. (A. Vaswani et al., "Attention is all you need", 2017.)
 *
 * @throws if the table has too few rows
 */
export function positionalEmbedding(x: Tensor, options?: PositionalEmbeddingOptions): Tensor {
  const { table, offset } = positionalOptions('positionalEmbedding', options);
  const [time, width] = stepsOf('positionalEmbedding', x);
  return x.add(table === undefined ? sinusoids(time, width, offset) : rowsOf(table, offset, time, width));
}

/** The sines and cosines of positions from `offset` on: [time, width]. */
export function sinusoids(time: number, width: number, offset = 0): Tensor {
  return byPosition(time, width, offset, (position, column) => {
    const angle = position / pow(10_000, (column & ~1) / width);
    return column & 1 ? cos(angle) : sin(angle);
  });
}

function rowsOf(table: Tensor, offset: number, time: number, width: number): Tensor {
  const { shape } = checkedTensor('positionalEmbedding: the table', table);
  check(shape.length === 2 && shape[1] === width, () => {
    return `positionalEmbedding: the table must be [positions, ${width}], got ${table}`;
  });
  check(shape[0]! >= offset + time, () => {
    return `positionalEmbedding: steps ${offset} … ${offset + time - 1} are more than the ${shape[0]} positions of the table`;
  });
  return along(table, 0, [offset, offset + time]);
}

/**
 * Turns queries or keys x […, time, width] by angles that grow with their positions, so that their products depend on
 * how far apart they are. Column i of the first half and column i of the second are one pair, as in GPT-NeoX and LLaMA,
 * not neighbours as in GPT-J: (a, b) becomes (a·cos φ - b·sin φ, b·cos φ + a·sin φ) with φ = position / base^(2i /
 * width). (J. Su et al., "RoFormer: enhanced transformer with rotary position embedding", 2021.)
 *
 * @throws if the width is odd
 */
export function rotaryEmbedding(x: Tensor, options?: RotaryEmbeddingOptions): Tensor {
  const { base, offset } = rotaryOptions('rotaryEmbedding', options);
  const [time, width] = stepsOf('rotaryEmbedding', x);
  check(width % 2 === 0, () => `rotaryEmbedding: ${shapeText(x.shape)} has an odd width, whose halves are no pairs`);
  return turned(x, ...rotations(time, width / 2, base, offset));
}

/**
 * The cosines and the sines of the angles by which pairs are turned, of positions from `offset` on: both [time, half].
 */
export function rotations(time: number, half: number, base = 10_000, offset = 0): [cosines: Tensor, sines: Tensor] {
  const of = (wave: (angle: number) => number): Tensor =>
    byPosition(time, half, offset, (position, column) => wave(position / pow(base, column / half)));
  return [of(cos), of(sin)];
}

/** The pairs of x […, time, 2·half], turned. */
export function turned(x: Tensor, cosines: Tensor, sines: Tensor): Tensor {
  const [axis, half] = [x.shape.length - 1, cosines.shape.at(-1)!];
  const [a, b] = [along(x, axis, [0, half]), along(x, axis, [half])];
  return concat([a.mul(cosines).sub(b.mul(sines)), b.mul(cosines).add(a.mul(sines))], -1);
}
