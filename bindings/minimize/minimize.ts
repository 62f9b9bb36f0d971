// minimize: gradient descent on any function, with any optimizer of the library or the user. Not here: second-order
// methods (newton.ts, lbfgs.ts).

import { gradients } from '../grad.js';
import { type AnyStartingPoint, type ObjectiveFunction, StartingPoint } from '../objective.js';
import { checkOptimizer, type Optimizer } from '../optimizers/optimizer.js';
import { ParameterBlock } from '../optimizers/parameters.js';
import { sgd } from '../optimizers/sgd.js';
import { OptimizerState } from '../optimizers/state.js';
import { callable, options, type Rules, rule, whole } from '../options.js';
import { Program } from '../program.js';
import { runner } from '../run/runtime.js';
import type { Tensor } from '../tensor.js';
import type { Feed, Same, Tree } from '../tree.js';
import { checkFinite, type Minimum, type Point, type StepHooks } from './points.js';

/** Options of `minimize`. */
export interface MinimizeOptions<P> extends StepHooks<P> {
  /** Default sgd(0.01). */
  readonly optimizer?: Optimizer | undefined;
  /** The most steps; default 1,000. */
  readonly steps?: number | undefined;
}

const minimizeOptions = options({
  optimizer: rule<Optimizer, undefined>(undefined, checkOptimizer),
  steps: whole(1000),
  until: callable(),
  onStep: callable(),
} satisfies Rules<MinimizeOptions<unknown>>);

/**
 * Minimises a function by gradient descent: it goes from `start` down the gradient of `f`, one step of the optimizer at
 * a time.
 *
 * @param f     returns a scalar tensor of the point
 * @param start a number, a tensor, or a nest of arrays and objects of them
 * @returns the last point, its value, and the trace: point and value at the start and after each step
 * @throws NonFiniteLossError if the value is or becomes NaN or infinite
 * @example minimize((x) => x.square(), 1.2, { optimizer: sgd(0.3), until: ({ value }) => value < 1e-2 })
 */
export function minimize<X extends Tree<X> = Tensor, P = unknown>(
  f: ObjectiveFunction<X>,
  start: P & Feed<NoInfer<X>>,
  options?: MinimizeOptions<Same<P>>,
): Minimum<Same<P>> {
  const { optimizer = sgd(0.01), steps, until, onStep } = minimizeOptions('minimize', options);
  const from = new StartingPoint<P>('minimize', start as unknown);
  const descent = new Descent(from, from.traceLoss('minimize', f), optimizer);
  const look = (step: number): Point<Same<P>> => {
    const at = { step, point: from.point(descent.parts()), value: descent.value() };
    checkFinite('minimize', at, trace);
    trace.push(at);
    return at;
  };
  const trace: Point<Same<P>>[] = [];
  try {
    let at = look(0);
    for (let step = 1, done = false; step <= steps && !done; step++) {
      done = until?.(at) ?? false;
      descent.step();
      at = look(step);
      onStep?.(at);
    }
    return { ...at, trace };
  } finally {
    descent.dispose();
  }
}

/** A descent at work: a program that makes a step, and one that computes the value. */
class Descent {
  readonly #loss: Tensor;
  readonly #block: ParameterBlock;
  readonly #state: OptimizerState;
  readonly #update: Program;
  readonly #look: Program;
  /** What holds memory and must be disposed, also when the constructor fails half-way. */
  readonly #owned: { dispose(): void }[] = [];

  constructor(from: AnyStartingPoint, loss: Tensor, optimizer: Optimizer) {
    const at = runner();
    this.#loss = loss;
    try {
      this.#block = this.#own(new ParameterBlock(at, from.inputs));
      const state = this.#own(new OptimizerState(at, this.#block.parameters, optimizer));
      this.#state = state;
      this.#block.parameters.forEach((parameter, i) => {
        const values = from.values[i]!.values(); // before the view: memory may grow
        this.#block.view(parameter).set(values);
      });
      const { places } = state;
      const effects = state.step(gradients(loss, from.inputs));
      this.#update = this.#own(new Program(at, { outputs: [], effects }, { places, what: 'minimize' }));
      this.#look = this.#own(new Program(at, { outputs: [loss], effects: [] }, { places, what: 'minimize' }));
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #own<T extends { dispose(): void }>(made: T): T {
    this.#owned.push(made);
    return made;
  }

  step(): void {
    this.#state.prepareSteps();
    this.#update.run();
  }

  /** The value at the point where it is now. */
  value(): number {
    this.#look.run();
    return this.#look.scalar(this.#loss);
  }

  parts(): ArrayLike<number>[] {
    return this.#block.parameters.map((parameter) => this.#block.view(parameter));
  }

  dispose(): void {
    for (const made of this.#owned) made.dispose();
  }
}
