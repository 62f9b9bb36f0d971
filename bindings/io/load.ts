// Reads models from files.

import { checkIs, isRecord } from '../errors.js';
import type { FileSource } from '../files/source.js';
import { Model } from '../model/model.js';
import type { Sequential } from '../model/sequential.js';
import type { AnyModel } from '../model/trainer.js';
import { flag, number, options, type Rules, rule } from '../options.js';
import { opened } from './opened.js';
import { inside } from './save.js';
import type { Registry } from './structure.js';

/** Options of `loadWeights`. */
export interface LoadWeightsOptions {
  /** How large the file may be, in bytes; no limit by default. */
  readonly maxBytes?: number | undefined;
}

/** Options of `loadModel`. */
export interface LoadModelOptions extends LoadWeightsOptions {
  /**
   * What names in the file stand for: functions that make layers, losses and the like of your own, as they were named
   * to `saveModel`; and for a model that is made by a function, a function without arguments that returns the model.
   */
  readonly registry?: Registry | undefined;
  /** Whether the model is compiled as it was; default true. */
  readonly compile?: boolean | undefined;
}

const loadWeightsOptions = options({ maxBytes: number(Infinity, 0) } satisfies Rules<LoadWeightsOptions>);

const loadModelOptions = options({
  maxBytes: number(Infinity, 0),
  registry: rule<Registry, Registry>({}, (what, given) => {
    checkIs(isRecord(given), what, 'an object of functions by name', given);
  }),
  compile: flag(true),
} satisfies Rules<LoadModelOptions>);

/**
 * Loads a model that `saveModel` wrote: its layers, weights, and the settings of `compile`; the optimizer starts anew.
 *
 * @param from a path (Node, Bun, Deno), bytes, what `fetch` returns, a Blob or File, or a place such as
 *   `indexedDb(name)`
 * @throws FileError if the file is damaged or of another kind; WasmgradError if a name in it is none of the library or
 *   the registry
 * @example const net = await loadModel(fetch('model.safetensors'));
 */
export async function loadModel<M extends AnyModel = Sequential>(
  from: FileSource,
  options?: LoadModelOptions,
): Promise<NoInfer<M>> {
  const given = loadModelOptions('loadModel', options);
  const { file, reading } = await opened('loadModel', from, given.maxBytes);
  return (await reading.modelOfFile(file, given)) as AnyModel as NoInfer<M>;
}

/**
 * Takes weights from a file into a model: all of them or, if a name or shape differs, none.
 *
 * @param from as in `loadModel`: what `saveWeights` or `saveModel` wrote, or any safetensors file with such names
 * @throws FileError if the file is damaged; WasmgradError if it does not fit, with all that does not
 */
export async function loadWeights(model: AnyModel, from: FileSource, options?: LoadWeightsOptions): Promise<void> {
  const { maxBytes } = loadWeightsOptions('loadWeights', options);
  checkIs(model instanceof Model, 'loadWeights: the first argument', 'a model', model);
  const { file, reading } = await opened('loadWeights', from, maxBytes);
  inside('loadWeights', model, ({ network }) => void reading.takeWeights(network, file));
}
