// Writes a graph: of each tensor the nodes that its op becomes. Not here: the graph of a model or function (export.ts).

import { check } from '../../errors.js';
import { reachableInOrder } from '../../graph.js';
import { customGradient, type InputAttrs } from '../../ops/movement.js';
import { plainOf } from '../../ops/plain.js';
import { sameShape } from '../../shape.js';
import type { Tensor, TensorData } from '../../tensor.js';
import { Exported, type Graph, whereOf } from './op.js';
import type { Unknown } from './sizes.js';
import { ROWS } from './table.js';
import { tidy } from './tidy.js';
import { TYPE_OF, Writer } from './writer.js';

/** A graph as it is for some sizes: its placeholders, and its results, each in the same order. */
export interface Trace {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** Ends of a graph in the file. */
export interface Named {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What a leaf is that is no placeholder: a parameter. */
export type ParameterOf = (t: Tensor) => { readonly name: string; readonly data: TensorData } | undefined;

/** What a tensor is computed from: not the inputs of a derivative alone, and nothing if its value is known. */
const inputsOf = (t: Tensor): readonly Tensor[] => {
  if (t.known) return [];
  return t.op === customGradient ? [plainOf(t)] : t.inputs;
};

/**
 * Writes a graph that was traced for several sizes.
 *
 * @param traces of `tried`, in the same order
 * @throws WasmgradError that names the op and the layer, if an op can't be exported
 */
export function written(
  where: string,
  traces: readonly Trace[],
  tried: readonly (readonly number[])[],
  unknown: readonly Unknown[],
  named: Named,
  parameterOf: ParameterOf,
): Writer {
  const lists = traces.map(({ outputs }) => reachableInOrder(outputs, inputsOf));
  checkAlike(where, lists);
  const writer = new Writer(unknown);
  const [{ inputs, outputs }, nodes] = [traces[0]!, lists[0]!];
  const names = new Map<Tensor, string>();
  for (const name of named.outputs) writer.name(name);
  inputs.forEach((t, i) => void names.set(t, writer.name(named.inputs[i]!)));
  const graph = graphOf(writer, tried, lists, names);
  for (const [i, t] of nodes.entries()) {
    if (names.has(t)) continue;
    names.set(
      t,
      nameOf(
        where,
        graph,
        t,
        lists.map((list) => list[i]!),
        parameterOf,
      ),
    );
  }
  end(
    writer,
    outputs.map((t) => names.get(t)!),
    named.outputs,
  );
  tidy(writer, new Set(named.outputs));
  return writer;
}

function graphOf(writer: Writer, tried: Graph['tried'], lists: readonly Tensor[][], names: Map<Tensor, string>): Graph {
  const places = new Map(lists[0]!.map((t, i) => [t, i]));
  return {
    writer,
    tried,
    nameOf: (t) => {
      const name = names.get(t)!;
      check(name !== '', () => `the op ${whereOf(t)} can't be exported to ONNX: more of it is read than its outputs`);
      return name;
    },
    tracesOf: (t) => lists.map((list) => list[places.get(t)!]!),
    truths: new Map(),
    parts: new Map(),
    unshaped: new Map(),
  };
}

/** Throws unless the same ops are computed from the same for all sizes. */
function checkAlike(where: string, lists: readonly (readonly Tensor[])[]): void {
  const texts = lists.map((list) => {
    const places = new Map(list.map((t, i) => [t, i]));
    return list.map((t) => `${t.known ? 'constant' : t.op.name} ${inputsOf(t).map((input) => places.get(input))}`);
  });
  const [first] = texts as [string[]];
  for (const text of texts) {
    const differs = first.findIndex((line, i) => line !== text[i]);
    const at = differs < 0 ? first.length - 1 : differs;
    check(differs < 0 && text.length === first.length, () => {
      return `${where}: other ops are computed for another number of samples, at ${whereOf(lists[0]![at]!)}; export for one number`;
    });
  }
}

/** Writes one tensor. */
function nameOf(where: string, graph: Graph, t: Tensor, traces: readonly Tensor[], parameterOf: ParameterOf): string {
  const { writer } = graph;
  writer.of = /^the layer (.+)/.exec(t.origin ?? '')?.[1] ?? '';
  if (t.known) return constantName(where, graph, t, traces);
  const parameter = parameterOf(t);
  if (parameter) return writer.initializer(parameter.name, t.shape, parameter.data, TYPE_OF[t.dtype]);
  const row = ROWS[t.op.name];
  check(row !== undefined, () => {
    const what =
      t.op.name === 'input' ? `${(t.attrs as InputAttrs).name}, which has no value here` : `the op ${whereOf(t)}`;
    return `${where}: ${what} can't be exported to ONNX`;
  });
  const op = new Exported(t, graph);
  const name = row(op);
  const sameAttrs = () => traces.every(({ attrs }) => JSON.stringify(attrs) === JSON.stringify(t.attrs));
  check(op.sized || t.op === customGradient || sameAttrs(), () => `${where}: ${op.dependent()}`);
  return name;
}

function constantName(where: string, graph: Graph, t: Tensor, traces: readonly Tensor[]): string {
  const data = t.known!;
  const same = traces.every(
    ({ known, shape }) => sameShape(shape, t.shape) && known!.every((x, i) => Object.is(x, data[i])),
  );
  check(same, () => `${where}: ${new Exported(t, graph).dependent()}`);
  return graph.writer.constant(t.shape, data, TYPE_OF[t.dtype]);
}

/** Gives results the names that they are to have. */
function end(writer: Writer, results: readonly string[], wanted: readonly string[]): void {
  const makers = new Map(writer.nodes.map((node) => [node.output, node]));
  writer.of = '';
  results.forEach((result, i) => {
    const name = wanted[i]!;
    const maker = makers.get(result);
    makers.delete(result);
    if (!maker) {
      writer.nodes.push({
        opType: 'Identity',
        inputs: [results.indexOf(result) < i ? wanted[results.indexOf(result)]! : result],
        output: name,
        attributes: {},
        of: '',
      });
      return;
    }
    maker.output = name;
    for (const node of writer.nodes) node.inputs = node.inputs.map((input) => (input === result ? name : input));
  });
}
