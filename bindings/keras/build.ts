// Makes a model of a graph: layers of the library, called as the graph says, with the weights of the file. A plain
// chain becomes a `sequential`, which files can hold; all others a `model`.

import { check, messageOf, WasmgradError } from '../errors.js';
import { checkFile, FileError } from '../files/fileerror.js';
import type { Named } from '../io/catalog.js';
import { namesIn, StructureReader } from '../io/read/structure.js';
import type { Layer } from '../layers/layer.js';
import { type Definition, definitionOf } from '../model/definition.js';
import { type EndSpecs, type InputSpecs, readInputs } from '../model/ends.js';
import { type Model, modelOf } from '../model/model.js';
import { chainOf } from '../model/sequential.js';
import { runner } from '../run/runtime.js';
import type { Shape } from '../shape.js';
import { Tensor } from '../tensor.js';
import { type Graph, type GraphCall, type GraphInput, type GraphLayer, type Ref, sampleOf } from './graph.js';
import { isAlike, knowing, type Masks, throughLayer, unmasked, withGiven, zeroed } from './masked.js';
import type { StoredArray } from './stored.js';
import { Faults, type Place, type Weights } from './weights.js';

/** Shapes of one sample, by the names of inputs: for those that the file does not say. */
export type Shapes = Readonly<Record<string, Shape>>;

type AModel = Model<never, never>;
type Tensors = Readonly<Record<string, Tensor>>;

/** Makes the model; it throws before there is memory for weights that the file has not. */
export async function modelFrom(graph: Graph, weights: Weights, shapes: Shapes): Promise<AModel> {
  const { catalogOf } = await import('../io/catalog.js'); // it names all that the library has
  const named = await catalogOf(namesIn(callsIn(graph)));
  const faults = new Faults(weights);
  const building = new Building(named, faults, weights.what);
  const { made, arrays } = building.model(graph, [], shapes, () => faults.leftOver());
  try {
    made.look('the model', ({ network }) => {
      for (const { name, tensor } of network.variables) {
        const array = arrays.get(name);
        const floats = array?.floats() ?? new Float32Array(tensor.size); // what Keras does not have is 0
        checkFile(floats.length === tensor.size, () => `${weights.what}: ${array?.name} is cut short`);
        network.view(tensor).set(floats);
      }
    });
  } catch (error) {
    made.dispose();
    throw error;
  }
  return made;
}

/** All calls of the library that a graph has. */
const callsIn = ({ layers }: Graph): unknown[] =>
  layers.map(({ made, inner }) => (inner ? callsIn(inner) : made?.call));

/** A model, and the array for each of its variables, by name. */
interface Built {
  readonly made: AModel;
  readonly arrays: ReadonlyMap<string, StoredArray>;
}

class Building {
  readonly #reader: StructureReader;

  constructor(
    named: Named,
    readonly faults: Faults,
    readonly what: string,
  ) {
    const never = (): Layer => {
      throw new FileError(`${what}: a model is no argument of a layer`);
    };
    this.#reader = new StructureReader(what, named, never);
  }

  /**
   * @param last is called when all weights of the file were asked for that the model has, before there is memory for
   *   them
   */
  model(graph: Graph, within: Place, shapes: Shapes, last?: () => void): Built {
    const arrays = new Map<string, StoredArray>();
    const layers = new Map<GraphLayer, Layer<never, unknown>>();
    for (const layer of graph.layers) {
      const place = [...within, { layer, layers: graph.layers }];
      layers.set(layer, layer.inner ? this.#nested(layer, place, arrays) : this.#layer(layer));
    }
    const definition = this.#definition(graph, layers, inputsOf(graph, shapes));
    for (const layer of graph.layers) {
      if (layer.inner) continue;
      const place = [...within, { layer, layers: graph.layers }];
      this.#claim(layer, place, definition, arrays);
    }
    last?.();
    this.faults.check();
    return { made: modelOf(definition, runner()), arrays };
  }

  #layer({ made, where }: GraphLayer): Layer<never, unknown> {
    if (!made) return (() => undefined) as unknown as Layer<never, unknown>; // what merges has no layer
    return telling(where, () => this.#reader.value(made.call, 'it')) as Layer<never, unknown>;
  }

  #nested({ own, inner, trainable }: GraphLayer, place: Place, arrays: Map<string, StoredArray>) {
    const built = this.model(inner!, place, {});
    for (const [name, array] of built.arrays) arrays.set(`${own}.${name}`, array);
    return built.made.asLayer({ name: own, trainable }) as Layer<never, unknown>;
  }

  /** Finds the arrays for the variables of a layer. */
  #claim(layer: GraphLayer, place: Place, { layers }: Definition, arrays: Map<string, StoredArray>): void {
    layer.made?.weights?.forEach((weight, i) => {
      const ours = 'ours' in weight ? weight.ours : weight[0];
      const name = `${layer.own}.${ours}`;
      const variable = layers.variables.find((one) => one.name === name);
      check(variable !== undefined, () => `${layer.where}: it has no ${ours} here`);
      const array = this.faults.take(place, weight, i, name, variable.tensor.shape);
      if (array) arrays.set(name, array);
    });
  }

  #definition(graph: Graph, layers: ReadonlyMap<GraphLayer, Layer<never, unknown>>, inputs: EndSpecs): Definition {
    let isPlain = true;
    const onTensors = (layer: GraphLayer, given: readonly Tensor[], masks: Masks): readonly Tensor[] => {
      const { made, merge, inner } = layer;
      const pairs = masks['attention_mask'];
      check(!pairs || made?.joined !== undefined, () => 'it is called with attention_mask, which is not supported');
      if (merge) return [merge.of(given)];
      const ours = layers.get(layer)!;
      if (inner) return fromInner(inner, ours(intoInner(inner, given) as never));
      check(given.length === 1 || made!.joined !== undefined, () => {
        return `it is called on ${given.length} tensors, and takes one`;
      });
      const [x] = given as [Tensor];
      made!.check?.(x);
      if (made!.joined) return [ours(made!.joined(given, pairs) as never) as Tensor];
      if (made!.zeroes) return [zeroed(ours(x as never) as Tensor)]; // in a chain it does not matter
      if (made!.rank === undefined || x.shape.length === made!.rank) return [ours(x as never) as Tensor];
      isPlain = false;
      return [made!.around!(x, ours as never)];
    };
    const call: Caller = (layer, given, masks) =>
      telling(layer.where, () => {
        return knowing(layer, withGiven(given, masks), (all) => {
          if (isAlike(layer, all)) return onTensors(layer, all, masks);
          isPlain = false;
          return throughLayer(layer, all, (plain) => onTensors(layer, plain, masks));
        });
      });
    const forward = (given: Tensor | Tensors): Tensor | Tensors => run(graph, given, call);
    const definition = definitionOf(this.what, runner(), inputs, forward as never);
    const chain = isPlain ? chainIn(graph) : undefined;
    if (!chain) return definition;
    return chainOf(
      this.what,
      runner(),
      inputs,
      chain.map((layer) => layers.get(layer) as unknown as Layer),
    );
  }
}

/** What a function of ours refuses, told of the layer that was at work. */
function telling<T>(where: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof WasmgradError) || error instanceof FileError) throw error;
    throw new FileError(`${where}: ${messageOf(error)}`);
  }
}

/** The layers of a graph that is a chain, each called once; undefined for another one. */
function chainIn({ calls, inputs, outputs }: Graph): GraphLayer[] | undefined {
  const layers = calls.slice(1).map(({ layer }) => layer!);
  const follows = ({ inputs: on, layer }: GraphCall, i: number): boolean =>
    i === 0
      ? layer === undefined
      : layer !== undefined && !layer.merge && on.length === 1 && on[0]!.call === i - 1 && on[0]!.output === 0;
  const isLast = outputs.length === 1 && outputs[0]!.ref.call === layers.length && outputs[0]!.ref.output === 0;
  const isSingle = ({ inner }: GraphLayer): boolean =>
    !inner || (inner.inputs.length === 1 && inner.outputs.length === 1);
  const isChain =
    inputs.length === 1 &&
    isLast &&
    layers.length > 0 &&
    calls.every(follows) &&
    new Set(layers).size === layers.length;
  return isChain && layers.every(isSingle) ? layers : undefined;
}

type Caller = (layer: GraphLayer, given: readonly Tensor[], masks: Masks) => readonly Tensor[];

/** The outputs of a graph. */
function run(graph: Graph, given: Tensor | Tensors, call: Caller): Tensor | Tensors {
  const { where, calls, inputs, outputs, unmasks } = graph;
  const values: (readonly Tensor[])[] = [];
  for (const { own, ref } of inputs) values[ref.call] = [given instanceof Tensor ? given : given[own]!];
  calls.forEach(({ layer, inputs: on, masks }, i) => {
    if (!layer) return;
    const at = (ref: Ref): Tensor => valueAt(layer.where, values, ref);
    const named = Object.entries(masks).map(([name, ref]) => [name, at(ref)]);
    values[i] = call(layer, on.map(at), Object.fromEntries(named));
    if (unmasks && layer.kind === 'MultiHeadAttention') for (const ref of on) unmask(values, ref);
  });
  const results = outputs.map(({ ref }) => valueAt(where, values, ref));
  return results.length === 1 ? results[0]! : Object.fromEntries(outputs.map(({ own }, i) => [own, results[i]!]));
}

/** Takes the mask off a value. */
function unmask(values: (readonly Tensor[])[], { call, output }: Ref): void {
  values[call] = values[call]!.map((t, i) => (i === output ? unmasked(t) : t));
}

function valueAt(where: string, values: readonly (readonly Tensor[])[], { call, output }: Ref): Tensor {
  const value = values[call]?.[output];
  checkFile(value !== undefined, () => `${where}: it is called on output ${output} of a layer that has fewer`);
  return value;
}

function intoInner({ where, inputs }: Graph, given: readonly Tensor[]): Tensor | Tensors {
  check(
    given.length === inputs.length,
    () => `${where}: it is called on ${given.length} tensors, and takes ${inputs.length}`,
  );
  return inputs.length === 1 ? given[0]! : Object.fromEntries(inputs.map(({ own }, i) => [own, given[i]!]));
}

const fromInner = ({ outputs }: Graph, value: unknown): Tensor[] =>
  outputs.length === 1 ? [value as Tensor] : outputs.map(({ own }) => (value as Tensors)[own]!);

/** Whether all that an input goes into are embeddings. */
function readsTokens({ calls }: Graph, input: number): boolean {
  const readers = calls.filter(({ inputs }) => inputs.some(({ call }) => call === input));
  const isEmbedding = ({ layer, inputs }: GraphCall): boolean =>
    layer!.inner
      ? layer!.inner.inputs.every((end, i) => inputs[i]?.call !== input || readsTokens(layer!.inner!, end.ref.call))
      : layer!.made?.call.$layer === 'embedding';
  // Its mask is computed from tokens, too, by an operation.
  const others = readers.filter(({ layer }) => layer!.made || layer!.inner);
  return others.length > 0 && others.every(isEmbedding);
}

/** What a graph takes. Whole numbers are float32 here, but for tokens. */
function inputsOf(graph: Graph, shapes: Shapes): EndSpecs {
  const { where, inputs } = graph;
  const names = inputs.map(({ name }) => name);
  for (const name of Object.keys(shapes)) {
    check(
      names.includes(name),
      () => `${where}: shapes has '${name}', and its inputs are ${names.join(', ').slice(0, 200)}`,
    );
  }
  const specs = inputs.map((input) => {
    const shape = shapeFor(where, input, shapes);
    return [input.own, readsTokens(graph, input.ref.call) ? { shape, dtype: 'int32' as const } : { shape }] as const;
  });
  const given: InputSpecs = specs.length === 1 ? specs[0]![1] : Object.fromEntries(specs);
  return telling(where, () => readInputs(where, given));
}

function shapeFor(where: string, { name, shape }: GraphInput, shapes: Shapes): Shape {
  const given = Object.hasOwn(shapes, name) ? shapes[name] : sampleOf(shape);
  check(given !== undefined, () => {
    const said = shape ? `[${shape.map((d) => d ?? '?').join(', ')}]` : 'not said';
    return `${where}: the shape of the input ${name} is ${said}: say that of one sample by { shapes: { '${name}': […] } }`;
  });
  return given;
}
