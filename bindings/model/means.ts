// Loss and metrics of several batches, by name: means over all samples, and the exact metrics.

import type { Logs } from '../callbacks/callback.js';
import { check } from '../errors.js';
import { constantOf, type Tensor, type TensorData } from '../tensor.js';
import type { BatchProgram, Compiled } from './training.js';

/** What was added so far. */
export interface MeansState {
  readonly sums: Float64Array;
  readonly samples: number;
  readonly weight: number;
  /** Of the exact metrics. */
  readonly exact: readonly unknown[];
}

/** Means over the batches that were added. */
export class Means {
  readonly #compiled: Compiled;
  readonly #sums: Float64Array;
  /** How many of the values are losses, which weights of samples apply to. */
  readonly #losses: number;
  #samples = 0;
  #weight = 0;
  /** Of the exact metrics. */
  #states: unknown[] = [];

  /** @param isWeighted whether the samples have weights, whose sum is then the last of the values of a batch */
  constructor(
    compiled: Compiled,
    readonly isWeighted: boolean,
  ) {
    this.#compiled = compiled;
    this.#sums = new Float64Array(compiled.names.length);
    this.#losses = compiled.targets.length > 1 ? 1 + compiled.targets.length : 1;
    this.clear();
  }

  /** Begins anew. */
  clear(): void {
    this.#sums.fill(0);
    this.#samples = 0;
    this.#weight = 0;
    this.#states = this.#compiled.exact.map(({ metric }) => metric.init());
  }

  /** A copy, to go on from later. */
  save(): MeansState {
    const exact = this.#states.map((state) => structuredClone(state));
    return { sums: this.#sums.slice(), samples: this.#samples, weight: this.#weight, exact };
  }

  /** Goes on from a copy. */
  restore({ sums, samples, weight, exact }: MeansState): void {
    check(sums.length === this.#sums.length && exact.length === this.#states.length, () => {
      return 'fit: the state in from is of a model that was compiled with other metrics';
    });
    this.#sums.set(sums);
    [this.#samples, this.#weight] = [samples, weight];
    this.#states = exact.map((state) => structuredClone(state));
  }

  /** How many values a batch has. */
  get width(): number {
    return this.#sums.length + Number(this.isWeighted);
  }

  /** Adds the values of a batch, from index `at` on: loss and metrics, and the weight of its samples. */
  add(values: ArrayLike<number>, samples: number, at = 0): void {
    const { length } = this.#sums;
    const weight = this.isWeighted ? values[at + length]! : samples;
    for (let i = 0; i < length; i++) this.#sums[i]! += values[at + i]! * (i < this.#losses ? weight : samples);
    this.#samples += samples;
    this.#weight += weight;
  }

  /** Shows the exact metrics the batch that a program has just run on. */
  see({ program, seen }: BatchProgram): void {
    if (seen.length === 0) return;
    const read = (t: Tensor): Tensor => constantOf(program.read(t), t.shape, t.dtype);
    const batches = seen.map(([yTrue, yPred]) => [read(yTrue), read(yPred)] as const); // before code of the user runs
    const { exact, targets } = this.#compiled;
    this.#states = exact.map(({ metric, target }, i) => {
      return metric.update(this.#states[i], ...batches[i]!, targets[target]!.loss);
    });
  }

  /** What was added so far. */
  logs(): Logs {
    const { names, exact, exactNames } = this.#compiled;
    const logs: Record<string, number> & { loss: number } = { loss: 0 };
    for (let i = 0; i < names.length; i++) {
      logs[names[i]!] = this.#sums[i]! / (i < this.#losses ? this.#weight || 1 : this.#samples);
    }
    exact.forEach(({ metric }, i) => void (logs[exactNames[i]!] = metric.result(this.#states[i]) as number));
    return logs;
  }
}

/** The values of one batch, from index `at` on, by name. */
export function logsOf({ names }: Compiled, values: TensorData, at = 0): Logs {
  const logs: Record<string, number> & { loss: number } = { loss: 0 };
  for (let i = 0; i < names.length; i++) logs[names[i]!] = values[at + i]!;
  return logs;
}
