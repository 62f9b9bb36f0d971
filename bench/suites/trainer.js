// What a trainer pays: a small language model written by hand, two blocks of causal attention, trained with parameters that stay
// in memory, against the same step of Adam as a jitted function that takes and returns them; and what dropout in it costs.

import {
  adam,
  foldIn,
  init,
  jit,
  ops,
  randomKey,
  randomNormal,
  setSeed,
  tensor,
  trainer,
  valueAndGrad,
} from '../../build/internal.js';
import { compareResults } from '../check.js';
import { compare } from '../measure.js';
import { comparison } from '../report.js';

const SIZE = { blocks: 2, width: 64, heads: 4, length: 64, words: 65, batch: 8 };
const RATE = 1e-3;

export const run = comparison('trainer: a language model by hand', async ({ timing }, report) => {
  await init({ seed: 1 });
  const [x, y] = [tokens(1), tokens(2)];
  const inMemory = trainer((p, a, b) => lossOf(p, a, b), parameters(), { optimizer: adam(RATE) });
  const returned = jittedAdam(parameters());
  const losses = [1, 2, 3].map(() => [inMemory.step(x, y), returned(x, y)]);
  compareResults(
    'losses of three steps',
    [0, 1].map((side) => losses.map((pair) => pair[side])),
    1e-4,
  );
  const steps = (step) => (calls) => {
    for (let i = 0; i < calls; i++) step(x, y);
  };
  const [kept, passed] = [steps((a, b) => inMemory.step(a, b)), steps(returned)];
  report({
    name: 'parameters in memory, against jit',
    unit: 'steps/s',
    perCall: 1,
    ...(await compare({ trainer: kept, jit: passed }, timing)),
  });
  const dropping = trainer((p, key, a, b) => lossOf(p, a, b, key), parameters(), {
    optimizer: adam(RATE),
    key: randomKey(3),
  });
  const dropped = steps((a, b) => dropping.step(a, b));
  report({
    name: 'dropout, against none',
    unit: 'steps/s',
    perCall: 1,
    ...(await compare({ dropout: dropped, none: kept }, timing)),
  });
});

function tokens(seed) {
  const { batch, length, words } = SIZE;
  return Int32Array.from({ length: batch * length }, (_, i) => (i * i * seed + 7 * i) % words);
}

/** Small random numbers, the same each time; scales of normalisations are 1, biases 0. */
function parameters() {
  setSeed(1);
  const { blocks, width: d, length, words } = SIZE;
  const normal = (...shape) => tensor(randomNormal(shape, { std: 0.02 }).data(), shape);
  const norm = () => ({ scale: ops.add(tensor(new Float32Array(d)), 1), bias: tensor(new Float32Array(d)) });
  const linear = (n, m) => ({ kernel: normal(n, m), bias: tensor(new Float32Array(m)) });
  const block = () => ({
    norm1: norm(),
    qkv: linear(d, 3 * d),
    out: linear(d, d),
    norm2: norm(),
    up: linear(d, 4 * d),
    down: linear(4 * d, d),
  });
  return {
    words: normal(words, d),
    places: normal(length, d),
    blocks: Array.from({ length: blocks }, block),
    norm: norm(),
    head: normal(d, words),
  };
}

const linearOf = ({ kernel, bias }, x) => x.matMul(kernel).add(bias);

function normalized({ scale, bias }, x) {
  const centred = x.sub(x.mean(-1, { keepDims: true }));
  return centred
    .mul(centred.square().mean(-1, { keepDims: true }).add(1e-5).rsqrt())
    .mul(scale)
    .add(bias);
}

function attention({ qkv, out }, x) {
  const { batch, length, width, heads } = SIZE;
  const parts = linearOf(qkv, x)
    .reshape([batch, length, 3, heads, width / heads])
    .transpose([2, 0, 3, 1, 4]);
  const [q, k, v] = [0, 1, 2].map((i) => ops.slice(parts, [i]));
  const scores = q.matMul(k, { transB: true }).mul(1 / Math.sqrt(width / heads));
  const seen = scores.add(mask()).softmax().matMul(v).transpose([0, 2, 1, 3]);
  return linearOf(out, seen.reshape([batch * length, width]));
}

/** Keeps a word from seeing those behind it. */
function mask() {
  const { length } = SIZE;
  return tensor(
    Float32Array.from({ length: length ** 2 }, (_, i) => (i % length > Math.floor(i / length) ? -1e9 : 0)),
    [length, length],
  );
}

/** The loss of the next words; with a key a tenth of what each block adds is dropped. */
function lossOf(p, x, y, key) {
  const { batch, length, width } = SIZE;
  let dropped = 0;
  const drop = (h) => (key ? ops.dropout(h, 0.1, { key: foldIn(key, dropped++) }) : h);
  let h = ops
    .take(p.words, x)
    .reshape([batch, length, width])
    .add(p.places)
    .reshape([batch * length, width]);
  for (const block of p.blocks) {
    h = h.add(drop(attention(block, normalized(block.norm1, h))));
    h = h.add(
      drop(linearOf(block.down, ops.gelu(linearOf(block.up, normalized(block.norm2, h)), { approximate: 'tanh' }))),
    );
  }
  return ops.softmaxCrossEntropy(normalized(p.norm, h).matMul(p.head), y);
}

/** Adam by hand, of a jitted function: parameters and moments go in and come out. */
function jittedAdam(start) {
  const flat = leaves(start);
  const zeros = () => flat.map((t) => t.zerosLike());
  let state = { p: flat, m: zeros(), v: zeros() };
  let t = 0;
  const update = jit(({ p, m, v }, rate, x, y) => {
    const { value, grads } = valueAndGrad((q) => lossOf(rebuilt(start, q), x, y))(p);
    const nextM = m.map((a, i) => a.mul(0.9).add(grads[i].mul(0.1)));
    const nextV = v.map((a, i) => a.mul(0.999).add(grads[i].square().mul(0.001)));
    const nextP = p.map((a, i) => a.sub(nextM[i].mul(rate).div(nextV[i].sqrt().add(1e-8))));
    return { value, state: { p: nextP, m: nextM, v: nextV } };
  });
  return (x, y) => {
    t++;
    // The corrections of both moments in the rate, but for what that makes of epsilon.
    const rate = (RATE * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
    const next = update(state, rate, x, y);
    state = next.state;
    return next.value.item();
  };
}

const isTensor = (value) => typeof value.matMul === 'function';

const leaves = (tree) => (isTensor(tree) ? [tree] : Object.values(tree).flatMap(leaves));

/** A tree of this form with other leaves, in their order. */
function rebuilt(tree, values, next = values[Symbol.iterator]()) {
  if (isTensor(tree)) return next.next().value;
  const entries = Object.entries(tree).map(([name, part]) => [name, rebuilt(part, values, next)]);
  return Array.isArray(tree) ? entries.map(([, part]) => part) : Object.fromEntries(entries);
}
