// Writes models to files.

import { check, checkIs, isRecord } from '../errors.js';
import { checkTarget, type FileTarget, writeFile } from '../files/target.js';
import { type Inside, Model } from '../model/model.js';
import type { AnyModel } from '../model/trainer.js';
import { flag, oneOf, options, type Rules, rule, text } from '../options.js';
import { extrasJson } from './extras.js';
import { type Contents, metadataOf } from './format.js';
import { formatSafetensors } from './safetensors.js';
import { type Registry, StructureWriter } from './structure.js';
import { stateJson } from './trainingstate.js';
import { type StorageType, weightsOf } from './weights.js';

/** Options of `saveWeights`. */
export interface SaveWeightsOptions {
  /**
   * As what weights are kept: 'float32' (default), or 'float16' or 'bfloat16', which take half the space and lose
   * digits.
   */
  readonly dtype?: StorageType | undefined;
}

/** Options of `saveModel`. */
export interface SaveModelOptions extends SaveWeightsOptions {
  /**
   * Of a model that is made by a function: the name by which the registry of `loadModel` has that function; default
   * 'model'.
   */
  readonly name?: string | undefined;
  /** Layers, losses, optimizers and other functions of your own by the names that the file is to have for them. */
  readonly registry?: Registry | undefined;
  /** Whether the settings of `compile` are kept; default true. */
  readonly compile?: boolean | undefined;
  /** Whether the file holds all that a training needs to go on, too: `loadTrainingState` reads it; default false. */
  readonly training?: boolean | undefined;
  /**
   * What belongs to the model: fitted scalers and encoders, names of classes, and anything that JSON can hold.
   * `loadExtras` reads it.
   */
  readonly extras?: Readonly<Record<string, unknown>> | undefined;
}

const dtype = oneOf('float32', 'float16', 'bfloat16');

/*@__NO_SIDE_EFFECTS__*/
const record = <T>(expected: string) =>
  rule<T | undefined, undefined>(undefined, (what, given) => checkIs(isRecord(given), what, expected, given));

const saveWeightsOptions = options({ dtype } satisfies Rules<SaveWeightsOptions>);

const saveModelOptions = options({
  dtype,
  name: text('model'),
  registry: record<Registry>('an object of functions by name'),
  compile: flag(true),
  training: flag(false),
  extras: record<Readonly<Record<string, unknown>>>('an object'),
} satisfies Rules<SaveModelOptions>);

/**
 * Saves a model: weights, layers, and the settings of `compile`, so that `loadModel` makes it again. It is a
 * safetensors file.
 *
 * A chain of layers is kept whole. Of a model that is made by a function the file keeps weights and a name. Weights are
 * those of the moment of the call.
 *
 * @param to a path (Node, Bun, Deno), or a place such as `indexedDb(name)`, `opfs(path)` or `download(fileName)`. The
 *   file is replaced as a whole or not at all. Left out, it only returns the bytes
 * @returns the bytes of the file
 * @throws WasmgradError, before anything is written, for what no file can hold; FileError if it can't be written
 */
export async function saveModel(model: AnyModel, to?: FileTarget, options?: SaveModelOptions): Promise<Uint8Array> {
  const given = saveModelOptions('saveModel', options);
  if (to !== undefined) checkTarget('saveModel', to);
  const { weights, state, contents } = inside('saveModel', model, (parts) => ({
    weights: weightsOf(parts.network, given.dtype),
    state: given.training ? stateJson('saveModel', parts.training().trainingState) : undefined,
    contents: contentsFor(parts, given),
  }));
  const tensors = new Map([...weights, ...(state?.tensors ?? [])]);
  const bytes = formatSafetensors(tensors, metadataOf({ ...contents, training: state?.json }));
  if (to !== undefined) await writeFile('saveModel', to, bytes);
  return bytes;
}

/**
 * Saves the parameters and states of a model, by their names, as a safetensors file, which other programs can read,
 * too. `loadWeights` takes them into a model of the same layers.
 *
 * @param to as in `saveModel`
 * @returns the bytes of the file
 */
export async function saveWeights(model: AnyModel, to?: FileTarget, options?: SaveWeightsOptions): Promise<Uint8Array> {
  const { dtype } = saveWeightsOptions('saveWeights', options);
  if (to !== undefined) checkTarget('saveWeights', to);
  const weights = inside('saveWeights', model, ({ network }) => weightsOf(network, dtype));
  const bytes = formatSafetensors(weights, metadataOf({}));
  if (to !== undefined) await writeFile('saveWeights', to, bytes);
  return bytes;
}

/** Looks into a model. */
export function inside<T>(where: string, model: unknown, run: (inside: Inside) => T): T {
  checkIs(model instanceof Model, `${where}: the first argument`, 'a model', model);
  return model.look(where, run);
}

type Given = ReturnType<typeof saveModelOptions>;

const namesOf = (registry: Registry = {}): Map<unknown, string> =>
  new Map(Object.entries(registry).map(([name, value]) => [value, name]));

/** What the metadata says; throws if there are functions without a name. */
function contentsFor(parts: Inside, { name, compile, extras, registry }: Given): Contents {
  const writer = new StructureWriter('saveModel', namesOf(registry));
  const model = writer.model(parts.network.definition, name);
  const compiled = compile && parts.isCompiled ? writer.value(parts.training().compiled.given, 'compile') : undefined;
  check(writer.unknown.length === 0, () => {
    return `saveModel: ${writer.unknown.join('; ')}: no file can hold that. Give it a name, registry: { name: … }, here and to loadModel`;
  });
  return {
    model,
    models: writer.models,
    compile: compiled,
    extras: extras && extrasJson('saveModel: extras', extras),
  };
}
