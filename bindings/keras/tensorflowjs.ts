// loadTensorflowJs: a layers-model of TensorFlow.js, a model.json with files of weights beside it.

import { checkIs, isRecord, show } from '../errors.js';
import { textOf } from '../files/cursor.js';
import { checkFile } from '../files/fileerror.js';
import { parseJson } from '../files/json.js';
import { type FileSource, readFile } from '../files/source.js';
import type { Model } from '../model/model.js';
import { options, type Rules, rule } from '../options.js';
import { runner } from '../run/runtime.js';
import type { Tensor } from '../tensor.js';
import { type Files, filesBeside, sourceOf } from './beside.js';
import { modelFrom } from './build.js';
import { GraphReader } from './graph.js';
import { type LoadKerasOptions, loadRules } from './load.js';
import { readManifest, readShards } from './manifest.js';
import { type JsonObject, objectOf } from './settings.js';
import { namedWeights } from './weights.js';

/** Options of `loadTensorflowJs`. */
export interface LoadTensorflowJsOptions extends LoadKerasOptions {
  /**
   * The files of weights by the paths that the model.json has for them, or a function of such a path; by default they
   * are beside the model.json, which was then given as a path or fetched.
   */
  readonly weights?: Readonly<Record<string, FileSource>> | ((path: string) => FileSource) | undefined;
  /** The most bytes that all files together may have; default 256 MiB. */
  readonly maxBytes?: number | undefined;
}

const loadOptions = options({
  ...loadRules,
  weights: rule<Exclude<LoadTensorflowJsOptions['weights'], undefined>, undefined>(undefined, (what, given) => {
    checkIs(typeof given === 'function' || isRecord(given), what, 'an object of files by path, or a function', given);
  }),
} satisfies Rules<LoadTensorflowJsOptions>);

/**
 * Loads a layers-model of TensorFlow.js: what `model.save` wrote there, or `tensorflowjs_converter` made of a Keras
 * model. All else is as in `loadKeras`. Weights may be quantized, to uint8, uint16 or float16.
 *
 * @typeParam In  a tensor; an object of tensors by name, if the model has several inputs
 * @typeParam Out the same for the outputs
 * @param from the model.json: a path, an http address, what `fetch` returns; or bytes, a Blob or a place, with
 *   `weights`
 * @throws FileError for a graph-model, which has no layers; else as `loadKeras`
 *
 * @example
 * const net = await loadTensorflowJs(fetch('model/model.json'));
 */
export async function loadTensorflowJs<In = Tensor, Out = Tensor>(
  from: FileSource,
  options?: LoadTensorflowJsOptions,
): Promise<Model<In, Out>> {
  const { shapes, maxBytes, weights } = loadOptions('loadTensorflowJs', options);
  runner(); // throws before init()
  const source = await sourceOf(from);
  const { what, bytes } = await readFile('loadTensorflowJs', source, maxBytes);
  const files: Files = weights ? given(what, weights) : filesBeside(what, source);
  const json = objectOf(what, parseJson(what, textOf(what, bytes)));
  const topology = topologyOf(what, json);
  const version = topology['keras_version'];
  const isKeras3 = typeof version === 'string' && /^[3-9]\./.test(version);
  const graph = new GraphReader(what, !isKeras3).model(modelIn(what, topology));
  const manifest = readManifest(what, json['weightsManifest']);
  const arrays = await readShards('loadTensorflowJs', what, manifest, files, maxBytes - bytes.length);
  return (await modelFrom(graph, namedWeights(what, arrays, false), shapes)) as unknown as Model<In, Out>;
}

function given(what: string, weights: NonNullable<LoadTensorflowJsOptions['weights']>): Files {
  if (typeof weights === 'function') return weights;
  return (path) => {
    const plain = path.replace(/^\.\//, '');
    const name = [path, plain].find((one) => Object.hasOwn(weights, one));
    checkFile(name !== undefined, () => `${what}: its weights are in '${path}': pass weights: { '${path}': … }`);
    return weights[name]!;
  };
}

/** What the file says of the model. */
function topologyOf(what: string, json: JsonObject): JsonObject {
  const { format, modelTopology } = json;
  const topology = isRecord(modelTopology) ? (modelTopology as JsonObject) : undefined;
  const isGraph = format === 'graph-model' || (topology !== undefined && Object.hasOwn(topology, 'node'));
  checkFile(!isGraph, () => {
    return `${what} is a graph-model, which has operations in place of layers: convert the Keras model with --output_format tfjs_layers_model, or export ONNX and read it by importOnnx`;
  });
  checkFile(topology !== undefined, () => {
    return `${what} is no model.json of TensorFlow.js: its modelTopology is ${show(modelTopology)}`;
  });
  return topology;
}

/** The model itself, which converted ones have one object deeper. */
function modelIn(what: string, topology: JsonObject): unknown {
  return Object.hasOwn(topology, 'model_config')
    ? objectOf(`${what}: model_config`, topology['model_config'])
    : topology;
}
