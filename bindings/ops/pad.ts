// pad: elements around a tensor, of one value or taken from the tensor itself. Not here: the op that writes a tensor
// into a larger one (slicing.ts).

import { check, checkIs, show } from '../errors.js';
import { anything, oneOf, options, type Rules } from '../options.js';
import { shapeText } from '../shape.js';
import { checkedTensor, type Tensor } from '../tensor.js';
import { along, concat, flip, padWith } from './slicing.js';

/** Options of `pad`. */
export interface PadOptions {
  /**
   * What is put around [a, b, c]: 'constant' (default) puts `value` there; 'reflect' mirrors at the edge, without it (c
   * b | a b c | b a); 'edge' repeats the edge (a a | a b c | c c); 'wrap' goes on at the other end (b c | a b c | a b).
   */
  readonly mode?: 'constant' | 'reflect' | 'edge' | 'wrap' | undefined;
  /** The value of mode 'constant'; default 0. */
  readonly value?: number | undefined;
}

const padOptions = options({
  mode: oneOf('constant', 'reflect', 'edge', 'wrap'),
  value: anything<number | undefined>(),
} satisfies Rules<PadOptions>);

/** What stands before and behind [a, …, z] along an axis, for modes that take it from there. */
type Sides = (x: Tensor, axis: number, before: number, after: number) => [Tensor, Tensor];

/** The modes that take elements of the tensor: by how much less than an axis they can pad it, and with what. */
const MODES: Readonly<Record<string, { readonly less: number; readonly sides: Sides }>> = {
  reflect: {
    less: 1,
    sides: (x, axis, before, after) => [
      flip(along(x, axis, [1, before + 1]), axis),
      flip(along(x, axis, [x.shape[axis]! - 1 - after, -1]), axis),
    ],
  },
  edge: {
    less: Number.NEGATIVE_INFINITY,
    sides: (x, axis, before, after) => {
      const repeated = (edge: Tensor, n: number): Tensor =>
        edge.broadcastTo(x.shape.map((d, i) => (i === axis ? n : d)));
      return [repeated(along(x, axis, [0, 1]), before), repeated(along(x, axis, [-1]), after)];
    },
  },
  wrap: {
    less: 0,
    sides: (x, axis, before, after) => [along(x, axis, [x.shape[axis]! - before]), along(x, axis, [0, after])],
  },
};

/**
 * Adds elements around a tensor: for each axis a pair [before, after], how many. They are 0, or what `mode` and `value`
 * say.
 *
 * @throws if 'reflect' is to add as many elements as an axis has, 'wrap' more than that, or 'edge' any to an empty axis
 */
export function pad(x: Tensor, widths: readonly (readonly [number, number])[], options?: PadOptions): Tensor {
  const where = `pad of ${shapeText(checkedTensor('pad', x).shape)}`;
  const { mode, value } = padOptions('pad', options);
  check(Array.isArray(widths) && widths.length === x.shape.length, () => {
    return `${where}: expected a pair [before, after] for each axis, got ${show(widths)}`;
  });
  for (const pair of widths) {
    const fits = Array.isArray(pair) && pair.length === 2 && pair.every((w) => Number.isSafeInteger(w) && w >= 0);
    check(
      fits,
      () =>
        `${where}: a width is a pair of whole numbers of at least 0, got ${Array.isArray(pair) ? shapeText(pair) : show(pair)}`,
    );
  }
  const fill = fillOf(where, x, mode, value);
  if (widths.flat().every((w) => w === 0)) return x;
  if (mode === 'constant') return padWith(x, widths, fill);
  return widths.reduce((padded, [before, after], axis) => padAxis(where, padded, axis, before, after, mode), x);
}

function fillOf(where: string, { dtype }: Tensor, mode: string, value: number | undefined): number {
  check(
    mode === 'constant' || value === undefined,
    () => `${where}: mode '${mode}' takes no value, got ${show(value)}`,
  );
  const given = value ?? 0;
  const isInt = dtype === 'int32';
  const fits = typeof given === 'number' && (!isInt || (given | 0) === given);
  checkIs(fits, `${where}: the value`, isInt ? 'an int32' : 'a number', given);
  return given;
}

function padAxis(where: string, x: Tensor, axis: number, before: number, after: number, mode: string): Tensor {
  if (before + after === 0) return x;
  const { less, sides } = MODES[mode]!;
  const n = x.shape[axis]!;
  check(n > 0 && Math.max(before, after) <= n - less, () => {
    return `${where}: mode '${mode}' cannot add [${before}, ${after}] elements to axis ${axis}, which has ${n}`;
  });
  const [first, last] = sides(x, axis, before, after);
  return concat([first, x, last], axis);
}
