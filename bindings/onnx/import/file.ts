// An ONNX file as a graph that can be run: checked, with only what its outputs need. Not here: how it is run (run.ts).

import { checkFile } from '../../files/fileerror.js';
import { decodeMessage } from '../../files/protobuf.js';
import { type Elements, elementsOf, kindOf } from '../elements.js';
import {
  ATTRIBUTE,
  type AttributeProto,
  type GraphProto,
  MODEL,
  type NodeProto,
  type ValueInfoProto,
} from '../schema.js';
import { ROWS } from './table.js';

/** A tensor that a graph takes or gives. */
export interface OnnxEnd {
  readonly name: string;
  /** What its elements become. */
  readonly dtype: 'float32' | 'int32';
  /**
   * Lengths, names of those that are not known, or undefined for one without a name; undefined if nothing is said of
   * it.
   */
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

/** A node whose op is known. */
export interface OnnxNode {
  /** 'Conv', or 'ai.onnx.ml.Scaler'. */
  readonly opType: string;
  /** How errors call it. */
  readonly where: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeProto>;
}

/** A graph that was read from a file. */
export interface OnnxGraph {
  readonly what: string;
  /** The version of the operators. */
  readonly opset: number;
  readonly inputs: readonly OnnxEnd[];
  readonly outputs: readonly string[];
  readonly initializers: ReadonlyMap<string, Elements>;
  readonly nodes: readonly OnnxNode[];
}

/** The newest version of operators that is read. */
const NEWEST = 22;

/**
 * Attributes of versions before 7, when ops broadcast in ways of their own and were told whether they are in training.
 */
const OUTDATED: ReadonlySet<string> = new Set(['broadcast', 'is_test', 'consumed_inputs']);

/**
 * Reads a graph.
 *
 * @param wanted the names of its outputs, or of other tensors in it; by default all outputs
 */
export function readGraph(what: string, bytes: Uint8Array, wanted?: readonly string[]): OnnxGraph {
  const { graph, opsetImport, irVersion } = decodeMessage(what, MODEL, bytes);
  checkFile(graph !== undefined && irVersion !== undefined, () => `${what} is no ONNX model`);
  const opset = opsetImport.find(({ domain = '' }) => domain === '' || domain === 'ai.onnx')?.version ?? 1;
  checkFile(opset >= 1 && opset <= NEWEST, () => {
    return `${what} is written for version ${opset} of the ONNX operators; up to ${NEWEST} are read`;
  });
  checkFile(graph.sparseInitializer.length === 0, () => `${what} has sparse initializers, which are not read`);
  const outputs = wanted ?? graph.output.map((end) => nameOf(what, end.name));
  checkFile(outputs.length > 0, () => `${what} has no outputs`);
  const nodes = neededNodes(what, graph, outputs, opset);
  const read = new Set([...outputs, ...nodes.flatMap(({ inputs }) => inputs)]);
  const initializers = initializersOf(what, graph, read);
  const inputs = graph.input.filter(({ name }) => !graph.initializer.some((t) => t.name === name));
  return { what, opset, inputs: inputs.map((end) => endOf(what, end)), outputs, initializers, nodes };
}

function nameOf(what: string, name: string | undefined): string {
  checkFile(name !== undefined && name !== '', () => `${what}: a tensor has no name`);
  return name;
}

const shown = (name: string): string => `'${name.slice(0, 80)}'`;

/** The nodes that the outputs need, in their order, each of a known op. */
function neededNodes(what: string, graph: GraphProto, outputs: readonly string[], opset: number): OnnxNode[] {
  const makers = new Map<string, number>();
  const given = new Set([...graph.input, ...graph.initializer].map(({ name }) => nameOf(what, name)));
  graph.node.forEach((node, i) => {
    for (const name of node.output) {
      if (name === '') continue;
      checkFile(!makers.has(name) && !given.has(name), () => `${what}: two things are called ${shown(name)}`);
      makers.set(name, i);
    }
  });
  const needed = new Set<number>();
  const find = (name: string, reader: number, by: string): void => {
    if (name === '' || given.has(name)) return;
    const maker = makers.get(name);
    checkFile(maker !== undefined && maker < reader, () => `${what}: nothing before ${by} makes ${shown(name)}`);
    needed.add(maker);
  };
  for (const name of outputs) find(name, graph.node.length, 'the outputs');
  for (let i = graph.node.length - 1; i >= 0; i--) {
    if (needed.has(i)) for (const name of graph.node[i]!.input) find(name, i, whereOf(what, graph.node[i]!));
  }
  return graph.node.filter((_, i) => needed.has(i)).map((node) => nodeOf(what, node, opset));
}

function opTypeOf({ opType = '', domain = '' }: NodeProto): string {
  return domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`;
}

function whereOf(what: string, node: NodeProto): string {
  const name = node.name || node.output[0] || '';
  return `${what}: node ${shown(name)} (${opTypeOf(node).slice(0, 80)})`;
}

function nodeOf(what: string, node: NodeProto, opset: number): OnnxNode {
  const opType = opTypeOf(node);
  const where = whereOf(what, node);
  checkFile(ROWS[opType] !== undefined, () => {
    const before = node.input.find((name) => name !== '');
    const way = before ? `; import what is before it with { outputs: [${shown(before)}] }` : '';
    return `${where}: this op is not supported${way}`;
  });
  const attributes = new Map<string, AttributeProto>();
  for (const attribute of node.attribute) {
    const name = nameOf(where, attribute.name);
    checkFile(!attributes.has(name), () => `${where}: the attribute ${shown(name)} is there twice`);
    checkFile(opset >= 7 || !OUTDATED.has(name), () => {
      return `${where}: its attribute ${name}, of version ${opset} of the operators, is not supported`;
    });
    checkFile(
      attribute.type !== ATTRIBUTE.graph,
      () => `${where}: it has a graph inside, ${shown(name)}, which is not supported`,
    );
    attributes.set(name, attribute);
  }
  return { opType, where, inputs: node.input, outputs: node.output, attributes };
}

/** The arrays of the file that are read. */
function initializersOf(what: string, { initializer }: GraphProto, read: ReadonlySet<string>): Map<string, Elements> {
  const found = new Map<string, Elements>();
  for (const tensor of initializer) {
    const name = nameOf(what, tensor.name);
    checkFile(!found.has(name), () => `${what}: two things are called ${shown(name)}`);
    if (read.has(name)) found.set(name, elementsOf(`${what}: initializer ${shown(name)}`, tensor));
  }
  return found;
}

function endOf(what: string, { name, type }: ValueInfoProto): OnnxEnd {
  const end = nameOf(what, name);
  const { elemType, shape } = type?.tensorType ?? {};
  const kind = kindOf(`${what}: input ${shown(end)}`, elemType);
  const lengths = shape?.dim.map(({ dimValue, dimParam }) => dimValue ?? (dimParam || undefined));
  for (const length of lengths ?? []) {
    const fits = typeof length !== 'number' || (Number.isSafeInteger(length) && length >= 0 && length < 2 ** 31);
    checkFile(fits, () => `${what}: input ${shown(end)} has a length of ${length}`);
  }
  return { name: end, dtype: kind === 'int' ? 'int32' : 'float32', shape: lengths };
}
