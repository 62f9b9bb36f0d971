// Layers of sequences.

import { check, isRecord } from '../../errors.js';
import { maskOf, withMask } from '../../layers/masks.js';
import type { Shape } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { type JsonObject, objectOf, type Settings } from '../settings.js';
import { activationOf } from './activations.js';
import type { Call, Made, Placed, Row, Rows, Weight } from './row.js';

/**
 * Options that recurrent layers have in common; how steps are computed, and how weights began, says nothing of what is
 * computed.
 */
function recurrentOptions(s: Settings, name: string) {
  s.get('unroll', 'unit_forget_bias');
  const useBias = s.flag('use_bias', true);
  const options = {
    useBias,
    returnSequences: s.flag('return_sequences', false),
    goBackwards: s.flag('go_backwards', false),
    dropout: s.number('dropout', 0),
    recurrentDropout: s.number('recurrent_dropout', 0),
    kernelRegularizer: s.regularizer('kernel_regularizer'),
    recurrentRegularizer: s.regularizer('recurrent_regularizer'),
    biasRegularizer: useBias ? s.regularizer('bias_regularizer') : undefined,
    trainable: s.flag('trainable', true),
    name,
  };
  return { options, useBias };
}

/** Of outputs that go backwards Keras leaves the mask as it was, so that it is that of other steps. */
function checkMask(s: Settings): Pick<Made, 'check'> {
  const isTurned = s.flag('go_backwards', false) && s.flag('return_sequences', false);
  const check = (x: Tensor): void => {
    if (maskOf(x)) s.refuse('go_backwards', 'is not supported with return_sequences and a mask');
  };
  return isTurned ? { check } : {};
}

/** What steps give that do not count: by default what was kept of the one before. */
const zeroes = (s: Settings): Pick<Made, 'zeroes'> => {
  return { zeroes: s.flag('zero_output_for_mask', false) && s.flag('return_sequences', false) };
};

/** Gates have sigmoid, and what they let in has tanh. */
function checkGates(s: Settings): void {
  if (activationOf(s) !== 'tanh') s.refuse('activation', 'is not supported: it must be tanh');
  const given = s.get('recurrent_activation') ?? 'sigmoid';
  if ((isRecord(given) ? (given as JsonObject)['config'] : given) !== 'sigmoid') {
    s.refuse('recurrent_activation', 'is not supported: it must be sigmoid');
  }
}

/** An array of a cell. */
const ofCell = (ours: string, theirs: string, number: number, more: Partial<Placed> = {}): Placed => {
  return { ours, theirs, number, within: ['cell'], ...more };
};

const KERNELS = [ofCell('kernel', 'kernel', 0), ofCell('recurrentKernel', 'recurrent_kernel', 1)];

/** A layer whose arrays are as here; Keras has one bias. */
const madeOf = (s: Settings, call: Call, useBias: boolean): Made => ({
  ...checkMask(s),
  ...zeroes(s),
  call,
  weights: useBias ? [...KERNELS, ofCell('bias', 'bias', 2)] : KERNELS,
  zeros: useBias ? ['recurrentBias'] : [],
});

/** The gates z, r, n of each row as r, z, n. */
function reordered(array: Float32Array, columns: number): Float32Array {
  const out = new Float32Array(array.length);
  const units = columns / 3;
  for (let at = 0; at < array.length; at += columns) {
    out.set(array.subarray(at + units, at + 2 * units), at);
    out.set(array.subarray(at, at + units), at + units);
    out.set(array.subarray(at + 2 * units, at + columns), at + 2 * units);
  }
  return out;
}

const byGates = (array: Float32Array, ours: Shape): Float32Array => reordered(array, ours.at(-1)!);

/** Both biases of a gru are one array [2, 3·units]. */
const biasOfGru = (ours: string, part: number): Placed =>
  ofCell(ours, 'bias', 2, {
    part,
    shape: ([columns]) => [2, columns!],
    values: (array, [columns]) => reordered(array.subarray(part * columns!, (part + 1) * columns!), columns!),
  });

const GRU_KERNELS = KERNELS.map((kernel) => ({ ...kernel, values: byGates }));

const GRU_BIASES = [biasOfGru('bias', 0), biasOfGru('recurrentBias', 1)];

/** Arrays of a layer that is a part of another one. */
const partsOf = (weights: readonly Weight[], name: string, group: string, named?: string): Placed[] =>
  weights.map((weight, number) => {
    const placed = 'ours' in weight ? weight : { ours: weight[0], theirs: weight[1]!, within: [], number };
    return {
      ...placed,
      ours: `${name}.${placed.ours}`,
      within: [group, ...placed.within],
      named: placed.named ?? named,
    };
  });

const zerosOf = ({ zeros = [] }: Made, name: string): string[] => zeros.map((ours) => `${name}.${ours}`);

const RECURRENT = /^(SimpleRNN|LSTM|GRU)$/;

/** What goes backwards is described in files of Keras 3; in others it is as what goes forwards. */
const bidirectional: Row = (s, name, inside) => {
  const mergeMode = s.word('merge_mode', ['concat', 'sum', 'mul', 'ave']);
  const where = `${s.where}: layer`;
  const layer = objectOf(where, s.get('layer'));
  const config = objectOf(`${where}: config`, layer['config']);
  const plain = String(config['name'] ?? 'layer').replace(/^forward_/, '');
  const directed = (direction: string, backwards: boolean) =>
    inside({ ...layer, config: { ...config, name: `${direction}_${plain}`, go_backwards: backwards } });
  const isBack = config['go_backwards'] === true;
  if (!RECURRENT.test(String(layer['class_name']))) s.refuse('layer', 'must be a recurrent layer');
  const there = directed('forward', isBack);
  const given = s.get('backward_layer');
  const back = given === undefined ? directed('backward', !isBack) : inside(given);
  if (back.made.call.$layer !== there.made.call.$layer) s.refuse('backward_layer', 'must be of the class of layer');
  return {
    call: { $layer: 'bidirectional', args: [there.made.call, { mergeMode, backward: back.made.call, name }] },
    weights: [
      ...partsOf(there.made.weights!, there.name, 'forward_layer', `forward_${plain}`),
      ...partsOf(back.made.weights!, back.name, 'backward_layer', back.name),
    ],
    zeros: [...zerosOf(there.made, there.name), ...zerosOf(back.made, back.name)],
    zeroes: config['return_sequences'] === true,
  };
};

const timeDistributed: Row = (s, name, inside) => {
  const { made, name: inner } = inside(s.get('layer'));
  const check = (x: Tensor): void => {
    made.check?.(x);
    if (made.rank !== undefined && x.shape.length - 1 !== made.rank) s.refuse('layer', 'takes samples of fewer axes');
  };
  return {
    call: { $layer: 'timeDistributed', args: [made.call, { name }] },
    weights: partsOf(made.weights ?? [], inner, 'layer'),
    zeros: zerosOf(made, inner),
    check,
  };
};

/** A kernel [width, heads, size] or a bias [heads, size] is [width, heads·size], or [heads·size], here. */
function headsOf(
  ours: string,
  named: string,
  group: string,
  shape: (ours: Shape) => Shape,
  useBias: boolean,
): Placed[] {
  const common = { named, within: [group] };
  const kernel: Placed = { ...common, ours: `${ours}Kernel`, theirs: 'kernel', number: 0, shape };
  const bias: Placed = { ...common, ours: `${ours}Bias`, theirs: 'bias', number: 1, shape };
  return useBias ? [kernel, bias] : [kernel];
}

/** Values of which those count whose keys do, too. */
function readable(value: Tensor, key: Tensor): Tensor {
  const [own, keys] = [maskOf(value), maskOf(key)];
  return keys ? withMask(value, own ? own.mul(keys) : keys) : value;
}

const attention: Row = (s, name) => {
  const [heads, keyDim] = [s.whole('num_heads'), s.whole('key_dim')];
  const valueDim = s.whole('value_dim', keyDim);
  const width = s.get('output_shape');
  const outputDim = Array.isArray(width)
    ? s.each('output_shape', 1)[0]!
    : width === undefined
      ? undefined
      : s.whole('output_shape');
  const axes = s.get('attention_axes');
  if (axes !== undefined && [axes].flat().join() !== '1')
    s.refuse('attention_axes', 'is not supported: it must be [1]');
  const useBias = s.flag('use_bias', true);
  const split =
    (size: number) =>
    (ours: Shape): Shape => [...ours.slice(0, -1), heads, size];
  const merged = (ours: Shape): Shape => (ours.length === 2 ? [heads, valueDim, ours[1]!] : ours);
  const options = {
    valueDim,
    outputDim,
    useBias,
    causal: s.flag('use_causal_mask', false),
    dropout: s.number('dropout', 0),
    kernelRegularizer: s.regularizer('kernel_regularizer'),
    trainable: s.flag('trainable', true),
    name,
  };
  return {
    call: { $layer: 'multiHeadAttention', args: [heads, keyDim, options] },
    weights: [
      ...headsOf('query', 'query', 'query_dense', split(keyDim), useBias),
      ...headsOf('key', 'key', 'key_dense', split(keyDim), useBias),
      ...headsOf('value', 'value', 'value_dense', split(valueDim), useBias),
      ...headsOf('output', 'attention_output', 'output_dense', merged, useBias),
    ],
    joined(given, mask) {
      check(given.length < 4, () => `it is called on ${given.length} tensors, and takes query, value and key`);
      const [query, value, key] = given as [Tensor, Tensor, Tensor?];
      if (!mask && given.every((t) => t === query)) return query;
      const more = { ...(key && { key }), ...(mask && { mask }) };
      return { query, value: key && key !== value ? readable(value, key) : value, ...more };
    },
  };
};

export const SEQUENCES: Rows = {
  Embedding(s, name) {
    s.get('input_length');
    const embeddingsRegularizer = s.regularizer('embeddings_regularizer');
    const maskZero = s.flag('mask_zero', false);
    const options = { embeddingsRegularizer, maskZero, trainable: s.flag('trainable', true), name };
    return {
      call: { $layer: 'embedding', args: [s.whole('input_dim'), s.whole('output_dim'), options] },
      weights: [['embeddings', 'embeddings']],
    };
  },
  Masking: (s, name) => ({ call: { $layer: 'masking', args: [s.number('mask_value', 0), { name }] } }),
  SimpleRNN(s, name) {
    const { options, useBias } = recurrentOptions(s, name);
    const activation = activationOf(s);
    return madeOf(s, { $layer: 'simpleRnn', args: [s.whole('units'), { ...options, activation }] }, useBias);
  },
  LSTM(s, name) {
    checkGates(s);
    const { options, useBias } = recurrentOptions(s, name);
    return madeOf(s, { $layer: 'lstm', args: [s.whole('units'), options] }, useBias);
  },
  GRU(s, name) {
    checkGates(s);
    if (!s.flag('reset_after', !s.old))
      s.refuse('reset_after', 'is not supported: the reset gate must be applied after the product');
    const { options, useBias } = recurrentOptions(s, name);
    return {
      ...checkMask(s),
      ...zeroes(s),
      call: { $layer: 'gru', args: [s.whole('units'), options] },
      weights: useBias ? [...GRU_KERNELS, ...GRU_BIASES] : GRU_KERNELS,
    };
  },
  Bidirectional: bidirectional,
  TimeDistributed: timeDistributed,
  MultiHeadAttention: attention,
};
