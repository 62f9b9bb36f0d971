// What a row of the tables in this folder is: how a layer of Keras is made here.

import type { Json } from '../../io/values.js';
import type { Shape } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import type { Settings } from '../settings.js';

/**
 * An array of a layer: its name here, then those that Keras has or had for it. In the order of a row they are numbered
 * in files.
 */
export type Weight = readonly [ours: string, ...theirs: string[]] | Placed;

/** An array of a part of a layer, or one that lies otherwise than here. */
export interface Placed {
  /** Its name here: 'lstm.kernel'. */
  readonly ours: string;
  /** The last part of its name in files that name their arrays: 'kernel'. */
  readonly theirs: string;
  /** A part of that name before the last one, if it must be there: 'forward_lstm'. */
  readonly named?: string | undefined;
  /**
   * The group of the part in that of the layer, where arrays are numbered: ['forward_layer', 'cell']; and the number
   * there.
   */
  readonly within: readonly string[];
  readonly number: number;
  /** The shape of the array for that of the variable; by default the same. */
  shape?(ours: Shape): Shape;
  /** The values of the variable. An array that is several variables has one part for each. */
  values?(array: Float32Array, ours: Shape): Float32Array;
  readonly part?: number | undefined;
}

/** A call of the library, as structures have it (io/structure.ts). Of arguments what is undefined is left out. */
export interface Call {
  readonly $layer: string;
  readonly args: readonly (Json | Call | undefined | { readonly [name: string]: Json | Call | undefined })[];
}

/** What becomes of a layer. */
export interface Made {
  readonly call: Call;
  readonly weights?: readonly Weight[] | undefined;
  /** Variables that Keras does not have; they are 0. */
  readonly zeros?: readonly string[] | undefined;
  /** What several tensors are to a layer that is called on them, and a mask for pairs of steps. */
  joined?(given: readonly Tensor[], mask: Tensor | undefined): unknown;
  /** It gives 0 for steps that do not count. */
  readonly zeroes?: boolean | undefined;
  /** Throws if what it is said to do can't be done on such a batch. */
  check?(x: Tensor): void;
  /**
   * Where the layer of ours takes batches of fewer axes than that of Keras: how many, and what is done around it for
   * more.
   */
  readonly rank?: number | undefined;
  around?(x: Tensor, layer: (x: Tensor) => Tensor): Tensor;
}

/** Makes the layer that an option of another one describes, and says what it is called here. */
export type Inside = (described: unknown) => { readonly made: Made; readonly name: string };

/** Makes a layer of its options; `name` is that in the model. */
export type Row = (settings: Settings, name: string, inside: Inside) => Made;

export type Rows = Readonly<Record<string, Row>>;

/** What becomes of several tensors that go into one. */
export interface Merge {
  of(inputs: readonly Tensor[]): Tensor;
  /** The mask of what becomes of them, some of which have masks; by default it has none. */
  masks?(masks: readonly (Tensor | undefined)[], inputs: readonly Tensor[]): Tensor | undefined;
}

export type MergeRow = (settings: Settings) => Merge;
