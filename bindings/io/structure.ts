// What a model is made of, as JSON: its layers and the settings of compile, each as the call that makes it. Not here:
// weights, and how models are made of it (read/structure.ts).

import { check, show, WasmgradError } from '../errors.js';
import { isLayer, type Layer, type LayerDefinition } from '../layers/layer.js';
import { isOwn } from '../layers/own.js';
import { callOf } from '../made.js';
import type { Definition } from '../model/definition.js';
import type { EndSpecs } from '../model/ends.js';
import type { NestedDefinition } from '../model/layers.js';
import type { Network } from '../model/network.js';
import { type Json, toJson } from './values.js';

/** What users give names, so that a file can name it: layers, functions, optimizers of their own. */
export type Registry = Readonly<Record<string, unknown>>;

/** The structure of a model as it stands in a file. */
export interface Structure {
  readonly inputs: Json;
  /** Of a chain. */
  readonly layers?: readonly Json[];
  /** Of a model that was made by a function: its name. */
  readonly function?: string;
}

/** Writes down what models are made of. */
export class StructureWriter {
  /** Functions that have no name, as errors tell of them. */
  readonly unknown: string[] = [];
  /** Models inside of the model, in the order in which they were met. */
  readonly models: Structure[] = [];
  readonly #networks: Network[] = [];
  readonly #layers: Layer[] = [];

  /** @param names of what the user registered */
  constructor(
    readonly where: string,
    readonly names: ReadonlyMap<unknown, string>,
  ) {}

  /** A model; `name` is that of one made by a function. */
  model(definition: Definition, name: string): Structure {
    const inputs = inputsJson(definition.inputs);
    if (!definition.chain) return { inputs, function: name };
    return { inputs, layers: definition.chain.map((layer, i) => this.#layer(layer, `layer ${i}`)) };
  }

  /** Any value that layers or compile are given. */
  value(value: unknown, path: string): Json {
    return toJson(value, path, (part, at) => this.#special(part, at));
  }

  #special(value: unknown, path: string): Json | undefined {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return undefined;
    const name = this.names.get(value);
    if (name !== undefined) return { $name: name };
    if (isLayer(value)) return this.#layer(value, path);
    const call = callOf(value);
    if (call) return call.args ? { $call: call.name, args: this.value(call.args, path) } : { $name: call.name };
    const isPattern = Object.prototype.toString.call(value) === '[object RegExp]'; // one from a file could take forever
    if (typeof value !== 'function' && !isPattern) return undefined;
    this.unknown.push(`${path} is ${isPattern ? `the pattern ${value}` : show(value)}`);
    return { $name: '' };
  }

  #layer(layer: Layer, path: string): Json {
    const before = this.#layers.indexOf(layer);
    if (before >= 0) return { $again: before };
    const made = this.#made(layer, path);
    this.#layers.push(layer); // after those inside of it, as they are read
    return made;
  }

  #made(layer: Layer, path: string): Json {
    const { kind, signature, nested } = layer.definition as LayerDefinition & Partial<NestedDefinition>;
    if (nested) {
      const { name } = layer.definition as NestedDefinition;
      return {
        $model: this.#nested(nested.network, path),
        options: this.value({ name, trainable: nested.trainable }, path),
      };
    }
    const [maker, ...args] = signature ?? [];
    const name = this.names.get(maker) ?? (isOwn(layer) ? undefined : kind);
    if (maker === undefined || name === undefined) {
      throw new WasmgradError(
        `${this.where}: ${path} is a layer of your own, '${kind}': give it a signature, [the function that makes it, …arguments], and name that function, registry: { ${kind} }`,
      );
    }
    return { $layer: name, args: this.value(args, `${path}, ${kind}`) };
  }

  #nested(network: Network, path: string): number {
    const before = this.#networks.indexOf(network);
    if (before >= 0) return before;
    const { definition } = network;
    check(
      definition.chain !== undefined,
      () => `${this.where}: ${path} is a model that was made by a function, which no file can hold: use saveWeights`,
    );
    const structure = this.model(definition, '');
    this.#networks.push(network);
    return this.models.push(structure) - 1;
  }
}

const inputsJson = ({ names, specs }: EndSpecs): Json => {
  const each = specs.map(({ shape, dtype }) => ({ shape, dtype }));
  return names ? Object.fromEntries(names.map((name, i) => [name, each[i]!])) : each[0]!;
};
