// The messages of an ONNX file, as far as they are used: onnx.proto3 of ONNX 1.12 (IR version 8). Other fields are
// skipped.

import { type Given, message, type Values } from '../files/protobuf.js';

/** The version of the operators that are exported, and of the file. */
export const OPSET = 17;
export const IR_VERSION = 8;

const entry = message({ key: [1, 'text'], value: [2, 'text'] });

const tensor = message({
  dims: [1, 'ints'],
  dataType: [2, 'int'],
  name: [8, 'text'],
  rawData: [9, 'bytes'],
  floatData: [4, 'packed'],
  int32Data: [5, 'packed'],
  int64Data: [7, 'packed'],
  doubleData: [10, 'packed'],
  uint64Data: [11, 'packed'],
  externalData: [13, 'many', entry],
  dataLocation: [14, 'int'],
});

const attribute = message({
  name: [1, 'text'],
  f: [2, 'float'],
  i: [3, 'int'],
  s: [4, 'bytes'],
  t: [5, 'one', tensor],
  floats: [7, 'floats'],
  ints: [8, 'ints'],
  strings: [9, 'packed'],
  type: [20, 'int'],
});

const node = message({
  input: [1, 'texts'],
  output: [2, 'texts'],
  name: [3, 'text'],
  opType: [4, 'text'],
  domain: [7, 'text'],
  attribute: [5, 'many', attribute],
});

const dimension = message({ dimValue: [1, 'int'], dimParam: [2, 'text'] });
const shape = message({ dim: [1, 'many', dimension] });
const tensorType = message({ elemType: [1, 'int'], shape: [2, 'one', shape] });
const type = message({ tensorType: [1, 'one', tensorType] });
const valueInfo = message({ name: [1, 'text'], type: [2, 'one', type] });

const graph = message({
  node: [1, 'many', node],
  name: [2, 'text'],
  initializer: [5, 'many', tensor],
  sparseInitializer: [15, 'packed'],
  input: [11, 'many', valueInfo],
  output: [12, 'many', valueInfo],
});

const operatorSet = message({ domain: [1, 'text'], version: [2, 'int'] });

/** A whole file. */
export const MODEL = message({
  irVersion: [1, 'int'],
  producerName: [2, 'text'],
  producerVersion: [3, 'text'],
  graph: [7, 'one', graph],
  opsetImport: [8, 'many', operatorSet],
  metadataProps: [14, 'many', entry],
});

export type GraphProto = Values<typeof graph>;
export type NodeProto = Values<typeof node>;
export type AttributeProto = Values<typeof attribute>;
export type TensorProto = Values<typeof tensor>;
export type ValueInfoProto = Values<typeof valueInfo>;
export type GivenAttribute = Given<typeof attribute>;
export type GivenNode = Given<typeof node>;
export type GivenTensor = Given<typeof tensor>;
export type GivenValueInfo = Given<typeof valueInfo>;

/** Types of attributes. */
export const ATTRIBUTE = { float: 1, int: 2, text: 3, tensor: 4, graph: 5, floats: 6, ints: 7, texts: 8 } as const;

/** Types of elements that have a meaning of their own here; elements.ts knows the others. */
export const FLOAT = 1;
export const INT32 = 6;
export const INT64 = 7;
export const BOOL = 9;
