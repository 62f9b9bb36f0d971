// Models of dense layers: fit against its own steps, on several back ends, against loops by hand, with NaN among the
// data.

import fc from 'fast-check';
import { dense, setSeed, WasmgradError } from '../../bindings/index.js';
import { Model } from '../../bindings/model/model.js';
import { Shuffler } from '../../bindings/model/shuffle.js';
import type { Runner } from '../../bindings/run/runner.js';
import type { TensorData } from '../../bindings/tensor.js';
import { networkOf } from '../networks.js';
import { ACTIVATIONS, type HandLayer, type LOSSES, train } from './byhand.js';
import { Difference, sameBits } from './compare.js';
import { leafText, valuesOf } from './leaves.js';
import { type OptimizerCase, optimizerArbitrary, optimizerOf, optimizerText, ruleOf } from './rules.js';
import { js, js64, parts, threads, wasm } from './runners.js';

type LossName = keyof typeof LOSSES;
type ActivationName = keyof typeof ACTIVATIONS;

interface LayerCase {
  readonly units: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
}

export interface ModelCase {
  readonly features: number;
  readonly layers: readonly LayerCase[];
  readonly loss: LossName;
  /** Labels are class indices, where the loss takes them. */
  readonly classes: boolean;
  readonly metric: boolean;
  /** Samples are bytes. */
  readonly bytes: boolean;
  readonly optimizer: OptimizerCase;
  readonly samples: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly validation: boolean;
  readonly seed: number;
}

/** What the last layer must be for a loss. */
const LAST: Partial<Record<LossName, ActivationName>> = {
  binaryCrossEntropy: 'sigmoid',
  binaryCrossEntropyWithLogits: 'linear',
  softmaxCrossEntropy: 'linear',
};

const width = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: 1, max: 9 }) },
  { weight: 1, arbitrary: fc.constant(130) },
);

const LOSS_NAMES: readonly LossName[] = [
  'meanSquaredError',
  'meanAbsoluteError',
  'binaryCrossEntropy',
  'binaryCrossEntropyWithLogits',
  'softmaxCrossEntropy',
];

export const modelArbitrary: fc.Arbitrary<ModelCase> = fc
  .record({
    features: width,
    layers: fc.array(
      fc.record({
        units: width,
        activation: fc.constantFrom(...(Object.keys(ACTIVATIONS) as ActivationName[])),
        useBias: fc.boolean(),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    loss: fc.constantFrom(...LOSS_NAMES),
    classes: fc.boolean(),
    metric: fc.boolean(),
    bytes: fc.boolean(),
    optimizer: optimizerArbitrary,
    samples: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 40 })),
    batchSize: fc.integer({ min: 1, max: 17 }),
    epochs: fc.integer({ min: 1, max: 3 }),
    validation: fc.boolean(),
    seed: fc.nat(90),
  })
  .map(fitting);

/** The case with a last layer that fits the loss. */
function fitting(given: ModelCase): ModelCase {
  const { loss, layers } = given;
  const last = layers.at(-1)!;
  const activation = LAST[loss] ?? last.activation;
  const ofClasses = loss === 'softmaxCrossEntropy' || activation === 'softmax' || activation === 'logSoftmax';
  const units = ofClasses ? Math.max(2, last.units) : last.units;
  return {
    ...given,
    classes: given.classes && loss === 'softmaxCrossEntropy',
    layers: [...layers.slice(0, -1), { ...last, units, activation }],
  };
}

const outputsOf = ({ layers }: ModelCase): number => layers.at(-1)!.units;

const leaf = (shape: readonly number[], seed: number) =>
  ({ shape, dtype: 'float32', style: 'smooth', seed, below: 1 }) as const;

const byteLeaf = ({ samples, features, seed }: ModelCase) =>
  ({ ...leaf([samples, features], seed), dtype: 'int32', below: 4 }) as const;

const xLeaf = (model: ModelCase) => (model.bytes ? byteLeaf(model) : leaf([model.samples, model.features], model.seed));

const samplesOf = (model: ModelCase): TensorData | Uint8Array => {
  const values = valuesOf(xLeaf(model));
  return model.bytes ? Uint8Array.from(values) : values;
};

const classesLeaf = (model: ModelCase) =>
  ({ ...leaf([model.samples], model.seed), dtype: 'int32', below: outputsOf(model) }) as const;

const yLeaf = (model: ModelCase) => leaf([model.samples, outputsOf(model)], model.seed + 5);

/** Class indices, or numbers; probabilities where the loss wants these. */
function labelsOf(model: ModelCase): Float32Array | Int32Array {
  if (model.classes) return valuesOf(classesLeaf(model));
  const values = valuesOf(yLeaf(model)) as Float32Array;
  return model.loss.startsWith('mean') ? values : values.map((v) => (v + 2) / 4);
}

function made(model: ModelCase, runner: Runner): Model {
  setSeed(model.seed);
  const layers = model.layers.map(({ units, ...options }) => dense(units, options));
  const made = new Model(networkOf(runner, [model.features], layers));
  const metrics = model.metric ? (['accuracy'] as const) : [];
  made.compile({ optimizer: optimizerOf(model.optimizer), loss: model.loss, metrics });
  return made;
}

const weightsOf = (model: Model): TensorData[] => model.getWeights().map((w) => w.data());

const rows = <D extends TensorData | Uint8Array>(data: D, count: number, width: number, from = 0): D =>
  data.slice(from * width, (from + count) * width) as D;

/** Weights, then the history, after fit; validation data are the data themselves. */
async function fitted(model: ModelCase, runner: Runner, shuffle: boolean): Promise<TensorData[]> {
  // The programs that draw its weights and the order of rows are kept, and are not the model's.
  made(model, runner).dispose();
  new Shuffler().shuffle(new Int32Array(2));
  const { used } = runner.memory;
  const network = made(model, runner);
  const [x, y] = [samplesOf(model), labelsOf(model)];
  const { epochs, batchSize, validation } = model;
  const options = { epochs, batchSize, shuffle, ...(validation ? { validationData: [x, y] as const } : {}) };
  const { history } = await network.fit(x, y, options);
  const result = [...weightsOf(network), ...Object.values(history).map((values) => Float64Array.from(values))];
  network.dispose();
  if (runner.memory.used > used) throw new Difference('dispose() did not give all of the memory back');
  return result;
}

/** Weights after the same batches by trainOnBatch, and the mean loss of each epoch. */
function stepped(model: ModelCase): TensorData[] {
  const { samples, features, epochs, batchSize, classes } = model;
  const network = made(model, wasm);
  const [x, y] = [samplesOf(model), labelsOf(model)];
  const losses = Array.from({ length: epochs }, () => {
    let total = 0;
    for (let from = 0; from < samples; from += batchSize) {
      const count = Math.min(batchSize, samples - from);
      const labels = rows(y, count, classes ? 1 : outputsOf(model), from);
      total += count * network.trainOnBatch(rows(x, count, features, from), labels);
    }
    return total / samples;
  });
  const result = [...weightsOf(network), Float64Array.from(losses)];
  network.dispose();
  return result;
}

/** Rows of labels as numbers: of a class its one-hot row. */
function labelRows(model: ModelCase): number[][] {
  const [labels, n] = [labelsOf(model), outputsOf(model)];
  return Array.from({ length: model.samples }, (_, k) =>
    Array.from({ length: n }, (_, j) => (model.classes ? +(labels[k] === j) : labels[k * n + j]!)),
  );
}

/**
 * Weights and losses after the same training by hand, in one row, and whether some gradient cancelled; `noise` is a
 * relative error in each weight.
 */
function byHand(model: ModelCase, noise: number): { values: Float64Array; cancels: boolean } {
  const network = made(model, js64);
  const start = weightsOf(network);
  network.dispose();
  let at = 0;
  const layers = model.layers.map(({ units, activation, useBias }, l): HandLayer => {
    const inputs = l === 0 ? model.features : model.layers[l - 1]!.units;
    const layer = { units, activation, useBias, inputs, at };
    at += (inputs + +useBias) * units;
    return layer;
  });
  const w = start.flatMap((part) => [...part]);
  const { samples, features, batchSize, epochs } = model;
  const flat = valuesOf(xLeaf(model));
  const x = Array.from({ length: samples }, (_, k) => [...rows(flat, 1, features, k)]);
  const hand = { layers, loss: model.loss };
  const { losses, cancels } = train(hand, ruleOf(model.optimizer), w, x, labelRows(model), batchSize, epochs, noise);
  return { values: Float64Array.from([...w, ...losses]), cancels };
}

/** Weights and losses of fit in one row. */
function row(result: readonly TensorData[], model: ModelCase): Float64Array {
  const weights = model.layers.reduce((n, { useBias }) => n + 1 + +useBias, 0);
  return Float64Array.from(result.slice(0, weights + 1).flatMap((part) => [...part]));
}

const NOISE = [2 ** -21, -(2 ** -20), 2 ** -18, -(2 ** -17)];

/**
 * Throws unless fit is what the loops by hand say, within `tolerance`, or within what noise, or training with the
 * kernels of the other language, changes: where float32 leads elsewhere, the last bits of float64 do so after some
 * steps, too.
 */
async function nearHand(
  what: string,
  result: readonly TensorData[],
  model: ModelCase,
  twin: Runner,
  tolerance: number,
) {
  const [actual, { values: expected, cancels }] = [row(result, model), byHand(model, 0)];
  let spread: Float64Array | undefined;
  for (const [i, a] of actual.entries()) {
    const e = expected[i]!;
    if (Math.abs(a - e) <= tolerance * (1 + Math.abs(e)) || !Number.isFinite(e)) continue;
    spread ??= await spreadOf(model, expected, twin);
    if (!(Math.abs(a - e) > 32 * spread[i]!)) continue; // NaN if noise makes the training diverge
    if (cancels && model.optimizer.kind !== 'sgd') return; // which makes whole steps of rounding
    throw new Difference(`${what}: weight or loss ${i} is ${a}, by hand ${e}`);
  }
}

async function spreadOf(model: ModelCase, expected: TensorData, twin: Runner): Promise<Float64Array> {
  const other = await orFailure(() => fitted(model, twin, false));
  const rows = typeof other === 'string' ? [] : [row(other, model)];
  const noisy = [...NOISE.map((noise) => byHand(model, noise).values), ...rows];
  return Float64Array.from(expected, (e, i) => Math.max(...noisy.map((values) => Math.abs(values[i]! - e))));
}

/** One NaN among the samples: fit must refuse, and leave the weights as they were. */
async function refusesNaN(model: ModelCase): Promise<void> {
  const network = made(model, wasm);
  const before = weightsOf(network);
  const x = Float32Array.from(valuesOf(xLeaf(model)));
  x[model.seed % x.length] = Number.NaN;
  const { epochs, batchSize } = model;
  const error = await network.fit(x, labelsOf(model), { epochs, batchSize }).then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof WasmgradError)) throw new Difference(`fit on NaN gave ${error}`);
  sameBits('weights after NaN', weightsOf(network), before);
  network.dispose();
}

const SHARED_UNITS = 100;

/** After more steps than this, what float32 rounds where an activation is saturated may have led elsewhere. */
const COMPARABLE = 4;

/** Training may leave the range of float32; that is refused, not different. */
async function orFailure(run: () => Promise<TensorData[]>): Promise<TensorData[] | string> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof WasmgradError) return error.name;
    throw error;
  }
}

async function sameFit(what: string, model: ModelCase, runner: Runner, shuffle: boolean, expected: unknown) {
  const other = await orFailure(() => fitted(model, runner, shuffle));
  if (typeof other === 'string' || typeof expected === 'string') {
    if (other !== expected) throw new Difference(`${what}: ${other}, expected ${expected}`);
  } else sameBits(what, other, expected as TensorData[]);
}

/** Throws a Difference if anything is not as it must be. */
export async function checkModel(model: ModelCase): Promise<void> {
  const inOrder = await orFailure(() => fitted(model, wasm, false));
  const shuffled = await orFailure(() => fitted(model, wasm, true));
  await sameFit('in three parts', model, parts, true, shuffled);
  await sameFit('the same seed again', model, wasm, true, shuffled);
  const wide = model.features > SHARED_UNITS || model.layers.some(({ units }) => units > SHARED_UNITS);
  if (wide) await sameFit('on two threads', model, threads, true, shuffled);
  await refusesNaN(model);
  if (typeof inOrder === 'string') return;
  const steps = stepped(model);
  sameBits('fit against trainOnBatch', inOrder.slice(0, steps.length - 1), steps.slice(0, -1));
  const reference = await orFailure(() => fitted(model, js64, false));
  if (typeof reference !== 'string') await nearHand('in float64', reference, model, wasm, 1e-6);
  const stepCount = model.epochs * Math.ceil(model.samples / model.batchSize);
  if (stepCount <= COMPARABLE) await nearHand('wasm', inOrder, model, js, 1e-4);
}

/** The case as code. */
export function modelText(model: ModelCase): string {
  const { features, layers, loss, classes, metric, bytes, optimizer, epochs, batchSize, validation, seed } = model;
  const dense = ({ units, activation, useBias }: LayerCase): string =>
    `dense(${units}, { activation: '${activation}'${useBias ? '' : ', useBias: false'} })`;
  const labels = classes ? leafText(classesLeaf(model)) : leafText(yLeaf(model));
  return [
    `setSeed(${seed});`,
    `const model = sequential([${features}], [${layers.map(dense).join(', ')}]);`,
    `model.compile({ optimizer: ${optimizerText(optimizer)}, loss: '${loss}'${metric ? ", metrics: ['accuracy']" : ''} });`,
    `const x = ${bytes ? `Uint8Array.from(${leafText(xLeaf(model))}.data())` : leafText(xLeaf(model))};`,
    `const y = ${labels}${classes || loss.startsWith('mean') ? '' : '.add(2).div(4)'};`,
    `await model.fit(x, y, { epochs: ${epochs}, batchSize: ${batchSize}${validation ? ', validationData: [x, y]' : ''} });`,
  ].join('\n');
}
