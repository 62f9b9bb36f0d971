// ONNX Runtime itself, native code, one thread. It predicts; it does not train.

import { onnxModel } from '../onnx.js';

const OPTIONS = { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 };

async function load() {
  const module = await import('onnxruntime-node');
  return module.default ?? module;
}

async function predict(ort, task) {
  const session = await ort.InferenceSession.create(onnxModel(task), OPTIONS);
  const shape = [task.batch, task.model.inputs];
  return async (x) => {
    const { y } = await session.run({ x: new ort.Tensor('float32', x, shape) });
    return y.data;
  };
}

export default {
  package: 'onnxruntime-node',
  styles: { predict1: ['run'], predict256: ['run'] },
  load,
  predict,
};
