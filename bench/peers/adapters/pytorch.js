// PyTorch, native code, one thread, in a Python of its own: found on the PATH, never installed. See ../pytorch.py.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../pytorch.py', import.meta.url));

/** The libraries of matrix products below PyTorch have threads of their own, which it does not count. */
const ONE_THREAD = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** The first python3 on the PATH that can import torch: a version manager's may hide the one that can. */
function findPython() {
  const names = process.platform === 'win32' ? ['python.exe'] : ['python3'];
  const candidates = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((n) => join(folder, n)));
  return candidates.find((python) => spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0);
}

function measure(task, style, timing) {
  const python = findPython();
  const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-'));
  try {
    const [job, numbers] = [join(folder, 'job.json'), join(folder, 'numbers')];
    const { description, arrays } = descriptionOf(task);
    const shapes = arrays.map(({ shape }) => shape);
    writeFileSync(job, JSON.stringify({ ...description, kind: task.kind, shapes, style, timing }));
    writeFileSync(
      numbers,
      Buffer.concat(arrays.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))),
    );
    const { status, stdout, stderr, error } = spawnSync(python, [SCRIPT, job, numbers], {
      encoding: 'utf8',
      env: ONE_THREAD,
    });
    if (status !== 0) throw new Error(error?.message ?? stderr.trim().split('\n').at(-1));
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function descriptionOf(task) {
  if (task.kind === 'product') return ofProduct(task);
  return task.model.heads ? ofLanguage(task) : ofNetwork(task);
}

function ofNetwork({ model, batch, weights, samples, targets, outputs }) {
  const data = [
    { shape: [model.samples, model.inputs], data: samples },
    { shape: [model.samples, outputs], data: targets },
  ];
  return { description: { ...model, batch }, arrays: [...weights, ...data] };
}

/** Tokens are numbers there as well. */
function ofLanguage({ model, batch, batches, weights, x, y }) {
  const all = (rows) => ({
    shape: [batches * batch, model.length],
    data: Float32Array.from(Array.from({ length: batches }, (_, i) => [...rows(i)]).flat()),
  });
  return { description: { ...model, batch }, arrays: [...weights, all(x), all(y)] };
}

function ofProduct({ size, a, b, picked }) {
  const shape = [size, size];
  return {
    description: { picked },
    arrays: [
      { shape, data: a },
      { shape, data: b },
    ],
  };
}

export default {
  styles: {
    mlp32: ['eager'],
    mlp128: ['eager'],
    deep128: ['eager'],
    xor: ['eager'],
    cnn32: ['eager'],
    resnet32: ['eager'],
    lstm: ['eager'],
    gru: ['eager'],
    gpt: ['eager'],
    predict1: ['eager'],
    predict256: ['eager'],
    gemm64: ['matmul'],
    gemm256: ['matmul'],
    gemm512: ['matmul'],
    gemm1024: ['matmul'],
  },
  absent: () => (findPython() ? undefined : 'there is no python3 with torch on the PATH'),
  load: () => undefined,
  measure,
};
