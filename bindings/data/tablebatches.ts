// Rows of a table as batches, in the order of the file or in a random one.

import type { Shaped } from '../nested.js';
import type { Row } from './column.js';
import type { Columns } from './columns.js';
import type { Draws } from './draws.js';

/** Of one column class indices or numbers, of several a row of numbers for each sample. */
export type StreamLabels = Int32Array | Float32Array | Shaped<Float32Array>;

/** What `fit(batches)` takes. */
export type TableBatch = readonly [x: Shaped<Float32Array>, y: StreamLabels];

/** Rows of x and y, as numbers. */
class NumberRows {
  count = 0;
  readonly x: Float32Array;
  readonly y: Float32Array | Int32Array;

  constructor(
    readonly size: number,
    readonly width: number,
    readonly targets: number,
    isClassified: boolean,
  ) {
    this.x = new Float32Array(size * width);
    this.y = new (isClassified ? Int32Array : Float32Array)(size * targets);
  }

  /** Copies a row of others behind those that are there. */
  push({ x, y }: NumberRows, row: number): void {
    const { width, targets, count } = this;
    this.x.set(x.subarray(row * width, (row + 1) * width), count * width);
    this.y.set(y.subarray(row * targets, (row + 1) * targets), count * targets);
    this.count++;
  }

  batch(isOneTarget: boolean): TableBatch {
    const { count, width, targets } = this;
    const x = { data: this.x.subarray(0, count * width), shape: [count, width] };
    const y = this.y.subarray(0, count * targets);
    return [x, isOneTarget ? y : { data: y as Float32Array, shape: [count, targets] }];
  }
}

/** What a pass over a table is made by. */
export interface Batching {
  readonly batchSize: number;
  /** One target, so that labels are numbers and no rows. */
  readonly isOneTarget: boolean;
  readonly isClassified: boolean;
  /** How many rows wait, so that one that is drawn among them is next; 0 for the order of the file. */
  readonly shuffle: number;
  readonly draws: Draws;
}

/** One pass over a table. */
export class TablePass<C> {
  #batch: NumberRows;
  readonly #waiting: NumberRows;

  constructor(
    readonly columns: Columns<C>,
    readonly how: Batching,
  ) {
    this.#batch = this.#make(how.batchSize);
    this.#waiting = this.#make(how.shuffle);
  }

  #make(size: number): NumberRows {
    const { width, targets } = this.columns;
    return new NumberRows(size, width, targets.length, this.how.isClassified);
  }

  /** Takes a row of the file. Returns a batch if one is full. */
  add(row: Row<C>): TableBatch | undefined {
    const to = this.#waiting;
    if (to.size === 0) {
      this.columns.write(row, this.#batch.x, this.#batch.y, this.#batch.count++);
      return this.#full();
    }
    let place = to.count;
    if (place === to.size) {
      place = this.how.draws.below(place);
      this.#batch.push(to, place);
    } else to.count++;
    this.columns.write(row, to.x, to.y, place);
    return this.#full();
  }

  /** The rows that are left, when the file has ended. */
  *rest(): Generator<TableBatch> {
    for (const row of this.how.draws.permutation(this.#waiting.count)) {
      this.#batch.push(this.#waiting, row);
      const full = this.#full();
      if (full) yield full;
    }
    if (this.#batch.count > 0) yield this.#batch.batch(this.how.isOneTarget);
  }

  #full(): TableBatch | undefined {
    const { batchSize, isOneTarget } = this.how;
    if (this.#batch.count < batchSize) return undefined;
    const full = this.#batch.batch(isOneTarget);
    this.#batch = this.#make(batchSize);
    return full;
  }
}
