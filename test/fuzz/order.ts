// A model's methods in any order, callbacks included: whatever it refuses is a WasmgradError, and it gives its memory
// back.

import fc from 'fast-check';
import { adam, type Callback, dense, type Sequential, sequential, WasmgradError } from '../../bindings/index.js';
import { Shuffler } from '../../bindings/model/shuffle.js';
import { Difference } from './compare.js';
import { wasm } from './runners.js';

const x = [
  [0, 1],
  [1, 0],
  [1, 1],
];
const y = [0.5, 1, 0];

type Act = (model: Sequential, callbacks: readonly Callback[]) => unknown;

const compile: Act = (model) => model.compile({ optimizer: adam(0.1), loss: 'meanSquaredError', metrics: ['mae'] });

/** What can be done, by the code that does it. */
const ACTS: Readonly<Record<string, Act>> = {
  "model.compile({ optimizer: adam(0.1), loss: 'meanSquaredError', metrics: ['mae'] })": compile,
  'model.fit(x, y, { epochs: 2, callbacks })': (model, callbacks) => model.fit(x, y, { epochs: 2, callbacks }),
  "model.fit(x, y, { batchSize: 'full', epochs: 3 })": (model) => model.fit(x, y, { batchSize: 'full', epochs: 3 }),
  'model.fit(x, [1, 2])': (model) => model.fit(x, [1, 2]),
  'model.fit(x, [NaN, 0, 0])': (model) => model.fit(x, [Number.NaN, 0, 0]),
  'model.trainOnBatch(x, y)': (model) => model.trainOnBatch(x, y),
  'model.evaluate(x, y)': (model) => model.evaluate(x, y),
  'model.predict(x)': (model) => model.predict(x).toArray(),
  'model.predict([1, 2, 3])': (model) => model.predict([1, 2, 3]),
  'model.inspect(x, y)': (model) => model.inspect(x, y),
  'model.setWeights(model.getWeights())': (model) => model.setWeights(model.getWeights()),
  'model.setWeights([])': (model) => model.setWeights([]),
  'model.summary()': (model) => model.summary(),
  'model.learningRate = 0.5': (model) => void (model.learningRate = 0.5),
  'model.learningRate = -1': (model) => void (model.learningRate = -1),
  'model.learningRate': (model) => model.learningRate,
  'model.stopTraining = true': (model) => void (model.stopTraining = true),
  "model.compile({ optimizer: {}, loss: 'mse' })": (model) => model.compile({ optimizer: {}, loss: 'mse' } as never),
  'model.dispose()': (model) => model.dispose(),
};

const HOOKS = ['onTrainBegin', 'onEpochBegin', 'onBatchEnd', 'onProgress', 'onEpochEnd', 'onTrainEnd'] as const;

interface Done {
  /** Number of the act. */
  readonly act: number;
  /** Whether the next one waits for it. */
  readonly waits: boolean;
}

export interface OrderCase {
  readonly acts: readonly Done[];
  /** What the callback does, and when; its acts wait for nothing. */
  readonly hook: number;
  readonly inside: number;
}

const act = fc.nat(Object.keys(ACTS).length - 1);

export const orderArbitrary: fc.Arbitrary<OrderCase> = fc.record({
  acts: fc.array(fc.record({ act, waits: fc.boolean() }), { minLength: 1, maxLength: 8 }),
  hook: fc.nat(HOOKS.length - 1),
  inside: act,
});

/** Runs `run`, and throws a Difference if it throws, or rejects with, anything but a WasmgradError. */
async function refusing(what: string, run: () => unknown): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof WasmgradError)) throw new Difference(`${what} threw ${error}`);
  }
}

/** Throws a Difference if something is refused in another way than by a WasmgradError, or memory is lost. */
export async function checkOrder({ acts, hook, inside }: OrderCase): Promise<void> {
  const made = () => sequential([2], [dense(3, { activation: 'tanh' }), dense(1)]);
  // The programs that draw weights and the order of rows are kept, and are not the model's.
  made().dispose();
  new Shuffler().shuffle(new Int32Array(2));
  const { used } = wasm.memory;
  const model = made();
  const all = Object.entries(ACTS);
  const pending: Promise<void>[] = [];
  const once = (number: number, callbacks: readonly Callback[]): Promise<void> => {
    const [what, run] = all[number]!;
    const done = refusing(what, () => run(model, callbacks));
    pending.push(done);
    done.catch(() => {}); // it is waited for below
    return done;
  };
  const callback: Callback = { [HOOKS[hook]!]: () => void once(inside, []) };
  try {
    for (const { act, waits } of acts) {
      const done = once(act, [callback]);
      if (waits) await done;
    }
    for (const done of pending) await done; // grows while callbacks run
  } finally {
    await Promise.allSettled(pending);
    model.dispose(); // after a failure, too: equal models share programs, and the last one of them gives these back
  }
  if (wasm.memory.used > used) throw new Difference('dispose() did not give all of the memory back');
}

/** The case as code. */
export function orderText({ acts, hook, inside }: OrderCase): string {
  const names = Object.keys(ACTS);
  return [
    'const [x, y] = [[[0, 1], [1, 0], [1, 1]], [0.5, 1, 0]];',
    "const model = sequential([2], [dense(3, { activation: 'tanh' }), dense(1)]);",
    `const callbacks = [{ ${HOOKS[hook]!}: () => void ${names[inside]} }];`,
    ...acts.map(({ act, waits }) => `${waits ? 'await ' : ''}${names[act]};`),
  ].join('\n');
}
