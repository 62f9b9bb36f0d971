// The formats that are read, a row each.

import { gzipSync } from 'node:zlib';
import {
  readCsv,
  readIdx,
  readImage,
  readJsonLines,
  readNpy,
  readNpz,
  standardScaler,
  streamCsv,
} from '../../bindings/data.js';
import { WasmgradError } from '../../bindings/errors.js';
import { openZip, zip } from '../../bindings/files/zip.js';
import {
  adam,
  batchNorm,
  clipByGlobalNorm,
  conv2d,
  cosineDecay,
  dense,
  dropout,
  f1,
  flatten,
  huber,
  init,
  l2,
  sequential,
  type Tensor,
  tensor,
  trainer,
} from '../../bindings/index.js';
import {
  loadExtras,
  loadModel,
  loadTrainingState,
  loadWeights,
  readSafetensors,
  saveModel,
  saveTrainingState,
  saveWeights,
  writeSafetensors,
} from '../../bindings/io.js';
import { gelu } from '../../bindings/ops.js';
import { idxOf, npyOf } from './arrays.js';
import { frozenFiles, readFrozenFile, readTape, tapes } from './frozen.js';
import type { Format } from './hammer.js';
import { BASELINE, GREY, PROGRESSIVE } from './jpegs.js';
import { KERAS } from './keras.js';
import { onnxFiles, readOnnx } from './onnx.js';
import { mendPng, pngOf } from './pngs.js';
import { readTokenizerFile, tokenizerFiles } from './tokenizers.js';
import { TORCH } from './torch.js';
import { zipOf } from './zips.js';

/** So little may come out of a mutant that is compressed. */
const MAX_BYTES = 1 << 20;

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * i) & 63);

const npy = (descr: string, shape: string, bytes: Uint8Array, order = 'False'): Uint8Array =>
  npyOf(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`, bytes);

const NPY = [
  npy('<f4', '2, 3', bytesOf(24)),
  npy(
    '>i8',
    '2,',
    bytesOf(16).map((byte, i) => (i % 8 < 3 ? 0 : byte)),
    'True',
  ),
  npy('|b1', '', bytesOf(1)),
  npy('<f2', '2, 2, 2', bytesOf(16), 'True'),
];
const IDX = [idxOf(8, [2, 2, 3], bytesOf(12)), idxOf(14, [2], bytesOf(16)), idxOf(11, [0, 5], bytesOf(0))];

const textBytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Models with what a file can say of them. */
async function models(): Promise<Uint8Array[]> {
  await init({ seed: 1 });
  const trunk = sequential([4], [dense(3, { activation: 'relu' })]);
  const same = dense(3, { activation: gelu, kernelRegularizer: l2(0.1) });
  const net = sequential(
    [2, 2, 1],
    [conv2d(2, 1), batchNorm(), flatten(), dense(4), trunk.asLayer(), same, dropout(0.5), same, dense(2)],
  );
  const rate = cosineDecay(0.1, { decaySteps: 3 });
  net.compile({ optimizer: clipByGlobalNorm(1, adam(rate)), loss: huber(), metrics: ['mae', f1()] });
  await net.fit(
    { data: new Float32Array(8), shape: [2, 2, 2, 1] },
    [
      [1, 0],
      [0, 1],
    ],
    { epochs: 1, batchSize: 1 },
  );
  const extras = { scaler: standardScaler().fit([[1], [2]]), names: ['a'] };
  return [
    await saveModel(net, undefined, { extras, training: true }),
    await saveModel(sequential([2], [dense(1)])),
    await saveWeights(trunk, undefined, { dtype: 'float16' }),
    await saveTrainingState(
      trainer((p: { w: Tensor }) => p.w.square().sum(), { w: tensor([1]) }, { optimizer: adam() }).save(),
    ),
    await writeSafetensors({ a: [[1, 2]], b: Uint8Array.of(1) }, undefined, { metadata: { a: 'b' } }),
  ];
}

/** All that reads such a file, whether the file fits it or not. */
async function readModel(bytes: Uint8Array): Promise<void> {
  const trunk = sequential([4], [dense(3)]);
  const readers = [
    async () => (await loadModel(bytes)).dispose(),
    () => loadWeights(trunk, bytes),
    () => loadExtras(bytes),
    async () => {
      const from = await loadTrainingState(bytes);
      const net = sequential([4], [dense(1)]).compile({ optimizer: adam(), loss: 'mse' });
      await net.fit([[1, 2, 3, 4]], [[1]], { from, epochs: 2 });
    },
    () => readSafetensors(bytes),
  ];
  const errors: unknown[] = [];
  for (const reader of readers) await reader().catch((error: unknown) => void errors.push(error));
  const wrong = errors.find((error) => !(error instanceof WasmgradError));
  if (wrong !== undefined) throw wrong;
  if (errors.length === readers.length) throw errors.at(-1);
}

export const FORMATS: Readonly<Record<string, Format>> = {
  ...KERAS,
  ...TORCH,
  csv: {
    examples: () => [
      textBytes('a,b,y\n1,2.5,yes\n-3,4e5,no\n'),
      textBytes('\uFEFFa,b,y\r\n"1","two ""2"" €, and",0\r\n3,"a\nb",1'),
      textBytes('__proto__,y,constructor\n5,7,\n8,9,word\n'),
    ],
    async read(bytes) {
      const options = { target: 'y', missing: { constructor: 'none' } } as const;
      const { x, y } = await readCsv(
        bytes,
        bytes.includes(99) ? options : { target: 'y', oneHot: true, missing: 'drop' },
      );
      const stream = await streamCsv(bytes, { target: 'y', missing: 'drop', batchSize: 2 });
      let rows = 0;
      for await (const [part] of stream) rows += part.shape[0]!;
      if (rows !== stream.count || x.shape[0]! < rows || y.length !== x.shape[0]) throw new Error('other rows');
    },
  },
  jpeg: {
    inflates: true,
    examples: () => [BASELINE, GREY, PROGRESSIVE],
    read: (bytes) => readImage(bytes, { maxBytes: 4 * MAX_BYTES, channels: 1 }),
  },
  jsonlines: {
    examples: () => [
      textBytes('{"a":1,"b":[2.5,[true,false]],"y":"yes"}\n{"a":-3e2,"b":[0,[true,true]],"y":"no"}\n'),
      textBytes('[1,2,"a"]\r\n[3,4,"b"]'),
      textBytes('{"y":5,"a":null,"b":"\\u00e4€\\\\"}\n\n{"b":"ä","a":15e-1,"y":6}\n'),
    ],
    read: (bytes) => readJsonLines(bytes, { missing: bytes.length % 2 ? 'drop' : 0, oneHot: true }),
  },
  frozen: { examples: frozenFiles, read: readFrozenFile },
  tape: { examples: tapes, read: readTape },
  idx: {
    inflates: true,
    examples: () => [...IDX, gzipSync(IDX[0]!)],
    read: (bytes) => readIdx(bytes, { maxBytes: MAX_BYTES }),
  },
  npy: { examples: () => NPY, read: readNpy },
  npz: {
    inflates: true,
    examples: () => [
      zip(NPY.map((bytes, i) => [`${i}.npy`, bytes] as const)),
      zipOf([{ name: 'a.npy', data: NPY[0]!, deflated: true }]),
    ],
    read: (bytes) => readNpz(bytes, { maxBytes: MAX_BYTES }),
  },
  onnx: { examples: onnxFiles, read: readOnnx },
  png: {
    inflates: true,
    examples: () => {
      const png = {
        width: 9,
        height: 6,
        sample: (x: number, y: number) => (x * y) & 1,
        filter: (row: number) => row % 5,
      };
      return [
        pngOf({ ...png, depth: 8, colour: 6 }),
        pngOf({ ...png, depth: 16, colour: 2, interlaced: true, transparency: [0, 1, 0, 1, 0, 1] }),
        pngOf({ ...png, depth: 2, colour: 3, palette: [1, 2, 3, 4, 5, 6], transparency: [7], part: 9 }),
        pngOf({ ...png, depth: 1, colour: 0, interlaced: true }),
      ];
    },
    read: (bytes) => readImage(bytes, { maxBytes: MAX_BYTES, channels: 4 }),
    mend: mendPng,
  },
  safetensors: { examples: models, read: readModel },
  tokenizer: { examples: tokenizerFiles, read: readTokenizerFile },
  zip: {
    inflates: true,
    examples: () => [
      zip([['a', bytesOf(5)] as const, ['folder/b', bytesOf(70)] as const], { align: 64 }),
      zipOf([{ name: 'a', data: bytesOf(300), deflated: true }]),
      zipOf([
        { name: 'a', data: bytesOf(30), deflated: true, follows: true },
        { name: 'b', data: bytesOf(3) },
      ]),
      zipOf([{ name: 'a', data: bytesOf(30), deflated: true }], { zip64: true, comment: 'four' }),
    ],
    async read(bytes) {
      const files = await openZip('file.zip', bytes, { maxBytes: MAX_BYTES });
      for (const name of files.names) files.read(name);
    },
  },
};
