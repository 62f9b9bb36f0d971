// What is done to nodes when all are written: transposes that meet become one or none, those of constants are carried
// out, the bias goes into its convolution, and what nobody reads is dropped.

import type { Initializer, OnnxNode, Writer } from './writer.js';

/** Nodes of one input, whose result has the elements of that in their places. */
const ELEMENTWISE: ReadonlySet<string> = new Set(
  'Abs Ceil Cos Erf Exp Floor LeakyRelu Log Neg Relu Round Sigmoid Sign Sin Softplus Sqrt Tanh'.split(' '),
);

/** @param ends names that must stay: the outputs */
export function tidy(writer: Writer, ends: ReadonlySet<string>): void {
  dropUnread(writer, ends); // what nobody reads must not keep others from being moved
  biasesIntoConvolutions(writer, ends);
  while (sinkTransposes(writer, ends) || joinTransposes(writer, ends));
  carryOutTransposes(writer, ends);
  dropUnread(writer, ends);
}

const permOf = ({ attributes }: OnnxNode): readonly number[] => attributes.perm as readonly number[];

const isTranspose = (node: OnnxNode | undefined): node is OnnxNode => node?.opType === 'Transpose';

/** Who makes each name, and how often it is read. */
function ways({ nodes }: Writer, ends: ReadonlySet<string>) {
  const makers = new Map(nodes.map((node) => [node.output, node]));
  const reads = new Map<string, number>();
  for (const name of [...nodes.flatMap(({ inputs }) => inputs), ...ends]) reads.set(name, (reads.get(name) ?? 0) + 1);
  return { makers, reads };
}

/** Everything that reads `from` reads `to`. */
function replace({ nodes }: Writer, from: string, to: string): void {
  for (const node of nodes) node.inputs = node.inputs.map((name) => (name === from ? to : name));
}

/** Transpose, elementwise: the other way round, so that the transpose comes nearer to the next one. */
function sinkTransposes(writer: Writer, ends: ReadonlySet<string>): boolean {
  const { makers, reads } = ways(writer, ends);
  let changed = false;
  writer.nodes.forEach((node, i) => {
    const before = makers.get(node.inputs[0]!);
    const fits = ELEMENTWISE.has(node.opType) && isTranspose(before) && reads.get(before.output) === 1;
    if (!fits || changed) return;
    const { nodes } = writer;
    const inner = { ...node, inputs: [before.inputs[0]!], output: before.output };
    const outer = { ...before, inputs: [before.output], output: node.output };
    nodes.splice(i, 1, inner, outer);
    nodes.splice(nodes.indexOf(before), 1);
    changed = true;
  });
  return changed;
}

/** Two transposes, one after the other, are one; one that changes nothing is none. */
function joinTransposes(writer: Writer, ends: ReadonlySet<string>): boolean {
  const { makers } = ways(writer, ends);
  for (const node of writer.nodes) {
    if (!isTranspose(node)) continue;
    const perm = permOf(node);
    if (perm.every((axis, i) => axis === i) && !ends.has(node.output)) {
      replace(writer, node.output, node.inputs[0]!);
      writer.nodes.splice(writer.nodes.indexOf(node), 1);
      return true;
    }
    const before = makers.get(node.inputs[0]!);
    if (!isTranspose(before)) continue;
    node.attributes = { perm: perm.map((axis) => permOf(before)[axis]!) };
    node.inputs = [before.inputs[0]!];
    return true;
  }
  return false;
}

/** A constant that is read as its transpose only is stored as that. */
function carryOutTransposes(writer: Writer, ends: ReadonlySet<string>): void {
  const { reads } = ways(writer, ends);
  for (const node of [...writer.nodes]) {
    const [name] = node.inputs as [string];
    const array = writer.initializers.get(name);
    if (!isTranspose(node) || !array || reads.get(name) !== 1 || ends.has(node.output)) continue;
    writer.initializers.set(name, transposed(array, permOf(node)));
    replace(writer, node.output, name);
    writer.nodes.splice(writer.nodes.indexOf(node), 1);
  }
}

function transposed({ shape, data, type }: Initializer, perm: readonly number[]): Initializer {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const result = perm.map((axis) => shape[axis]!);
  const steps = perm.map((axis) => strides[axis]!);
  const at = shape.map(() => 0);
  const values = Array.from({ length: data.length }, () => {
    const value = data[at.reduce((sum, index, axis) => sum + index * steps[axis]!, 0)]!;
    for (let axis = at.length - 1; axis >= 0 && ++at[axis]! === result[axis]; axis--) at[axis] = 0;
    return value;
  });
  return { shape: result, data: values, type };
}

/** Conv, Transpose, Add of a constant vector: the vector is the third input of the convolution. */
function biasesIntoConvolutions(writer: Writer, ends: ReadonlySet<string>): void {
  const { makers, reads } = ways(writer, ends);
  for (const node of [...writer.nodes]) {
    const back = makers.get(node.inputs[0]!);
    const conv = isTranspose(back) ? makers.get(back.inputs[0]!) : undefined;
    const bias = writer.initializers.get(node.inputs[1] ?? '');
    if (node.opType !== 'Add' || !conv || bias?.shape.length !== 1 || conv.inputs.length !== 2) continue;
    const alone = reads.get(back!.output) === 1 && reads.get(conv.output) === 1;
    const isOfFilters = isTranspose(back) && permOf(back).at(-1) === 1 && bias.shape[0] !== 1;
    if (!/^Conv/.test(conv.opType) || !alone || !isOfFilters) continue;
    conv.inputs.push(node.inputs[1]!);
    const outer: OnnxNode = { ...back!, output: node.output };
    writer.nodes.splice(writer.nodes.indexOf(node), 1, outer);
    writer.nodes.splice(writer.nodes.indexOf(back!), 1);
    makers.set(node.output, outer);
  }
}

/** Goes through nodes backwards, which stand behind what they read. */
function dropUnread(writer: Writer, ends: ReadonlySet<string>): void {
  const needed = new Set(ends);
  writer.nodes = writer.nodes.reverse().filter(({ output, behind = [], inputs }) => {
    if (![output, ...behind].some((name) => name !== '' && needed.has(name))) return false;
    for (const name of inputs) needed.add(name);
    return true;
  });
  writer.nodes.reverse();
  for (const name of writer.initializers.keys()) if (!needed.has(name)) writer.initializers.delete(name);
}
