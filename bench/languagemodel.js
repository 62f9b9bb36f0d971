// The language model of language.js, made with wasmgrad: in layers, and by hand.

import {
  adam,
  dense,
  embedding,
  generate,
  init,
  layerNorm,
  positionalEmbedding,
  sequential,
  tensor,
  timeDistributed,
  trainer,
  transformerDecoder,
} from 'wasmgrad';
import * as ops from 'wasmgrad/ops';
import { language } from './language.js';
import { setWeights } from './model.js';
import { start } from './runtime.js';

/** The model of language.js in layers of wasmgrad, compiled, with the task's first weights. */
export async function buildLanguageModel({ model: spec, weights }) {
  await start(init, { backend: 'wasm' });
  const { blocks, width, heads, length, words } = spec;
  const options = { numHeads: heads, intermediateDim: 4 * width, normFirst: true, activation: 'gelu', epsilon: 1e-5 };
  const layers = [
    embedding(words, width),
    positionalEmbedding(length),
    ...Array.from({ length: blocks }, () => transformerDecoder(options)),
    layerNorm({ epsilon: 1e-5 }),
    timeDistributed(dense(words, { useBias: false })),
  ];
  const net = sequential({ shape: [length], dtype: 'int32' }, layers);
  net.compile({ optimizer: adam(spec.learningRate), loss: spec.loss });
  setWeights(net, languageWeights(weights, spec));
  return net;
}

/** Numbers of a block in language.js. */
const BLOCK = 12;

/** In the order of wasmgrad's parameters: queries, keys and values have kernels of their own. */
function languageWeights(weights, { blocks, width }) {
  const data = weights.map((weight) => weight.data);
  const thirds = (all) => [0, 1, 2].map((part) => all.filter((_, i) => Math.floor((i % (3 * width)) / width) === part));
  const block = (at) => {
    const [scale, shift, kernels, biases, output, outputBias, ...rest] = data.slice(at, at + BLOCK);
    return [scale, shift, ...thirds(kernels), output, ...thirds(biases), outputBias, ...rest];
  };
  const first = (i) => 2 + BLOCK * i;
  const inBlocks = Array.from({ length: blocks }, (_, i) => block(first(i)));
  return [...data.slice(0, 2), ...inBlocks.flat(), ...data.slice(first(blocks))];
}

/** The text that a model writes behind a prompt, always the likeliest token. */
export function beginText(model, prompt, cache) {
  const tokens = generate(model, prompt, { temperature: 0, maxTokens: prompt.length, cache });
  return { next: async () => (await tokens.next()).value };
}

/** A trainer of the same parameters, whose loss is made of ops. */
export async function languageTrainer({ model, weights }) {
  await start(init, { backend: 'wasm' });
  const parameters = weights.map(({ data, shape }) => tensor(data, shape));
  const made = languageOps(model);
  const lossOf = (p, tokens, following) => ops.softmaxCrossEntropy(language(model, made, p, tokens), following);
  return trainer(lossOf, parameters, { optimizer: adam(model.learningRate) });
}

const languageOps = ({ width, heads, length }) => ({
  embed: (tokens, table, places) =>
    ops.take(table, tokens).reshape([-1, length, width]).add(places).reshape([-1, width]),
  layerNorm: (x, scale, shift) => ops.layerNorm(x, { gamma: scale, beta: shift }),
  dense: (x, kernel, bias) => (bias ? x.matMul(kernel).add(bias) : x.matMul(kernel)),
  attend: (qkv) => {
    const parts = qkv.reshape([-1, length, 3, heads, width / heads]).transpose([2, 0, 3, 1, 4]);
    const [q, k, v] = [0, 1, 2].map((i) => ops.slice(parts, [i]));
    const read = ops.scaledDotProductAttention(q, k, v, { causal: true });
    return read.transpose([0, 2, 1, 3]).reshape([-1, width]);
  },
  gelu: (x) => ops.gelu(x, { approximate: 'tanh' }),
  add: (x, y) => x.add(y),
});
