// ONNX Runtime Web on wasm, one thread. It predicts; it does not train.

import { onnxModel } from '../onnx.js';

async function load() {
  const module = await import('onnxruntime-web');
  const ort = module.default ?? module;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  return ort;
}

async function predict(ort, task) {
  const session = await ort.InferenceSession.create(onnxModel(task), { executionProviders: ['wasm'] });
  const shape = [task.batch, task.model.inputs];
  return async (x) => {
    const { y } = await session.run({ x: new ort.Tensor('float32', x, shape) });
    return y.data;
  };
}

export default {
  package: 'onnxruntime-web',
  styles: { predict1: ['run'], predict256: ['run'] },
  load,
  predict,
};
