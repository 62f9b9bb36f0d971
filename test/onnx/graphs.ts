// Small ONNX files, made node by node.

import { encodeMessage, type Given } from '../../bindings/files/protobuf.js';
import { protoOf } from '../../bindings/onnx/elements.js';
import {
  ATTRIBUTE,
  FLOAT,
  type GivenAttribute,
  type GivenNode,
  type GivenTensor,
  INT64,
  MODEL,
} from '../../bindings/onnx/schema.js';

export const ints = (name: string, values: readonly number[]): GivenTensor =>
  protoOf(name, [values.length], values, INT64);

export const floats = (name: string, shape: readonly number[], values: readonly number[]): GivenTensor =>
  protoOf(name, shape, values, FLOAT);

export const int = (name: string, i: number): GivenAttribute => ({ name, type: ATTRIBUTE.int, i });

/** A node: `node('Add', ['a', 'b'], ['c'])`. */
export const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attribute: readonly GivenAttribute[] = [],
): GivenNode => ({ opType, input, output, attribute });

const end = (name: string, shape: readonly (number | string)[]) => ({
  name,
  type: {
    tensorType: {
      elemType: FLOAT,
      shape: { dim: shape.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) },
    },
  },
});

/** A file of these nodes, from x to y. */
export function fileOf(
  nodes: readonly GivenNode[],
  initializer: readonly GivenTensor[] = [],
  more: { shape?: readonly (number | string)[]; outputs?: readonly string[]; opset?: number } & Given<
    typeof MODEL
  > = {},
): Uint8Array {
  const { shape = ['n', 4], outputs = ['y'], opset = 17, ...model } = more;
  return encodeMessage(MODEL, {
    irVersion: 8,
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      name: 'graph',
      node: nodes,
      initializer,
      input: [end('x', shape)],
      output: outputs.map((name) => end(name, [])),
    },
    ...model,
  });
}

/** As PyTorch writes `x.reshape(x.shape[0], -1)`, and a convolution: shapes that are computed. */
export const gather = (): Uint8Array =>
  fileOf(
    [
      node('Conv', ['x', 'conv.weight'], ['c']),
      node('Shape', ['c'], ['s']),
      node('Gather', ['s', 'zero'], ['n'], [int('axis', 0)]),
      node('Unsqueeze', ['n', 'axes'], ['m']),
      node('Concat', ['m', 'rest'], ['t'], [int('axis', 0)]),
      node('Reshape', ['c', 't'], ['f']),
      node('Slice', ['f', 'axes', 'end', 'one'], ['y']),
    ],
    [
      floats('conv.weight', [2, 1, 2, 2], [1, -1, 2, 0.5, 1, 1, -1, 2]),
      protoOf('zero', [], [0], INT64),
      ints('axes', [0]),
      ints('one', [1]),
      ints('rest', [-1]),
      ints('end', [2 ** 62]),
    ],
    { shape: ['n', 1, 3, 3] },
  );
