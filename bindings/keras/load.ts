// loadKeras: a model of a file that Keras wrote.

import { checkIs, isRecord } from '../errors.js';
import { textOf } from '../files/cursor.js';
import { checkFile } from '../files/fileerror.js';
import { parseJson } from '../files/json.js';
import { type FileSource, readFile } from '../files/source.js';
import { MAX_BYTES, type OpenZip, openZip } from '../files/zip.js';
import type { Model } from '../model/model.js';
import { options, type Rules, rule, whole } from '../options.js';
import { runner } from '../run/runtime.js';
import type { Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { modelFrom, type Shapes } from './build.js';
import { GraphReader } from './graph.js';
import { type Hdf5, isHdf5, openHdf5 } from './hdf5/file.js';
import { objectOf } from './settings.js';
import type { StoredArray } from './stored.js';
import { namedWeights, numberedWeights } from './weights.js';

/** Options of `loadKeras`. */
export interface LoadKerasOptions {
  /**
   * Shapes of one sample, by the names of the inputs, where the file leaves them open: `{ input_layer: [32, 32, 3] }`.
   */
  readonly shapes?: Readonly<Record<string, Shape>> | undefined;
  /** The most bytes that the file may have, and that may come out of compressed ones; default 256 MiB. */
  readonly maxBytes?: number | undefined;
}

/** How the options that both loaders have are read. */
export const loadRules = {
  shapes: rule<Shapes, Shapes>({}, (what, given) =>
    checkIs(isRecord(given), what, 'an object of shapes by name', given),
  ),
  maxBytes: whole(MAX_BYTES, 1),
};

const loadOptions = options(loadRules satisfies Rules<LoadKerasOptions>);

/**
 * Loads a model that Keras saved, a `.keras` archive or a whole model in a `.h5` file. It predicts what it predicted
 * there, and can be compiled and trained further. A chain of layers becomes what `sequential` makes, which `saveModel`
 * can write; any other graph what `model` makes. Names of layers are those of the file, but for '.' and '/', which
 * become '_'. Inputs and outputs, if there are several, have the names of their layers. The settings of compile are not
 * read: call `compile`.
 *
 * @typeParam In  a tensor; an object of tensors by name, if the model has several inputs
 * @typeParam Out the same for the outputs
 * @param from a path, bytes, a Response, a Blob or a place
 * @throws FileError, before a model is made, if the file is damaged, or has a layer or an option that is not supported,
 *   which it names; WasmgradError that says which weights are missing, left over or of another shape
 *
 * @example
 * const net = await loadKeras('digits.keras');
 * net.compile({ optimizer: adam(), loss: 'categoricalCrossEntropy' });
 */
export async function loadKeras<In = Tensor, Out = Tensor>(
  from: FileSource,
  options?: LoadKerasOptions,
): Promise<Model<In, Out>> {
  const { shapes, maxBytes } = loadOptions('loadKeras', options);
  runner(); // throws before init()
  const { what, bytes } = await readFile('loadKeras', from, maxBytes);
  const net = isHdf5(bytes)
    ? await fromHdf5(openHdf5(what, bytes), shapes)
    : await fromArchive(what, bytes, shapes, maxBytes);
  return net as unknown as Model<In, Out>;
}

const CONFIG = 'config.json';
const METADATA = 'metadata.json';
const WEIGHTS = 'model.weights.h5';

async function fromArchive(what: string, bytes: Uint8Array, shapes: Shapes, maxBytes: number) {
  checkFile(bytes[0] === 0x50 && bytes[1] === 0x4b, () => {
    return `${what} is neither a .keras archive nor an HDF5 file${bytes[0] === 0x7b ? '; a model.json is read by loadTensorflowJs' : ''}`;
  });
  const zip = await openZip(what, bytes, { maxBytes });
  checkFile(
    zip.has(CONFIG) && zip.has(WEIGHTS),
    () => `${what} is no .keras archive: it has no ${CONFIG} or no ${WEIGHTS} in it`,
  );
  const config = parseJson(`${what}: ${CONFIG}`, textOf(`${what}: ${CONFIG}`, zip.read(CONFIG)));
  const graph = readerFor(what, versionIn(what, zip)).model(config);
  return modelFrom(graph, numberedWeights(openHdf5(what, zip.read(WEIGHTS))), shapes);
}

/** The version of Keras that wrote it; TensorFlow 2.12 to 2.15 wrote such archives, too. */
function versionIn(what: string, zip: OpenZip): string {
  if (!zip.has(METADATA)) return '3';
  const name = `${what}: ${METADATA}`;
  const { keras_version: version } = objectOf(name, parseJson(name, textOf(name, zip.read(METADATA))));
  return typeof version === 'string' ? version : '3';
}

/** A reader for what this version of Keras wrote. */
function readerFor(what: string, version: string): GraphReader {
  const [major = 2, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return new GraphReader(what, major < 3, major > 3 || (major === 3 && minor >= 8));
}

const GROUP = 'model_weights';

async function fromHdf5(file: Hdf5, shapes: Shapes) {
  const { what } = file;
  const [text] = file.texts('', 'model_config') ?? [];
  checkFile(text !== undefined, () => {
    return `${what} has weights and no model: save the whole model, model.save('model.keras')`;
  });
  const config = parseJson(`${what}: model_config`, text);
  const [version] = file.texts('', 'keras_version') ?? file.texts(GROUP, 'keras_version') ?? [];
  const graph = readerFor(what, version ?? '2').model(config);
  const arrays = [...file.arrays.values()].filter(({ name }) => name.startsWith(`${GROUP}/`));
  return modelFrom(graph, namedWeights(what, arrays.map(ungrouped), true), shapes);
}

/** An array by its name within the group of all weights. */
const ungrouped = (array: StoredArray): StoredArray => ({
  name: array.name.slice(GROUP.length + 1),
  shape: array.shape,
  check: () => array.check(),
  floats: () => array.floats(),
});
