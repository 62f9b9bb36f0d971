// Reads models from files.

import { check, checkIs, isRecord } from '../errors.js';
import { checkFile } from '../files/fileerror.js';
import { type FileSource, readFile } from '../files/source.js';
import type { Layer } from '../layers/layer.js';
import type { CompileOptions } from '../model/compile.js';
import type { Definition } from '../model/definition.js';
import { type Ends, type InputSpecs, readInputs } from '../model/ends.js';
import { Model, modelOf } from '../model/model.js';
import { chainOf, type Sequential } from '../model/sequential.js';
import type { AnyModel } from '../model/trainer.js';
import { flag, number, options, type Rules, rule } from '../options.js';
import { runner } from '../run/runtime.js';
import type { Named } from './catalog.js';
import { contentsOf } from './contents.js';
import { parseSafetensors, type SafetensorsFile } from './safetensors.js';
import { inside } from './save.js';
import { namesIn, type Registry, type Structure, StructureReader } from './structure.js';
import { checkWeights, elementsOf, takeWeights } from './weights.js';

/** Options of `loadWeights`. */
export interface LoadWeightsOptions {
  /** How large the file may be, in bytes; no limit by default. */
  readonly maxBytes?: number | undefined;
}

/** Options of `loadModel`. */
export interface LoadModelOptions extends LoadWeightsOptions {
  /**
   * What names in the file stand for: functions that make layers, losses and the like of your own, as they were named to `saveModel`;
   * and for a model that is made by a function, a function without arguments that returns the model.
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
 * @param from a path (Node, Bun, Deno), bytes, what `fetch` returns, a Blob or File, or a place such as `indexedDb(name)`
 * @throws FileError if the file is damaged or of another kind; WasmgradError if a name in it is none of the library or the registry
 * @example const net = await loadModel(fetch('model.safetensors'));
 */
export async function loadModel<M extends AnyModel = Sequential>(
  from: FileSource,
  options?: LoadModelOptions,
): Promise<NoInfer<M>> {
  const { registry, compile, maxBytes } = loadModelOptions('loadModel', options);
  const [{ what, bytes }, { catalogOf }] = await Promise.all([
    readFile('loadModel', from, maxBytes),
    import('./catalog.js'),
  ]);
  const file = parseSafetensors(what, bytes);
  const contents = contentsOf(file);
  const { model, models = [], compile: settings } = contents;
  checkFile(isStructure(model) && Array.isArray(models) && models.every(isStructure), () => {
    return `${what} holds weights and no model: take them into one of the same layers by loadWeights(model, from)`;
  });
  const named = new Map([...(await catalogOf(namesIn(contents))), ...Object.entries(registry)]);
  const making = new Making(file, named, models);
  const made = making.model(model);
  try {
    inside('loadModel', made, ({ network }) => void takeWeights(network, file));
    if (compile && settings !== undefined) {
      made.compile(making.reader.value(settings, 'compile') as CompileOptions<never>);
    }
  } catch (error) {
    made.dispose();
    throw error;
  }
  return made as AnyModel as NoInfer<M>;
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
  const { what, bytes } = await readFile('loadWeights', from, maxBytes);
  const file = parseSafetensors(what, bytes);
  inside('loadWeights', model, ({ network }) => void takeWeights(network, file));
}

/** Whether it has the form of a structure; what is in it is checked by those that read it. */
const isStructure = (value: unknown): value is Structure => {
  const { inputs, layers, function: name } = (isRecord(value) ? value : {}) as Partial<Structure>;
  return typeof inputs === 'object' && (Array.isArray(layers) || typeof name === 'string');
};

type AModel = Model<never, Ends>;

/** Makes the models that a file describes. */
class Making {
  readonly reader: StructureReader;
  readonly #models = new Map<number, AModel>();

  constructor(
    readonly file: SafetensorsFile,
    readonly named: Named,
    readonly structures: readonly Structure[],
  ) {
    this.reader = new StructureReader(file.what, named, (index, options) => this.#layer(index, options));
  }

  model(structure: Structure): AModel {
    if (structure.function !== undefined) return this.#byFunction(structure.function);
    const at = runner();
    const definition = this.#definition(structure);
    checkWeights(this.file, definition.layers.variables); // before there is memory for them
    return modelOf(definition, at);
  }

  #definition({ inputs, layers }: Structure): Definition {
    const { what } = this.file;
    return chainOf(what, runner(), readInputs(what, inputs as InputSpecs), this.reader.layers(layers!));
  }

  /** A model inside, as a layer. */
  #layer(index: number, options: unknown): Layer {
    const model = this.#models.get(index) ?? this.#inner(index);
    this.#models.set(index, model);
    return model.asLayer(options as object) as Layer;
  }

  #inner(index: number): AModel {
    const { what, tensors } = this.file;
    const structure = this.structures[index];
    checkFile(
      structure?.layers !== undefined && index >= this.#models.size,
      () => `${what}: there is no model ${index} to be a layer`,
    );
    const definition = this.#definition(structure);
    const room = elementsOf(tensors.values());
    const size = definition.layers.variables.reduce((sum, { tensor }) => sum + tensor.size, 0);
    checkFile(size <= room, () => `${what}: model ${index} takes ${size} numbers, and the file has ${room}`);
    return modelOf(definition, runner());
  }

  #byFunction(name: string): AModel {
    const make = this.named.get(name);
    check(typeof make === 'function', () => {
      return `${this.file.what} has the weights of '${name}', a model that is made by a function: pass registry: { ${name}: () => model(…) }, or load them by loadWeights`;
    });
    const made: unknown = make();
    checkIs(made instanceof Model, `${this.file.what}: what ${name}() of the registry returns`, 'a model', made);
    return made as AModel;
  }
}
