// What a row of the tables in this folder is: how a layer of Keras is made here.

import type { Json } from '../../io/values.js';
import type { Tensor } from '../../tensor.js';
import type { Settings } from '../settings.js';

/** An array of a layer: its name here, then those that Keras has or had for it. In the order of a row they are numbered in files. */
export type Weight = readonly [ours: string, ...theirs: string[]];

/** A call of the library, as structures have it (io/structure.ts). Of arguments what is undefined is left out. */
export interface Call {
  readonly $layer: string;
  readonly args: readonly (Json | undefined | { readonly [name: string]: Json | undefined })[];
}

/** What becomes of a layer. */
export interface Made {
  readonly call: Call;
  readonly weights?: readonly Weight[] | undefined;
  /** Throws if what it is said to do can't be done on such a batch. */
  check?(x: Tensor): void;
  /** Where the layer of ours takes batches of fewer axes than that of Keras: how many, and what is done around it for more. */
  readonly rank?: number | undefined;
  around?(x: Tensor, layer: (x: Tensor) => Tensor): Tensor;
}

/** Makes a layer of its options; `name` is that in the model. */
export type Row = (settings: Settings, name: string) => Made;

export type Rows = Readonly<Record<string, Row>>;

/** What becomes of several tensors that go into one. */
export type Merge = (inputs: readonly Tensor[]) => Tensor;

export type MergeRow = (settings: Settings) => Merge;
