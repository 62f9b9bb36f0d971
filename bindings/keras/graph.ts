// What a config says a model is: calls of layers, each on what other calls give. Of a chain (Sequential), and of a
// graph (Functional, Model), in the form of Keras 3 and in that of Keras 2 and TensorFlow.js. Not here: what single
// layers are (layers/).

import { isRecord, show } from '../errors.js';
import { checkFile, FileError } from '../files/fileerror.js';
import type { Shape } from '../shape.js';
import { MERGES, OPERATIONS } from './layers/merges.js';
import type { Inside, Made, Merge } from './layers/row.js';
import { ROWS } from './layers/table.js';
import { type JsonObject, listOf, objectOf, Settings } from './settings.js';

/** What a call gives: the call, and which of its outputs. */
export interface Ref {
  readonly call: number;
  readonly output: number;
}

/** A layer that is called. */
export interface GraphLayer {
  /** Its name in the file, and here. */
  readonly name: string;
  readonly own: string;
  readonly where: string;
  /** The name of its class, as files call it: 'dense'. Undefined for an operation that is no layer. */
  readonly kind: string | undefined;
  readonly made?: Made | undefined;
  readonly merge?: Merge | undefined;
  readonly inner?: Graph | undefined;
  readonly trainable: boolean;
}

/** One call of a layer. An input of the model is a call without a layer. */
export interface GraphCall {
  readonly layer: GraphLayer | undefined;
  readonly inputs: readonly Ref[];
  /** What else it is given, by the names of arguments: mask, attention_mask. */
  readonly masks: Readonly<Record<string, Ref>>;
}

/** An input, or an output, by the name that it has here. */
export interface GraphEnd {
  readonly own: string;
  readonly ref: Ref;
}

/** An input: its name in the file, and its shape with the axis of the samples, as far as it is known. */
export interface GraphInput extends GraphEnd {
  readonly name: string;
  readonly shape: readonly (number | null)[] | undefined;
}

export interface Graph {
  readonly where: string;
  readonly name: string;
  /** In the order of the file: that in which weights are numbered. */
  readonly layers: readonly GraphLayer[];
  /** In an order in which they can be made. */
  readonly calls: readonly GraphCall[];
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly GraphEnd[];
  /** Attention takes the masks off what it is called on, for all that comes after. */
  readonly unmasks: boolean;
}

/** Models in models may be nested so deep. */
const MAX_DEPTH = 16;

const isModel = (kind: unknown): boolean => kind === 'Sequential' || kind === 'Functional' || kind === 'Model';

/** A class and its config, as they stand in a file. */
interface Described {
  readonly kind: string;
  readonly name: string;
  readonly where: string;
  readonly config: JsonObject;
  readonly entry: JsonObject;
}

/** Reads what configs say. */
export class GraphReader {
  /**
   * @param old     in a file of Keras 1 or 2, or TensorFlow.js
   * @param unmasks attention takes masks off, as in Keras from 3.8 on
   */
  constructor(
    readonly what: string,
    readonly old: boolean,
    readonly unmasks = false,
  ) {}

  /** The graph of a model. */
  model(json: unknown, depth = 0): Graph {
    const described = this.#describe(json, 'the model');
    const { kind, where } = described;
    checkFile(isModel(kind), () => {
      return `${where} is of the class ${show(kind)}: models of Sequential and of the functional API are read, whose files say what they are made of`;
    });
    checkFile(depth <= MAX_DEPTH, () => `${where}: models are nested more than ${MAX_DEPTH} deep`);
    return kind === 'Sequential' ? this.#chain(described, depth) : this.#functional(described, depth);
  }

  #describe(json: unknown, fallback: string): Described {
    const entry = objectOf(`${this.what}: ${fallback}`, json);
    const kind = entry['class_name'];
    checkFile(typeof kind === 'string' && kind !== '', () => `${this.what}: ${fallback} has no class_name`);
    // A chain of Keras 1 has an array in place of a config.
    const config = Array.isArray(entry['config']) ? { layers: entry['config'] } : entry['config'];
    const read = objectOf(`${this.what}: the config of ${fallback}`, config);
    const named = [entry['name'], read['name']].find((name) => typeof name === 'string' && name !== '');
    const name = (named as string | undefined) ?? kind.toLowerCase();
    return { kind, name, where: `${this.what}: ${name.slice(0, 80)} (${kind.slice(0, 80)})`, config: read, entry };
  }

  #layer(described: Described, names: Names, depth: number): GraphLayer {
    const { kind, name, where, config, entry } = described;
    const module = entry['module'];
    // An .h5 file names no modules, but layers are trainable or not.
    const isOperator =
      typeof module === 'string' ? module.startsWith('keras.src.ops') : !this.old && !('trainable' in config);
    const own = names.of(name, kind === 'Flatten');
    const isTrained = config['trainable'] !== false;
    const common = { name, own, where, kind: isOperator ? undefined : kind, trainable: isTrained };
    if (isModel(kind)) {
      const inner = this.model({ ...entry, config, name }, depth + 1);
      return { ...common, inner, trainable: isTrained && inner.layers.some(({ trainable }) => trainable) };
    }
    const called = calledWith(entry);
    checkFile(called['number'] === undefined || kind === 'NotEqual', () => {
      return `${where}: it is called with ${show(called['number'])}, and calls on tensors alone are supported`;
    });
    const settings = new Settings(where, { ...config, ...called }, this.old);
    const table = isOperator ? OPERATIONS : MERGES;
    const merges = Object.hasOwn(table, kind) ? table[kind] : undefined;
    const row = isOperator ? undefined : ROWS[kind];
    checkFile(row !== undefined || merges !== undefined, () => {
      return `${where}: ${isOperator ? 'this operation' : 'this layer'} is not supported`;
    });
    const layer = row
      ? { ...common, made: row(settings, own, (json) => this.#inside(where, json)) }
      : { ...common, merge: merges!(settings) };
    settings.finish();
    return layer;
  }

  /** The layer that is in an option of another one. */
  #inside(outer: string, json: unknown): ReturnType<Inside> {
    const { kind, name, where, config } = this.#describe(json, 'the layer inside');
    const row = ROWS[kind];
    checkFile(row !== undefined, () => `${outer}: the layer inside, ${where}, is not supported there`);
    const own = new Names().of(name, kind === 'Flatten');
    const settings = new Settings(where, config, this.old);
    const made = row(settings, own, () => {
      throw new FileError(`${where}: a layer that has a layer inside is not supported there`);
    });
    settings.finish();
    return { made, name: own };
  }

  #chain({ where, name, config }: Described, depth: number): Graph {
    const all = listOf(`${where}: its layers`, config['layers']).map((json, i) => this.#describe(json, `layer ${i}`));
    const names = new Names();
    const described = all.filter(({ kind }) => kind !== 'InputLayer');
    checkFile(described.length > 0, () => `${where} has no layers`);
    const layers = described.map((each) => this.#layer(each, names, depth));
    const shape = all.length > 0 ? (inputShape(all[0]!) ?? shapeOf(config['build_input_shape'])) : undefined;
    const inside = layers[0]!.inner?.inputs[0]?.shape ?? shapeOf(buildShape(described[0]!));
    const calls: GraphCall[] = [{ layer: undefined, inputs: [], masks: {} }];
    for (const layer of layers) calls.push({ layer, inputs: [{ call: calls.length - 1, output: 0 }], masks: {} });
    const inputName = all[0]!.kind === 'InputLayer' ? all[0]!.name : 'input';
    return {
      where,
      name,
      layers,
      calls,
      inputs: [{ name: inputName, own: 'input', ref: { call: 0, output: 0 }, shape: shape ?? inside }],
      outputs: [{ own: 'output', ref: { call: layers.length, output: 0 } }],
      unmasks: this.unmasks,
    };
  }

  #functional({ where, name, config }: Described, depth: number): Graph {
    const names = new Names();
    const entries = listOf(`${where}: its layers`, config['layers']).map((json, i) =>
      this.#describe(json, `layer ${i}`),
    );
    const read = new Map<string, Entry>();
    for (const each of entries) {
      checkFile(!read.has(each.name), () => `${where}: two layers are called '${each.name.slice(0, 80)}'`);
      const isInput = each.kind === 'InputLayer';
      const layer = isInput ? undefined : this.#layer(each, names, depth);
      const nodes = isInput
        ? [{ on: [], masks: {} }]
        : nodesOf(each.where, each.entry['inbound_nodes'], layer!.trainable);
      read.set(each.name, { described: each, layer, nodes });
    }
    const [given, wanted] = (['input_layers', 'output_layers'] as const).map((end) =>
      endsOf(`${where}: ${end}`, config[end]),
    );
    const ends = [...given!, ...wanted!].map(({ to }) => to);
    const order = orderOf(where, read, this.old ? firstNumbers(read, ends) : new Map());
    const refTo = (to: NodeRef): Ref => ({ call: order.placeOf(to), output: to.output });
    // Of a graph within a graph the first call is number 1 there in Keras 3, and number 0 in calls of others.
    const refAtEnd = (to: NodeRef): Ref => {
      const isGraph = !this.old && read.get(to.name)?.layer?.kind !== 'Sequential' && read.get(to.name)?.layer?.inner;
      return refTo(isGraph && to.node > 0 ? { ...to, node: to.node - 1 } : to);
    };
    const calls = order.nodes.map(({ entry: { layer }, node: { on, masks } }) => {
      const given = Object.entries(masks).map(([name, to]) => [name, refTo(to)]);
      return { layer, inputs: on.map(refTo), masks: Object.fromEntries(given) };
    });
    const ins = new Names();
    const inputs = given!.map(({ key, to }) => {
      const entry = read.get(to.name);
      checkFile(entry !== undefined && !entry.layer, () => `${where}: '${to.name.slice(0, 80)}' is no input of it`);
      const own = ins.of(key ?? to.name, false);
      return { name: key ?? to.name, own, ref: refTo(to), shape: inputShape(entry.described) };
    });
    const outs = new Names();
    const outputs = wanted!.map(({ key, to }) => {
      return { own: outs.of(key ?? to.name, false), ref: refAtEnd(to) };
    });
    checkFile(inputs.length > 0 && outputs.length > 0, () => `${where} has no ${inputs.length ? 'outputs' : 'inputs'}`);
    const fed = new Set(inputs.map(({ ref }) => ref.call));
    calls.forEach(({ layer }, i) => {
      checkFile(layer !== undefined || fed.has(i), () => `${where}: one of its InputLayers is no input of it`);
    });
    checkFile(fed.size === inputs.length, () => `${where}: an input of it is there twice`);
    const layers = [...read.values()].flatMap(({ layer }) => layer ?? []);
    return { where, name, layers, calls, inputs, outputs, unmasks: this.unmasks };
  }
}

/** Names of layers here: without '.' and '/', each once. */
class Names {
  readonly #taken = new Set<string>();

  /** @param isFlatten such a layer takes no name, and is called by its kind */
  of(name: string, isFlatten: boolean): string {
    if (isFlatten) return 'flatten';
    const plain = name.replace(/[./]/g, '_').slice(0, 200) || '_';
    const start = plain in {} || /^flatten(_\d+)?$/.test(plain) ? `${plain}_` : plain;
    let own = start;
    for (let i = 1; this.#taken.has(own); i++) own = `${start}_${i}`;
    this.#taken.add(own);
    return own;
  }
}

/** A shape with the axis of the samples; undefined if there is none. */
function shapeOf(value: unknown): readonly (number | null)[] | undefined {
  const list = isRecord(value) ? (value as JsonObject)['items'] : value;
  if (!Array.isArray(list) || list.length === 0) return undefined;
  return list.every((d) => d === null || (Number.isSafeInteger(d) && d >= 0 && d < 2 ** 31)) ? list : undefined;
}

const inputShape = ({ config }: Described): readonly (number | null)[] | undefined =>
  shapeOf(config['batch_shape']) ?? shapeOf(config['batch_input_shape']);

/** What Keras 3 notes of the input of a layer. */
function buildShape({ entry }: Described): unknown {
  const noted = entry['build_config'];
  return isRecord(noted) ? (noted as JsonObject)['input_shape'] : undefined;
}

/** A reference to a call of a layer, as a file has it. */
interface NodeRef {
  readonly name: string;
  readonly node: number;
  readonly output: number;
}

interface Entry {
  readonly described: Described;
  readonly layer: GraphLayer | undefined;
  readonly nodes: readonly Node[];
}

/** A call: what it is on, and which masks it is given, by the names of arguments. */
interface Node {
  readonly on: readonly NodeRef[];
  readonly masks: Readonly<Record<string, NodeRef>>;
}

const allOf = ({ on, masks }: Node): NodeRef[] => [...on, ...Object.values(masks)];

function refOf(where: string, value: readonly unknown[]): NodeRef {
  const [name, node = 0, output = 0] = value;
  const fits = typeof name === 'string' && [node, output].every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
  checkFile(fits, () => `${where}: what refers to another layer must be [name, number, number]`);
  return { name: name as string, node: node as number, output: output as number };
}

/** The calls of a layer. */
function nodesOf(where: string, json: unknown, isTrained: boolean): Node[] {
  const nodes = listOf(`${where}: inbound_nodes`, json).map((node) => {
    if (Array.isArray(node)) return { on: nodeOfKeras2(where, node, isTrained), masks: {} };
    return nodeOfKeras3(where, objectOf(`${where}: a node`, node));
  });
  checkFile(
    nodes.length > 0 && nodes.every(({ on }) => on.length > 0),
    () => `${where} is never called, or on nothing`,
  );
  return nodes;
}

/** [[name, node, output, options] …], or one of these alone. */
function nodeOfKeras2(where: string, node: readonly unknown[], isTrained: boolean): NodeRef[] {
  const all = typeof node[0] === 'string' ? [node] : node;
  return all.map((one) => {
    const [name, number, output, options] = listOf(`${where}: a node`, one);
    checkOptions(where, options, isTrained);
    return refOf(where, [name, number, output]);
  });
}

/** A tensor in a node of Keras 3; undefined for anything else. */
function tensorIn(where: string, value: unknown): NodeRef | undefined {
  const { class_name: kind, config } = (isRecord(value) ? value : {}) as JsonObject;
  if (kind !== '__keras_tensor__') return undefined;
  const { keras_history: history } = objectOf(`${where}: a tensor`, config);
  return refOf(where, listOf(`${where}: keras_history`, history));
}

/** The arguments that masks are given by. */
const MASKS: ReadonlySet<string> = new Set(['mask', 'attention_mask']);

/** { args, kwargs }: tensors are objects in these, alone or in arrays. */
function nodeOfKeras3(where: string, { args, kwargs }: JsonObject): Node {
  const found: NodeRef[] = [];
  const find = (value: unknown): void => {
    const tensor = tensorIn(where, value);
    if (tensor) found.push(tensor);
    else if (Array.isArray(value)) value.forEach(find);
    else if (isRecord(value)) {
      const object = value as JsonObject;
      for (const key of Object.keys(object).sort()) find(object[key]); // in the order in which Keras goes through it
    } else {
      checkFile(value === null || value === undefined, () => {
        return `${where}: it is called with ${show(value)}, and calls on tensors alone are supported`;
      });
    }
  };
  find(numberIn(args) === undefined ? args : (args as unknown[])[0]);
  // Keras 3 writes training: false into most calls, and goes by what fit and predict say.
  const { inputs, training: _, ...others } = objectOf(`${where}: kwargs`, kwargs ?? {});
  find(inputs);
  const entries = Object.entries(others);
  const masks = entries.flatMap(([name, value]) => {
    const mask = MASKS.has(name) ? tensorIn(where, value) : undefined;
    return mask ? [[name, mask] as const] : [];
  });
  const given = Object.fromEntries(masks);
  checkOptions(where, Object.fromEntries(entries.filter(([name]) => !Object.hasOwn(given, name))), true);
  return { on: found, masks: given };
}

/** The number that an operation is on besides its tensor, which is an option of it here. */
function numberIn(args: unknown): number | undefined {
  const [, number] = Array.isArray(args) && args.length === 2 ? args : [];
  return typeof number === 'number' ? number : undefined;
}

/** The name of the option of calls that is one of the layer here. */
const CAUSAL = 'use_causal_mask';

/** What the calls of a layer say of it; calls that differ are refused by what is not read. */
function calledWith({ inbound_nodes: nodes }: JsonObject): JsonObject {
  const all = Array.isArray(nodes) ? nodes : [];
  const number = isRecord(all[0]) ? numberIn((all[0] as JsonObject)['args']) : undefined;
  if (number !== undefined) return { number };
  const said = all.map((node) => isRecord(node) && isRecord(node['kwargs']) && (node['kwargs'] as JsonObject)[CAUSAL]);
  if (!said.some((one) => one === true)) return {};
  return said.every((one) => one === true) ? { [CAUSAL]: true } : { [`${CAUSAL} of some calls`]: true };
}

/** Throws for options of a call that change what it computes. What is frozen runs as in predictions anyhow. */
function checkOptions(where: string, options: unknown, isTrained: boolean): void {
  for (const [name, value] of Object.entries(isRecord(options) ? (options as object) : {})) {
    if (name === CAUSAL) continue;
    const isFrozen = name === 'training' && value === false && !isTrained;
    const isNothing = [value].flat().every((one) => one === null || one === undefined);
    checkFile(isFrozen || isNothing, () => {
      return `${where}: it is called with ${name.slice(0, 40)}: ${show(value)}, which is not supported${name === 'training' ? ' unless it has trainable: false' : ''}`;
    });
  }
}

/** Inputs or outputs: one, a list, or an object of such. */
function endsOf(what: string, json: unknown): { key: string | undefined; to: NodeRef }[] {
  if (Array.isArray(json) && typeof json[0] === 'string') return [{ key: undefined, to: refOf(what, json) }];
  if (isRecord(json)) {
    const object = json as JsonObject;
    return Object.keys(object)
      .sort()
      .map((key) => ({ key, to: refOf(what, listOf(what, object[key])) }));
  }
  return listOf(what, json).map((end) => ({ key: undefined, to: refOf(what, listOf(what, end)) }));
}

/** Calls in an order in which each comes after those that it is on. */
interface Order {
  readonly nodes: readonly { readonly entry: Entry; readonly node: Node }[];
  placeOf(ref: NodeRef): number;
}

function orderOf(where: string, entries: ReadonlyMap<string, Entry>, first: ReadonlyMap<string, number>): Order {
  const keyOf = (ref: NodeRef): string => {
    const number = ref.node - (first.get(ref.name) ?? 0);
    checkFile(number >= 0 && number < (entries.get(ref.name)?.nodes.length ?? 0), () => {
      return `${where}: there is no call ${ref.node} of a layer '${ref.name.slice(0, 80)}'`;
    });
    return `${number} ${ref.name}`;
  };
  const nodes = [...entries].flatMap(([name, entry]) =>
    entry.nodes.map((node, i) => ({ key: `${i} ${name}`, entry, node, on: allOf(node).map(keyOf) })),
  );
  const waiting = new Map(nodes.map((node) => [node.key, new Set(node.on).size]));
  const readers = new Map<string, typeof nodes>();
  for (const node of nodes) {
    for (const key of new Set(node.on)) {
      const others = readers.get(key);
      if (others) others.push(node);
      else readers.set(key, [node]);
    }
  }
  const ready = nodes.filter(({ on }) => on.length === 0);
  for (const { key } of ready) {
    for (const reader of readers.get(key) ?? []) {
      const left = waiting.get(reader.key)! - 1;
      waiting.set(reader.key, left);
      if (left === 0) ready.push(reader);
    }
  }
  checkFile(
    ready.length === nodes.length,
    () => `${where}: some of its layers are called on what they give themselves`,
  );
  const places = new Map(ready.map(({ key }, i) => [key, i]));
  return { nodes: ready, placeOf: (ref) => places.get(keyOf(ref))! };
}

/** By which number old files refer to the first call of a model within: 1 mostly, since that was called once before. */
function firstNumbers(entries: ReadonlyMap<string, Entry>, ends: readonly NodeRef[]): Map<string, number> {
  const lowest = new Map<string, number>();
  for (const { name, node } of [...entries.values()].flatMap(({ nodes }) => nodes.flatMap(allOf)).concat(ends)) {
    if (entries.get(name)?.layer?.inner) lowest.set(name, Math.min(node, lowest.get(name) ?? Infinity));
  }
  return lowest;
}

/** The shape of a sample, if all of it is known. */
export function sampleOf(shape: GraphInput['shape']): Shape | undefined {
  const sample = shape?.slice(1);
  return sample?.every((d) => d !== null) ? (sample as number[]) : undefined;
}
