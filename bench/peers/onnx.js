// Dense layers as an ONNX file, written by hand: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. The numbers
// below are the field numbers of that file, the message types those of protobuf.

const OPSET = 13;
const IR_VERSION = 8;
const FLOAT = 1;

const OPERATORS = { relu: 'Relu', sigmoid: 'Sigmoid' };

function varint(value) {
  const bytes = [];
  let rest = value;
  do {
    const more = rest > 127 ? 128 : 0;
    bytes.push((rest & 127) | more);
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
}

/** A field that holds a whole number. */
const int = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);

/** A field that holds a string, bytes or a message. */
function bytes(field, value) {
  const content = Buffer.from(value);
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
}

const message = (...fields) => Buffer.concat(fields);

/** ValueInfoProto: an input or output of the graph. */
function valueInfo(name, shape) {
  const dimensions = shape.map((size) => bytes(1, int(1, size)));
  const tensorType = message(int(1, FLOAT), bytes(2, message(...dimensions)));
  return message(bytes(1, name), bytes(2, bytes(1, tensorType)));
}

/** NodeProto. */
function node(operator, inputs, output) {
  return message(...inputs.map((name) => bytes(1, name)), bytes(2, output), bytes(4, operator));
}

/** TensorProto. */
function initializer(name, { shape, data }) {
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return message(...shape.map((size) => int(1, size)), int(2, FLOAT), bytes(8, name), bytes(9, raw));
}

/** The task's model from x [batch, inputs] to y [batch, outputs]. */
export function onnxModel({ model, batch, outputs, weights }) {
  const nodes = [];
  let value = 'x';
  model.layers.forEach(({ activation }, i) => {
    const last = i === model.layers.length - 1;
    const operator = OPERATORS[activation];
    const z = last && !operator ? 'y' : `z${i}`;
    nodes.push(node('Gemm', [value, `w${2 * i}`, `w${2 * i + 1}`], z));
    value = z;
    if (!operator) return;
    value = last ? 'y' : `a${i}`;
    nodes.push(node(operator, [z], value));
  });
  const graph = message(
    ...nodes.map((one) => bytes(1, one)),
    bytes(2, 'dense'),
    ...weights.map((weight, i) => bytes(5, initializer(`w${i}`, weight))),
    bytes(11, valueInfo('x', [batch, model.inputs])),
    bytes(12, valueInfo('y', [batch, outputs])),
  );
  return message(int(1, IR_VERSION), bytes(7, graph), bytes(8, message(bytes(1, ''), int(2, OPSET))));
}
