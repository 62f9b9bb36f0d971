// Activations of Keras, by name and as layers of their own.

import { isRecord } from '../../errors.js';
import type { Json } from '../../io/values.js';
import type { Settings } from '../settings.js';
import type { Rows } from './row.js';

const named = ($name: string): Json => ({ $name });
const called = ($call: string, ...args: readonly Json[]): Json => ({ $call, args });

/** By their names in Keras, without '_': TensorFlow.js has 'hardSigmoid'. */
const ACTIVATIONS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['linear', 'linear'],
  ['sigmoid', 'sigmoid'],
  ['tanh', 'tanh'],
  ['relu', 'relu'],
  ['softmax', 'softmax'],
  ['softplus', 'softplus'],
  ['logsoftmax', 'logSoftmax'],
  ['leakyrelu', called('reluBy', 0.2)],
  ['relu6', named('relu6')],
  ['elu', named('elu')],
  ['selu', named('selu')],
  ['celu', named('celu')],
  ['gelu', named('gelu')],
  ['gelunew', named('geluByTanh')],
  ['silu', named('silu')],
  ['swish', named('silu')],
  ['mish', named('mish')],
  ['softsign', named('softsign')],
  ['exponential', named('exponential')],
  ['hardtanh', named('hardTanh')],
  ['hardsilu', named('hardSwish')],
  ['hardswish', named('hardSwish')],
  ['logsigmoid', named('logSigmoid')],
]);

/** The activation of a layer. */
export function activationOf(s: Settings): Json {
  const given = s.get('activation') ?? 'linear';
  // Keras 3 writes its own functions by their names alone, too, and all others as objects.
  const name = isRecord(given) ? (given as { config?: unknown }).config : given;
  if (typeof name !== 'string') s.refuse('activation');
  const plain = name.replace(/_/g, '').toLowerCase();
  if (plain === 'hardsigmoid') return named(s.old ? 'hardSigmoidOfKeras2' : 'hardSigmoid');
  const activation = ACTIVATIONS.get(plain);
  if (activation === undefined) s.refuse('activation');
  return activation;
}

const layerOf = (of: Json, name: string) => ({ call: { $layer: 'activation', args: [of, { name }] } });

export const ACTIVATION: Rows = {
  Activation: (s, name) => layerOf(activationOf(s), name),
  Identity: (_, name) => layerOf('linear', name),
  ReLU(s, name) {
    const slope = s.number('negative_slope', 0);
    const max = s.get('max_value') === undefined ? undefined : s.number('max_value');
    if (s.number('threshold', 0) !== 0) s.refuse('threshold');
    if (slope === 0 && max === 6) return layerOf(named('relu6'), name);
    if (slope === 0 && max === undefined) return layerOf('relu', name);
    return layerOf(called('reluBy', slope, ...(max === undefined ? [] : [max])), name);
  },
  LeakyReLU(s, name) {
    const given = ['negative_slope', 'alpha'].find((option) => s.get(option) !== undefined);
    return layerOf(called('reluBy', given === undefined ? 0.3 : s.number(given)), name);
  },
  ELU(s, name) {
    const alpha = s.number('alpha', 1);
    return layerOf(alpha === 1 ? named('elu') : called('eluBy', alpha), name);
  },
  Softmax(s, name) {
    const axis = s.get('axis');
    const last = axis === undefined || axis === -1;
    return layerOf(last ? 'softmax' : called('softmaxBy', s.whole('axis', -1, -32)), name);
  },
  PReLU(s, name) {
    const given = s.get('shared_axes');
    const sharedAxes = given === undefined ? undefined : s.wholes('shared_axes', 1);
    const alphaRegularizer = s.regularizer('alpha_regularizer');
    return {
      call: { $layer: 'prelu', args: [{ sharedAxes, alphaRegularizer, trainable: s.flag('trainable', true), name }] },
      weights: [['alpha', 'alpha']],
    };
  },
};
