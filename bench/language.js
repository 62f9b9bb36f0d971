// A small language model, a causal transformer on letters: its data and first weights, and what its layers do, once, for every
// library whose ops are functions. Not here: networks of other kinds (data.js, forward.js).

import { random } from './data.js';

/** As the others of data.js, but for its samples, which are windows of a text. */
export const LANGUAGE = {
  blocks: 2,
  width: 64,
  heads: 4,
  length: 64,
  words: 65,
  loss: 'softmaxCrossEntropy',
  optimizer: 'adam',
  learningRate: 1e-3,
};

const TEXT = 20_000;
const BATCHES = 32;

/** Shapes of the parameters, in the order in which `language` takes them, with their first value where it is not random. */
function parametersOf({ blocks, width, length, words }) {
  const vector = (size, value) => ({ shape: [size], value });
  const norm = [vector(width, 1), vector(width, 0)];
  const dense = (inputs, units) => [{ shape: [inputs, units] }, vector(units, 0)];
  const block = [
    ...[...norm, ...dense(width, 3 * width), ...dense(width, width)],
    ...[...norm, ...dense(width, 4 * width), ...dense(4 * width, width)],
  ];
  const tables = [{ shape: [words, width] }, { shape: [length, width] }];
  return [...tables, ...Array.from({ length: blocks }, () => block).flat(), ...norm, { shape: [width, words] }];
}

function firstWeights(model) {
  const next = random(7);
  const normal = () => 0.02 * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return parametersOf(model).map(({ shape, value }) => {
    const size = shape.reduce((a, b) => a * b);
    return { shape, data: Float32Array.from({ length: size }, () => value ?? normal()) };
  });
}

/** A text of letters, each of which has four likely successors. */
function textOf({ words }, next) {
  const text = new Int32Array(TEXT);
  for (let i = 1; i < TEXT; i++) text[i] = (text[i - 1] * 7 + 3 + Math.floor(4 * next() * next())) % words;
  return text;
}

/**
 * A task as those of data.js: x(step) and y(step) are tokens and those that follow them, Int32Array [batch · length].
 *
 * @param {number} batch
 * @param {typeof LANGUAGE} [model]
 */
export function makeLanguageTask(batch, model = LANGUAGE) {
  const { length } = model;
  const next = random(1);
  const text = textOf(model, next);
  const windows = Array.from({ length: BATCHES }, () => {
    return Array.from({ length: batch }, () => Math.floor(next() * (TEXT - length - 1)));
  });
  const rows = (shift) =>
    windows.map((firsts) =>
      Int32Array.from({ length: batch * length }, (_, i) => {
        return text[firsts[Math.floor(i / length)] + (i % length) + shift];
      }),
    );
  const [samples, targets] = [rows(0), rows(1)];
  const x = (step) => samples[step % BATCHES];
  const y = (step) => targets[step % BATCHES];
  return { model, batch, batches: BATCHES, weights: firstWeights(model), x, y };
}

/** `classes` one-hot, for libraries whose look-up has no derivative. */
export function oneHot(classes, count) {
  const rows = new Float32Array(classes.length * count);
  classes.forEach((one, i) => void (rows[i * count + one] = 1));
  return rows;
}

/** Added to scores, it keeps a letter from reading those behind it: [length, length]. */
export function causalMask({ length }) {
  return Float32Array.from({ length: length ** 2 }, (_, i) => (i % length > Math.floor(i / length) ? -1e9 : 0));
}

/**
 * @typedef {object} LanguageOps of a library, on its own tensors; rows are letters, [batch · length, width]
 * @property {(tokens, table, places) => unknown} embed rows of the table, and of places by position
 * @property {(x, scale, shift) => unknown} layerNorm with 1e-5 added to variances
 * @property {(x, kernel, bias?) => unknown} dense
 * @property {(qkv) => unknown} attend queries, keys and values side by side, each head by head; what the heads read, likewise
 * @property {(x) => unknown} gelu by tanh
 * @property {(x, y) => unknown} add
 * @property {(x) => unknown} [again] a tensor that will be used once more, where functions consume them
 *
 * Scores of the next letters.
 *
 * @param {typeof LANGUAGE} model
 * @param {LanguageOps} ops
 */
export function language({ blocks }, ops, parameters, tokens) {
  const rest = parameters[Symbol.iterator]();
  const next = () => rest.next().value;
  const again = ops.again ?? ((x) => x);
  const norm = (x) => ops.layerNorm(x, next(), next());
  const dense = (x) => ops.dense(x, next(), next());
  let x = ops.embed(tokens, next(), next());
  for (let block = 0; block < blocks; block++) {
    const read = dense(ops.attend(dense(norm(again(x)))));
    x = ops.add(x, read);
    const thought = dense(ops.gelu(dense(norm(again(x)))));
    x = ops.add(x, thought);
  }
  return ops.dense(norm(x), next());
}
