// The layers of a model, as they were found when its function ran for the first time: their names, parameters and
// state. Not here: how a run finds them again (forward.ts), and the memory of parameters (network.ts).

import { check, checkIs, isObject, show } from '../errors.js';
import { type Initializer, initializerOf } from '../initializers/initializers.js';
import { checkName, type Layer, type LayerDefinition, type ParameterSpec, type Regularizer } from '../layers/layer.js';
import { checkShape, owned, sameShape, shapeText } from '../shape.js';
import { inputOf, Tensor } from '../tensor.js';
import type { Network } from './network.js';

/** A layer of any kind of input and output. */
export type AnyLayer = Layer<never, unknown>;

type Tensors = Readonly<Record<string, Tensor>>;

/** A parameter, or a state, of a model. */
export interface Variable {
  /** 'block.dense.kernel'. */
  readonly name: string;
  /** What stands for it in programs. */
  readonly tensor: Tensor;
  readonly initializer: Initializer;
  readonly trainable: boolean;
  /** Kept from step to step, and not trained. */
  readonly isState: boolean;
  readonly regularizer: Regularizer | undefined;
}

/** Another model, as a layer. */
export interface Nested {
  readonly network: Network;
  /** If not, its parameters are frozen, and it runs as in `predict`. */
  readonly trainable: boolean;
}

/** The definition of a layer that `net.asLayer()` made. */
export interface NestedDefinition {
  readonly kind: string;
  readonly name?: string | undefined;
  readonly nested: Nested;
}

/** A layer in a model. */
export class BuiltLayer {
  /** The names of the layers that are called in it. */
  readonly names = new Set<string>();
  /** The layers that it makes whenever it runs, in the order of their first calls. */
  readonly made: BuiltLayer[] = [];

  /**
   * @param path its name after those of the layers in which it is called: 'block.dense'
   * @param parameters by the names that the layer has for them, as `state`
   */
  constructor(
    readonly path: string,
    readonly kind: string,
    readonly parameters: Tensors,
    readonly state: Tensors,
    /** Shapes and types of the samples of its first call, as text. */
    readonly input: string,
    readonly nested?: Nested | undefined,
    /** What stands here for each variable of the model inside. */
    readonly adopted: ReadonlyMap<Tensor, Tensor> = new Map(),
  ) {}

  /** The path of something in this layer. */
  pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}

/** What the first run of a model's function finds, and later runs find again. */
export class Layers {
  /** The model itself: what layers are called in. */
  readonly root = new BuiltLayer('', 'model', {}, {}, '');
  /** In the order of their first calls. */
  readonly all: BuiltLayer[] = [];
  /** Those that were made outside of the function. */
  readonly byLayer = new Map<AnyLayer, BuiltLayer>();
  /** Of all layers. */
  readonly variables: Variable[] = [];
  /** What stands for the variables of models inside, by their addresses. */
  readonly #adopted = new Map<number, Tensor>();

  /** Adds a layer that is called for the first time, within another one. */
  add(layer: AnyLayer, within: BuiltLayer, input: unknown): BuiltLayer {
    const { name, kind, nested } = layer.definition as LayerDefinition & Partial<NestedDefinition>;
    const path = within.pathOf(uniqueName(name, kind, within));
    const specs = specsOf(path, layer, input);
    const parameters = this.#placed(path, specs.parameters, false);
    const state = this.#placed(path, specs.state, true);
    const adopted = nested && this.#adopt(path, nested);
    const built = new BuiltLayer(path, kind, parameters, state, textOf(input), nested, adopted);
    this.all.push(built);
    return built;
  }

  /**
   * Takes in the variables of another model; those that are here already, of a model that is here twice, stay as they
   * are. They get tensors of their own, since those of that model stand for the variables of its clones as well.
   */
  #adopt(path: string, { network, trainable }: Nested): Map<Tensor, Tensor> {
    const adopt = (v: Variable): Tensor => {
      const address = network.places.get(v.tensor)!;
      const known = this.#adopted.get(address);
      if (known) return known;
      const name = `${path}.${v.name}`;
      const tensor = inputOf(name, v.tensor.shape);
      this.variables.push({ ...v, name, tensor, trainable: v.trainable && trainable });
      this.#adopted.set(address, tensor);
      return tensor;
    };
    return new Map(network.variables.map((v) => [v.tensor, adopt(v)]));
  }

  /** Makes the variables that a layer wants. */
  #placed(path: string, specs: AnySpecs, isState: boolean): Tensors {
    const variables = Object.entries(specs).map(([part, spec]) => variableOf(path, part, spec, isState));
    this.variables.push(...variables);
    return Object.fromEntries(Object.keys(specs).map((part, i) => [part, variables[i]!.tensor]));
  }
}

/** Throws if a layer that is called once more, on other samples, does not want parameters of the shapes that it has. */
export function checkSpecs(built: BuiltLayer, layer: AnyLayer, input: unknown): void {
  if (textOf(input) === built.input) return;
  const { parameters, state } = specsOf(built.path, layer, input);
  for (const [part, { shape }] of [...Object.entries(parameters), ...Object.entries(state)]) {
    const has = built.parameters[part] ?? built.state[part];
    check(has !== undefined && sameShape(has.shape, shape), () => {
      const text = has ? shapeText(has.shape) : 'no shape';
      return `${built.path} has ${part} ${text}, its call with ${describe(input)} wants ${shapeText(shape)}`;
    });
  }
}

/** A free name in the layer `within`: 'dense', 'dense_1' …, or the one that the user gave. */
function uniqueName(given: string | undefined, kind: string, { names }: BuiltLayer): string {
  check(given === undefined || !names.has(given), () => `two layers are called '${given}': give one another name`);
  let name = given ?? kind;
  for (let i = 1; names.has(name); i++) name = `${kind}_${i}`;
  names.add(name);
  return name;
}

function variableOf(path: string, part: string, spec: ParameterSpec, isState: boolean): Variable {
  const { shape, initializer, trainable = true, regularizer } = spec;
  const name = `${path}.${part}`;
  return {
    name,
    tensor: inputOf(name, owned(shape)),
    initializer: initializerOf(initializer),
    trainable: trainable && !isState,
    isState,
    regularizer,
  };
}

type AnySpecs = Readonly<Record<string, ParameterSpec>>;

/** What `build` of a layer returns for an input, checked: a layer of a user may return anything. */
function specsOf(path: string, layer: AnyLayer, input: unknown): { parameters: AnySpecs; state: AnySpecs } {
  const { build } = layer.definition as LayerDefinition<unknown, unknown>;
  const spec: unknown = build ? build.call(layer.definition, specOf(input) as never) : {};
  checkIs(isObject(spec), `layer ${path}: what build returns`, '{ parameters, state }', spec);
  const unknown = Object.keys(spec as object).find((name) => name !== 'parameters' && name !== 'state');
  check(unknown === undefined, () => `layer ${path}: build returns { parameters, state }, got '${unknown}' in it`);
  const { parameters, state } = spec as { parameters?: unknown; state?: unknown };
  const read = {
    parameters: readSpecs(`layer ${path}: parameters`, parameters),
    state: readSpecs(`layer ${path}: state`, state),
  };
  const twice = Object.keys(read.parameters).find((part) => part in read.state);
  check(twice === undefined, () => `layer ${path}: '${twice}' is a parameter and a state`);
  return read;
}

/** Those that are there: of a layer without a bias it may be undefined. */
function readSpecs(what: string, specs: unknown = {}): AnySpecs {
  checkIs(isObject(specs), what, 'an object', specs);
  const given = present(specs as AnySpecs);
  for (const [part, spec] of Object.entries(given)) {
    checkName(`${what}: a name`, part);
    checkShape(`${what}: ${part}`, spec?.shape);
    initializerOf(spec.initializer);
  }
  return given;
}

/** What of an object is not undefined. */
export const present = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;

/** Shape and type of a sample, for a tensor or each one of a tree. */
function specOf(input: unknown): unknown {
  if (input instanceof Tensor) return { shape: input.shape.slice(1), dtype: input.dtype };
  if (Array.isArray(input)) return input.map(specOf);
  return Object.fromEntries(Object.entries(input as object).map(([name, part]) => [name, specOf(part)]));
}

const textOf = (input: unknown): string => JSON.stringify(specOf(input));

export const describe = (input: unknown): string =>
  input instanceof Tensor ? `samples ${shapeText(input.shape.slice(1))}` : show(input);
