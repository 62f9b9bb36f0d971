// Loss and metrics of several batches, by name: means over all samples, and the exact metrics.

import type { Logs } from '../callbacks/callback.js';
import { check } from '../errors.js';
import type { MaskFlow } from '../layers/masks.js';
import { constantOf, type Tensor, type TensorData } from '../tensor.js';
import type { BatchProgram, Compiled } from './training.js';

/** What was added so far. */
export interface MeansState {
  readonly sums: Float64Array;
  /** What was counted for each sum. */
  readonly counts: Float64Array;
  /** Of the exact metrics. */
  readonly exact: readonly unknown[];
}

/**
 * Whether what a batch counts is known to its program alone: where samples have weights, or there are masks, or a loss
 * weighs rows.
 */
export const areCounted = ({ targets }: Compiled, isWeighted: boolean, masks: MaskFlow | undefined): boolean =>
  isWeighted || masks !== undefined || targets.some(({ loss }) => loss.weights);

/** Means over the batches that were added. */
export class Means {
  readonly #compiled: Compiled;
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;
  readonly #masks: MaskFlow | undefined;
  /** Whether behind all values there is what each of them counts. */
  readonly #areCounted: boolean;
  /** Of the exact metrics. */
  #states: unknown[] = [];

  /** @param isWeighted whether the samples have weights */
  constructor(
    compiled: Compiled,
    readonly isWeighted: boolean,
    masks: MaskFlow | undefined,
  ) {
    const { length } = compiled.names;
    this.#compiled = compiled;
    this.#masks = masks;
    this.#sums = new Float64Array(length);
    this.#counts = new Float64Array(length);
    this.#areCounted = areCounted(compiled, isWeighted, masks);
    this.clear();
  }

  /** Begins anew. */
  clear(): void {
    this.#sums.fill(0);
    this.#counts.fill(0);
    this.#states = this.#compiled.exact.map(({ metric }) => metric.init());
  }

  /** A copy, to go on from later. */
  save(): MeansState {
    const exact = this.#states.map((state) => structuredClone(state));
    return { sums: this.#sums.slice(), counts: this.#counts.slice(), exact };
  }

  /** Goes on from a copy. */
  restore({ sums, counts, exact }: MeansState): void {
    check(sums.length === this.#sums.length && exact.length === this.#states.length, () => {
      return 'fit: the state in from is of a model that was compiled with other metrics';
    });
    this.#sums.set(sums);
    this.#counts.set(counts);
    this.#states = exact.map((state) => structuredClone(state));
  }

  /** How many values a batch has. */
  get width(): number {
    return this.#sums.length * (this.#areCounted ? 2 : 1);
  }

  /** Adds the values of a batch, from index `at` on: loss and metrics, and what they count. */
  add(values: ArrayLike<number>, samples: number, at = 0): void {
    const { length } = this.#sums;
    for (let i = 0; i < length; i++) {
      const count = this.#areCounted ? values[at + length + i]! : samples;
      this.#sums[i]! += values[at + i]! * count;
      this.#counts[i]! += count;
    }
  }

  /** Shows the exact metrics the batch that a program has just run on. */
  see({ program, seen }: BatchProgram): void {
    if (seen.length === 0) return;
    const read = (t: Tensor): Tensor => constantOf(program.read(t), t.shape, t.dtype);
    const batches = seen.map((tensors) => tensors.map(read)); // before code of the user runs
    const { exact, targets } = this.#compiled;
    this.#states = exact.map(({ metric, target }, i) => {
      const { loss } = targets[target]!;
      const steps = this.#masks?.kept(batches[i]!) ?? batches[i]!;
      const [yTrue, yPred] = loss.kept?.(steps) ?? steps;
      return metric.update(this.#states[i], yTrue!, yPred!, loss);
    });
  }

  /** What was added so far. */
  logs(): Logs {
    const { names, exact, exactNames } = this.#compiled;
    const logs: Record<string, number> & { loss: number } = { loss: 0 };
    for (let i = 0; i < names.length; i++) {
      logs[names[i]!] = this.#sums[i]! / (this.#counts[i] || 1);
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
