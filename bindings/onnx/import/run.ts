// Runs a graph of a file on tensors, node by node: what comes of it is an ordinary graph of ours.

import { messageOf, WasmgradError } from '../../errors.js';
import { checkFile, FileError } from '../../files/fileerror.js';
import type { Tensor } from '../../tensor.js';
import type { OnnxGraph, OnnxNode } from './file.js';
import { Imported, type Surroundings } from './op.js';
import { ROWS } from './table.js';

/**
 * The outputs of a graph.
 *
 * @param values of its inputs and initializers, by name
 */
export function runGraph(graph: OnnxGraph, values: ReadonlyMap<string, Tensor>, around: Surroundings): Tensor[] {
  const known = new Map(values);
  for (const node of graph.nodes) {
    const outputs = runNode(node, known, around);
    node.outputs.forEach((name, i) => {
      if (name === '') return;
      const value = outputs[i];
      if (value) known.set(name, value);
    });
  }
  return graph.outputs.map((name) => tensorFor(graph.what, known, name));
}

function tensorFor(where: string, known: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const value = known.get(name);
  checkFile(value !== undefined, () => `${where}: '${name.slice(0, 80)}' is an output that is not supported`);
  return value;
}

function runNode(
  node: OnnxNode,
  known: ReadonlyMap<string, Tensor>,
  around: Surroundings,
): readonly (Tensor | undefined)[] {
  const inputs = node.inputs.map((name) => (name === '' ? undefined : tensorFor(node.where, known, name)));
  try {
    const outputs = ROWS[node.opType]!(new Imported(node, inputs, around));
    return Array.isArray(outputs) ? outputs : [outputs as Tensor];
  } catch (error) {
    if (error instanceof WasmgradError) throw new FileError(`${node.where}: ${messageOf(error)}`);
    throw error;
  }
}
