// Samples of batches that come one by one, kept for a diagnosis at the end. Not here: what is seen in them
// (collect.ts).

import { type DataSet, eachOf, type Rows, rowsOf } from '../model/data.js';
import { badValue, pick } from './collect.js';

/** So many are kept at most. */
const MOST = 1024;

/** Some of the samples that came so far, evenly from all over them. */
export class Kept {
  #data: DataSet;
  /** Of so many samples that came one is kept. */
  #every = 1;
  #passed: number;

  /** @param where what the names of this batch begin with: those of all are without */
  constructor(first: DataSet, where = '') {
    this.#data = eachOf(first, (rows) => ({ ...rows, name: rows.name.replace(where, '') }));
    this.#passed = first.count;
    this.#thin();
  }

  get data(): DataSet {
    return this.#data;
  }

  /**
   * Keeps some of the samples of a batch; none of one that holds a NaN, which ends the training, or is of another form.
   */
  add(batch: DataSet): void {
    const others = rowsOf(this.#data);
    const isAlike = rowsOf(batch).every(({ data, rowShape }, i) => {
      return data.constructor === others[i]?.data.constructor && `${rowShape}` === `${others[i]?.rowShape}`;
    });
    if (!isAlike || badValue(batch)) return;
    const rows = Int32Array.from({ length: batch.count }, (_, i) => i);
    const some = rows.filter((i) => (this.#passed + i) % this.#every === 0);
    this.#passed += batch.count;
    const [labels, inputs] = [batch.labels, batch.inputs].map((all) => all.map((one) => pick(one, some)));
    this.#data = {
      count: this.#data.count + some.length,
      inputs: this.#data.inputs.map((one, i) => joined(one, inputs![i]!)),
      labels: this.#data.labels.map((one, i) => joined(one, labels![i]!)),
    };
    this.#thin();
  }

  /** Keeps nothing but the batch in which the training failed, if that holds a NaN or an infinity. */
  failed(batch: DataSet): void {
    if (badValue(batch)) this.#data = batch;
  }

  /** Where there are too many, every second one goes. */
  #thin(): void {
    while (this.#data.count > MOST) {
      const half = Int32Array.from({ length: Math.ceil(this.#data.count / 2) }, (_, i) => 2 * i);
      this.#data = eachOf(this.#data, (rows) => pick(rows, half));
      this.#every *= 2;
    }
  }
}

function joined(first: Rows, second: Rows): Rows {
  const data = new (first.data.constructor as Float32ArrayConstructor)(first.data.length + second.data.length);
  data.set(first.data as never);
  data.set(second.data as never, first.data.length);
  return { ...first, data, count: first.count + second.count };
}
