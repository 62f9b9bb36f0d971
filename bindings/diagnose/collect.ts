// Collects what is known of a model and its data. Nothing is changed: what trials do is taken back. Not here: the
// numbers that are made of single tensors and columns (layersseen.ts, dataseen.ts), and what they mean (causes/).

import { misfit } from '../losses/losses.js';
import { type DataSet, eachOf, type Rows, rowsOf } from '../model/data.js';
import { byName, type EndSpecs, valuesOf } from '../model/ends.js';
import { type Inspection, inspect } from '../model/inspect.js';
import type { Inside, Model } from '../model/model.js';
import { sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { inputsSeen, labelsSeen, noProbabilityIn, scoreOf } from './dataseen.js';
import type { BadValue, Evidence, NoProbability, Snapshot } from './evidence.js';
import { layersSeen } from './layersseen.js';
import { tryRates } from './trials.js';

/** So many samples are looked at, and so many labels are compared with those of their neighbours. */
const SAMPLES = 256;
const NEIGHBOURS = 512;

/** What is looked into: a model, and the data that it is trained on. */
export interface Looked {
  readonly model: Model<never, unknown>;
  readonly inside: Inside;
  readonly data: DataSet;
  readonly batchSize: number;
}

/** Some of the samples, from all over the data, which may be sorted; without weights. */
export function sampleOf(data: DataSet, most = SAMPLES): DataSet {
  const count = Math.min(data.count, most);
  const rows = Int32Array.from({ length: count }, (_, i) => Math.floor((i * data.count) / count));
  const labels = data.labels.filter(({ name }) => name !== 'sampleWeight');
  return eachOf({ ...data, labels }, (one) => pick(one, rows));
}

/** These rows. */
export function pick(from: Rows, rows: Int32Array): Rows {
  const size = sizeOf(from.rowShape);
  const data = new (from.data.constructor as Float32ArrayConstructor)(rows.length * size);
  rows.forEach((row, i) => void data.set(from.data.subarray(row * size, (row + 1) * size) as never, i * size));
  return { ...from, data, count: rows.length };
}

/** Loss, layers and skill of a model as it is now, on a sample. */
export function snapshotOf({ model, inside }: Looked, sample: DataSet, seen?: Inspection): Snapshot {
  const { targets } = inside.training().compiled;
  const { loss, layers } = seen ?? inspect(inside.training(), sample);
  const { variables, definition } = inside.network;
  const kernels = Object.fromEntries(variables.map(({ name, tensor }) => [name, inside.network.view(tensor)]));
  const output = outputsOf(model, definition.inputs, definition.outputs, sample)[targets[0]!.output]!;
  return {
    loss,
    layers: layersSeen(layers, kernels),
    ...scoreOf(sample.labels[0]!, output.values(), targets[0]!.loss),
  };
}

/** What the model computes for a sample, each output. */
function outputsOf(model: Looked['model'], inputs: EndSpecs, outputs: EndSpecs, sample: DataSet): readonly Tensor[] {
  const given = sample.inputs.map(({ data, rowShape, count }) => ({ data, shape: [count, ...rowShape] }));
  return valuesOf('the output', outputs, model.predict(byName(inputs, given) as never)) as Tensor[];
}

/** The first value that is no finite number. */
export function badValue(data: DataSet): BadValue | undefined {
  for (const { name, data: values, count } of rowsOf(data)) {
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) return { name, sample: Math.floor(at / (values.length / count)), value: values[at]! };
  }
  return undefined;
}

/** Outputs that are no probabilities, where the loss takes these and the model does not end with what makes them. */
function noProbabilityOf({ model, inside }: Looked, sample: DataSet): NoProbability | undefined {
  const { output, loss } = inside.training().compiled.targets[0]!;
  const { name, activation, instead, classes = false, fromLogits } = loss;
  if (fromLogits || !misfit(loss, inside.network.lastTensors[output]!.op)) return undefined;
  const { inputs, outputs } = inside.network.definition;
  const given = outputsOf(model, inputs, outputs, sample)[output]!;
  const found = noProbabilityIn(given.values(), given.shape.at(-1)!, classes);
  if (!found) return undefined;
  const { row, ...seen } = found;
  const rows = given.size / given.shape.at(-1)! / sample.count;
  return { loss: name, activation: activation!.name, instead: instead!, sample: Math.floor(row / rows), ...seen };
}

/** What is known of a model without data. */
export function collectModel({ network, isCompiled, training }: Inside): Partial<Evidence> {
  const parameters = network.trainable.reduce((sum, { tensor }) => sum + tensor.size, 0);
  if (!isCompiled) return { parameters };
  const { learningRate, learningRateScale } = training().state;
  return { parameters, learningRate: learningRate * learningRateScale };
}

/** What a model and its data show. */
export function collect(looked: Looked): Partial<Evidence> {
  const { inside, data, batchSize } = looked;
  const bad = badValue(data);
  if (bad) return { ...collectModel(inside), bad };
  const training = inside.training();
  const sample = sampleOf(data);
  const seen = inspect(training, sample);
  return {
    ...collectModel(inside),
    end: snapshotOf(looked, sample, seen),
    inputs: inputsSeen(sample, seen.layers, data.count),
    labels: labelsSeen(sampleOf(data, NEIGHBOURS), training.compiled.targets[0]!.loss),
    noProbability: noProbabilityOf(looked, sample),
    trials: tryRates(training, sample, batchSize),
  };
}
