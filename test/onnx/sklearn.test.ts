// MLPs of scikit-learn (sklearn/make.py, in the form that skl2onnx writes) as models: they predict what scikit-learn
// did, and learn.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { adam, init, type Tensor } from '../../bindings/index.js';
import { importOnnx } from '../../bindings/onnx.js';
import { expectClose } from './runtime.js';

beforeAll(() => init({ backend: 'wasm', seed: 1 }));

/** The outputs that are numbers: a label is a string, and a ZipMap makes objects. */
const OUTPUTS = { wine: ['probabilities'], cancer: ['probabilities'], diabetes: undefined } as const;

describe.each(Object.entries(OUTPUTS))('%s', (name, outputs) => {
  const file = `test/onnx/sklearn/${name}.onnx`;
  const { x, y } = JSON.parse(readFileSync(file.replace('.onnx', '.json'), 'utf8')) as { x: number[][]; y: number[][] };

  it('predicts what scikit-learn did, and can be trained further', async () => {
    const net = await importOnnx(file, { outputs });
    expectClose('all', (net.predict(x) as Tensor).data(), y.flat());
    expectClose('one alone', (net.predict([x[0]!]) as Tensor).data(), y[0]!);
    expect(Object.keys(net.parameters())).toContain('onnx.coefficient1');
    net.compile({ optimizer: adam(0.05), loss: 'mse' });
    const others = [...y.slice(1), y[0]!];
    const { history } = await net.fit(x, others, { epochs: 100, batchSize: 'full' });
    expect(history.loss.at(-1)!).toBeLessThan(0.5 * history.loss[0]!);
  });

  it.runIf(outputs)('says which output to take, where the file ends in labels', async () => {
    await expect(importOnnx(file)).rejects.toThrow(
      /is not supported; import what is before it with \{ outputs: \['(probabilities|classes)'\] \}/,
    );
  });
});
