// Makes the model that a file describes.

import { check, checkIs, isRecord } from '../../errors.js';
import { checkFile } from '../../files/fileerror.js';
import type { Layer } from '../../layers/layer.js';
import type { CompileOptions } from '../../model/compile.js';
import type { Definition } from '../../model/definition.js';
import { type Ends, type InputSpec, oneInput } from '../../model/ends.js';
import { Model, modelOf } from '../../model/model.js';
import { chainOf } from '../../model/sequential.js';
import { runner } from '../../run/runtime.js';
import { catalogOf, type Named } from '../catalog.js';
import type { SafetensorsFile } from '../format.js';
import type { Registry, Structure } from '../structure.js';
import { contentsOf } from './contents.js';
import { namesIn, StructureReader } from './structure.js';
import { checkWeights, elementsOf, takeWeights } from './weights.js';

/** What `loadModel` was asked for. */
export interface Asked {
  readonly registry: Registry;
  readonly compile: boolean;
}

/** The model in a file, with its weights. */
export async function modelOfFile(file: SafetensorsFile, { registry, compile }: Asked): Promise<AModel> {
  const { what } = file;
  const contents = contentsOf(file);
  const { model, models = [], compile: settings } = contents;
  checkFile(isStructure(model) && Array.isArray(models) && models.every(isStructure), () => {
    return `${what} holds weights and no model: take them into one of the same layers by loadWeights(model, from)`;
  });
  const named = new Map([...(await catalogOf(namesIn(contents))), ...Object.entries(registry)]);
  const making = new Making(file, named, models);
  const made = making.model(model);
  try {
    made.look('loadModel', ({ network }) => void takeWeights(network, file));
    if (compile && settings !== undefined) {
      made.compile(making.reader.value(settings, 'compile') as CompileOptions<never>);
    }
  } catch (error) {
    made.dispose();
    throw error;
  }
  return made;
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
    return chainOf(what, runner(), oneInput(what, inputs as InputSpec), this.reader.layers(layers!));
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
