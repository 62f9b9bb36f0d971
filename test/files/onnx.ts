// ONNX files to be damaged, and how they are read: as models, and as functions.

import { batchNorm, conv2d, dense, flatten, init, lstm, masking, sequential } from '../../bindings/index.js';
import { exportOnnx, functionFromOnnx, functionToOnnx, importOnnx } from '../../bindings/onnx.js';
import { gather } from '../onnx/graphs.js';

/** Networks, a function whose lengths are computed in the file, and nodes with constants. */
export async function onnxFiles(): Promise<Uint8Array[]> {
  await init({ seed: 1 });
  const mlp = sequential([3], [dense(4, { activation: 'relu' }), dense(2, { activation: 'softmax' })]);
  const images = sequential([4, 4, 1], [conv2d(2, 3), batchNorm(), flatten(), dense(2)]);
  const lengths = functionToOnnx((x) => x.reshape([-1, 2]).add(x.zerosLike().sum()).reshape([-1, 4]).max(-1), ['n', 4]);
  const masked = sequential([4, 2], [masking(0), lstm(2)]);
  return [exportOnnx(mlp), exportOnnx(images), exportOnnx(masked), lengths, gather()];
}

export async function readOnnx(bytes: Uint8Array): Promise<void> {
  await functionFromOnnx(bytes);
  const net = await importOnnx(bytes);
  net.dispose();
}
