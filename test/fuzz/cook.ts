// Makes a recipe from a list of numbers: each step is an op of the table, on tensors that were made before or on new
// leaves.

import fc from 'fast-check';
import type { Tensor } from '../../bindings/tensor.js';
import { Choices, choices, Skip } from './choices.js';
import { type Leaf, largeShapeFor, MAX_ELEMENTS, STYLES, type Style, shapeFor, sizeFor } from './leaves.js';
import { type Arg, apply, type Call, type Item, isFloat, placeholder, type Recipe, Ref } from './recipe.js';

/** Multiplications of one op at most. */
const MAX_WORK = 4e6;

/** What an op of the table takes, chosen by the cook; it may throw Skip. */
export type Row = (cook: Cook) => readonly Arg[] | { readonly args: readonly Arg[]; readonly part: string | number };

export interface Op {
  readonly name: string;
  readonly method: boolean;
  readonly row: Row;
}

/** A recipe in the making: the table's rows ask it for arguments. */
export class Cook {
  readonly items: Item[] = [];
  /** Of every item, on placeholders. */
  readonly tensors: Tensor[] = [];
  choices = new Choices([]);
  style: Style = 'smooth';

  shape(ref: Ref): readonly number[] {
    return this.tensors[ref.at]!.shape;
  }

  rank(ref: Ref): number {
    return this.shape(ref).length;
  }

  /** A tensor of float32 made before, the last one first. */
  float(fits: (t: Tensor) => boolean = () => true): Ref {
    return this.choices.recent(this.#made((t) => isFloat(t) && fits(t)));
  }

  /** A tensor made before, of any type. */
  any(fits: (t: Tensor) => boolean = () => true): Ref {
    return this.choices.recent(this.#made(fits));
  }

  /** A tensor that fits, made before if there is one, else a new leaf of this shape. */
  floatOr(shape: readonly number[], fits: (t: Tensor) => boolean): Ref {
    const made = this.#made((t) => isFloat(t) && fits(t));
    const at = this.choices.below(made.length + 1);
    return made[at] ?? this.leaf(shape);
  }

  /** A tensor of exactly this shape. */
  like(shape: readonly number[]): Ref {
    return this.floatOr(shape, (t) => `${t.shape}` === `${shape}` && t.shape.length === shape.length);
  }

  leaf(shape: readonly number[], indices?: { readonly below: number }): Ref {
    const { style } = this;
    const seed = this.choices.below(90);
    const dtype = indices ? 'int32' : 'float32';
    return this.add({ leaf: { shape, dtype, style, seed, below: indices?.below ?? 1 } });
  }

  /** int32 from 0 to size - 1. */
  indices(shape: readonly number[], size: number): Ref {
    this.choices.need(size > 0 || shape.includes(0));
    return this.leaf(shape, { below: Math.max(1, size) });
  }

  /** A tensor above 0 made of `x`; now and then x itself, whose numbers below 0 give NaN. */
  positive(x: Ref): Ref {
    if (this.choices.below(4) === 3) return x;
    const size = this.method('abs', x);
    return this.method('add', size, 0.5);
  }

  method(name: string, ...args: Arg[]): Ref {
    return this.add({ call: { name, method: true, args } });
  }

  dimension(): number {
    return sizeFor(this.choices.below(400));
  }

  axis(x: Ref, fits: (d: number) => boolean = () => true): number {
    const shape = this.shape(x);
    const at = this.choices.of(shape.flatMap((d, i) => (fits(d) ? [shape.length - 1 - i] : [])).reverse());
    const axis = shape.length - 1 - at;
    return this.choices.flag() ? axis - shape.length : axis;
  }

  /** Axes to reduce: all of them (undefined), one, or several; `fits` is asked for the number of elements. */
  axes(x: Ref, fits: (elements: number) => boolean = () => true): number | number[] | undefined {
    const shape = this.shape(x);
    const kind = this.choices.below(3);
    const axes = kind === 0 || shape.length === 0 ? shape.map((_, i) => i) : this.choices.some(shape.map((_, i) => i));
    this.choices.need(fits(axes.reduce((product, axis) => product * shape[axis]!, 1)));
    if (kind === 0 || shape.length === 0) return undefined;
    return kind === 1 && axes.length === 1 ? axes[0] : axes;
  }

  /** Throws Skip if it would be too large. */
  add(item: Item): Ref {
    const t = 'leaf' in item ? placeholder(item.leaf) : apply(item.call, this.tensors);
    this.choices.need(t.size <= MAX_ELEMENTS && workOf(t) <= MAX_WORK);
    this.items.push(item);
    this.tensors.push(t);
    return new Ref(this.items.length - 1);
  }

  /** One step; what a row made before it threw Skip is taken back. */
  step({ name, method, row }: Op, numbers: readonly number[]): void {
    this.choices = new Choices(numbers);
    const before = this.items.length;
    try {
      const chosen = row(this);
      const call: Call = { name, method, ...('args' in chosen ? chosen : { args: chosen }) };
      this.add({ call });
    } catch (error) {
      if (!(error instanceof Skip)) throw error;
      this.items.length = this.tensors.length = before;
    }
  }

  #made(fits: (t: Tensor) => boolean): Ref[] {
    return this.tensors.flatMap((t, at) => (fits(t) ? [new Ref(at)] : [])).reverse();
  }
}

/** About how many elements the ops of a recipe work on. */
function workOf(t: Tensor): number {
  const own = 16 * (t.op.work?.(t, t.attrs) ?? t.size / 16);
  return t.inputs.reduce((most, input) => (input.op.name === 'input' ? most : Math.max(most, input.size)), own);
}

/** What fast-check makes and shrinks. */
export interface Raw {
  readonly leaves: readonly { readonly dimensions: readonly number[]; readonly style: number; readonly seed: number }[];
  readonly steps: readonly { readonly op: number; readonly numbers: readonly number[] }[];
  readonly outputs: readonly number[];
  /** At ROLLS the first leaf is a large matrix. */
  readonly roll: number;
}

/** One case of this many is large. */
const ROLLS = 30;

/** The first ops of the table, which networks are made of, come as often as all others together. */
const USUAL = 20;

const opArbitrary = (ops: number): fc.Arbitrary<number> => fc.oneof(fc.nat(Math.min(USUAL, ops) - 1), fc.nat(ops - 1));

export const rawArbitrary = (ops: number, styles: number = STYLES.length): fc.Arbitrary<Raw> =>
  fc.record({
    leaves: fc.array(
      fc.record({
        dimensions: fc.array(fc.nat(400), { maxLength: 4 }),
        style: fc.nat(styles - 1),
        seed: fc.nat(90),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    steps: fc.array(fc.record({ op: opArbitrary(ops), numbers: choices(8) }), {
      minLength: 1,
      maxLength: 10,
      size: 'max',
    }),
    outputs: fc.array(fc.nat(40), { maxLength: 3 }),
    roll: fc.nat(ROLLS),
  });

/** The same with one step, leaf or output less. */
export function simpler(raw: Raw): Raw[] {
  const without = <T>(list: readonly T[]): T[][] => list.map((_, i) => list.filter((_, k) => k !== i));
  return [
    ...without(raw.steps).map((steps) => ({ ...raw, steps })),
    ...without(raw.outputs).map((outputs) => ({ ...raw, outputs })),
    ...(raw.roll > 0 ? [{ ...raw, roll: 0 }] : []),
    ...without(raw.leaves).flatMap((leaves) => (leaves.length ? [{ ...raw, leaves }] : [])),
  ];
}

/** The recipe that the numbers stand for. */
export function cooked({ leaves, steps, outputs, roll }: Raw, ops: readonly Op[]): Recipe {
  const cook = new Cook();
  for (const [i, { dimensions, style, seed }] of leaves.entries()) {
    cook.style = STYLES[style]!;
    const shape = roll === ROLLS && i === 0 ? largeShapeFor(dimensions) : shapeFor(dimensions);
    const leaf: Leaf = { shape, dtype: 'float32', style: cook.style, seed, below: 1 };
    cook.add({ leaf });
  }
  for (const { op, numbers } of steps) cook.step(ops[op]!, numbers);
  const last = cook.items.length - 1;
  return { items: cook.items, outputs: outputs.length ? outputs.map((back) => last - (back % (last + 1))) : [last] };
}
