// What layers remember while a model writes a sequence step by step, so that each new step is computed alone. A layer
// in which steps depend on each other asks here whether that is so. Not here: who writes (generate/).

import { arange } from '../creation.js';
import { WasmgradError } from '../errors.js';
import { writeSteps } from '../ops/steps.js';
import type { Shape } from '../shape.js';
import { assignTo, inputOf, type Tensor } from '../tensor.js';
import { frameAtWork } from './frame.js';

/** A leaf whose values last from one step to the next. */
export interface Memory {
  readonly leaf: Tensor;
  /** Whether it has something for each step, […, capacity, width]. */
  readonly isOfSteps: boolean;
}

/** One run of a model's function on the next steps of sequences: on all of a prompt, then on one step at a time. */
export class Decoding {
  /** What was remembered, in the order of the calls, which is the same in each run. */
  readonly memories: Memory[] = [];
  /** What writes to it. */
  readonly effects: Tensor[] = [];
  /** How many steps sequences may have. */
  longest = Infinity;
  #past: Tensor | undefined;

  /**
   * @param position that of the step at hand, an int32 [1]; undefined: the steps are the first ones
   * @param capacity how many steps there is room for
   * @param isWhole  nothing is remembered: the steps are those of a whole sequence
   */
  constructor(
    readonly position: Tensor | undefined,
    readonly capacity: number,
    readonly isWhole: boolean,
  ) {}

  /** 1 for each step up to the one at hand, else 0: [capacity]. */
  get past(): Tensor {
    this.#past ??= arange(0, this.capacity, 1, 'int32').lessEqual(this.position!);
    return this.#past;
  }

  /** Says that sequences may have no more steps. */
  limit(steps: number): void {
    this.longest = Math.min(this.longest, steps);
  }

  /** Throws if `reason`, why a layer can't go on from what it remembers, is one. */
  refuse(reason: string | false | undefined): void {
    if (!reason || this.isWhole) return;
    throw new WasmgradError(
      `generate: ${reason}, so that it can't go on step by step; { cache: false } computes the whole sequence for each token`,
    );
  }

  /** Remembers steps x […, steps, width]; returns all steps so far, […, capacity, width], or x if it is the first. */
  withPast(x: Tensor): Tensor {
    const [steps, width] = x.shape.slice(-2) as [number, number];
    const leaf = this.#remember([...x.shape.slice(0, -2), this.capacity, width], true);
    this.effects.push(writeSteps(leaf, this.position ?? arange(0, steps, 1, 'int32'), x));
    return this.position ? leaf : x;
  }

  /**
   * A state of this shape that the step before has left; undefined if there is none yet. `next` gives it the one to be
   * left.
   */
  state(shape: Shape): { readonly last: Tensor | undefined; readonly next: (value: Tensor) => void } {
    const leaf = this.#remember(shape, false);
    return {
      last: this.position && leaf,
      next: (value) => void this.effects.push(assignTo(leaf, value)),
    };
  }

  #remember(shape: Shape, isOfSteps: boolean): Tensor {
    const leaf = inputOf('what a layer remembers', shape);
    this.memories.push({ leaf, isOfSteps });
    return leaf;
  }
}

/** The decoding at work; undefined if the model does not write a sequence. */
export const decodingAtWork = (): Decoding | undefined => frameAtWork()?.findings.decoding;
