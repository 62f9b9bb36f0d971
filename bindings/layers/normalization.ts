// Layers that normalise: batchNorm, which keeps running means and variances, and layerNorm, rmsNorm, groupNorm,
// instanceNorm and localResponseNorm, which look at one sample alone. The ops of wasmgrad/ops have the same names.

import { check, checkWhole } from '../errors.js';
import { type Initializer, type InitializerName, initializerOf } from '../initializers/initializers.js';
import { byBatch, byMoments } from '../ops/normalization/columns.js';
import {
  type ResponseNormOptions,
  localResponseNorm as responseNormOp,
  responseNormRules,
} from '../ops/normalization/response.js';
import * as rows from '../ops/normalization/rows.js';
import { flag, number, options, positive, type Rules, text, together, whole } from '../options.js';
import { normalizeAxis, type Shape, shapeText } from '../shape.js';
import { type Layer, layer, type ParameterSpec } from './layer.js';

/** Options of layers that normalise and then multiply by `gamma` and add `beta`, which they learn. */
export interface NormOptions {
  /** What is added to the variance; default 1e-5. */
  readonly epsilon?: number | undefined;
  /** Whether `beta` is added; default true, of instanceNorm false. */
  readonly center?: boolean | undefined;
  /** Whether it is multiplied by `gamma`; default true, of instanceNorm false. */
  readonly scale?: boolean | undefined;
  /** Default 'zeros'. */
  readonly betaInitializer?: InitializerName | Initializer | undefined;
  /** Default 'ones'. */
  readonly gammaInitializer?: InitializerName | Initializer | undefined;
  /** Whether training changes gamma and beta; default true. */
  readonly trainable?: boolean | undefined;
  /** Its name in the model; by default made of its kind: 'layerNorm', 'layerNorm_1' … */
  readonly name?: string | undefined;
}

/** Options of the layer `batchNorm`. */
export interface BatchNormLayerOptions extends NormOptions {
  /**
   * How much of the running mean and variance a step replaces, as in PyTorch; default 0.1. Keras calls 0.9 what is 0.1
   * here.
   */
  readonly momentum?: number | undefined;
  /**
   * If false, gamma and beta are kept, and the running mean and variance are used, in training, too, and kept; default
   * true.
   */
  readonly trainable?: boolean | undefined;
}

/** Options of the layer `layerNorm`. */
export interface LayerNormLayerOptions extends NormOptions {
  /** The axes from this one on are normalised together, axis 0 being the batch; default -1, the last one alone. */
  readonly axis?: number | undefined;
}

/** Options of the layer `rmsNorm`. */
export interface RmsNormLayerOptions extends Omit<LayerNormLayerOptions, 'center' | 'betaInitializer'> {
  /** What is added to the mean square; default 2^-23, the distance of float32 numbers at 1, as in PyTorch. */
  readonly epsilon?: number | undefined;
}

/** Options of the layer `localResponseNorm`. */
export interface ResponseNormLayerOptions extends ResponseNormOptions {
  /** Its name in the model; by default 'localResponseNorm', 'localResponseNorm_1' … */
  readonly name?: string | undefined;
}

const gain = {
  scale: flag(true),
  gammaInitializer: (given: unknown = 'ones') => initializerOf(given as InitializerName),
  trainable: flag(true),
  name: text(undefined),
};
const affine = together(gain, {
  epsilon: positive(1e-5),
  center: flag(true),
  betaInitializer: (given: unknown = 'zeros') => initializerOf(given as InitializerName),
});

const batchNormOptions = options(
  together(affine, { momentum: number(0.1, 0, 1) }) satisfies Rules<BatchNormLayerOptions>,
);
const layerNormOptions = options(
  together(affine, { axis: whole(-1, -Infinity) }) satisfies Rules<LayerNormLayerOptions>,
);
const rmsNormOptions = options(
  together(gain, {
    epsilon: positive(rows.FLOAT_EPSILON),
    axis: whole(-1, -Infinity),
  }) satisfies Rules<RmsNormLayerOptions>,
);
const groupNormOptions = options(affine satisfies Rules<NormOptions>);
const instanceNormOptions = options(
  together(affine, {
    scale: flag(false),
    center: flag(false),
  }) satisfies Rules<NormOptions>,
);
const responseNormOptions = options(
  together(responseNormRules, {
    name: text(undefined),
  }) satisfies Rules<ResponseNormLayerOptions>,
);

interface Affine {
  readonly gamma?: ParameterSpec | undefined;
  readonly beta?: ParameterSpec | undefined;
}

interface AffineGiven {
  readonly scale: boolean;
  readonly gammaInitializer: Initializer;
  readonly center?: boolean;
  readonly betaInitializer?: Initializer;
  readonly trainable: boolean;
}

/** The parameters that these options ask for. */
function affineOf(shape: Shape, given: AffineGiven): Affine {
  const { scale, center, gammaInitializer, betaInitializer, trainable } = given;
  return {
    ...(scale && { gamma: { shape, initializer: gammaInitializer, trainable } }),
    ...(center && { beta: { shape, initializer: betaInitializer!, trainable } }),
  };
}

/** The last axis of samples. */
function channelsOf(kind: string, shape: Shape): Shape {
  check(shape.length > 0, () => `${kind}: expected samples of shape […, channels], got ${shapeText(shape)}`);
  return shape.slice(-1);
}

/**
 * Batch normalisation: gives each channel mean 0 and variance 1 over the batch, then multiplies by `gamma` and adds
 * `beta`, which it learns. x is [n, …, channels]; in training the moments are those of the batch, elsewhere the running
 * ones, the states `movingMean` and `movingVariance`.
 *
 * As in PyTorch running = (1 - momentum)·running + momentum·batch, with a momentum of 0.1 (Keras's momentum is 1 less
 * this); the batch is normalised by the variance divided by n, and the running one collects that divided by n - 1. With
 * `trainable: false`, or in a frozen model, the running ones are used and kept.
 * (S. Ioffe and C. Szegedy, "Batch normalization", 2015.)
 *
 * @throws in training on a batch that has one value for each channel
 */
export function batchNorm(options?: BatchNormLayerOptions): Layer {
  const { momentum, epsilon, name, ...given } = batchNormOptions('batchNorm', options);
  return layer({
    kind: 'batchNorm',
    name,
    signature: [batchNorm, { ...options }],
    build: ({ shape: sample }) => {
      const shape = channelsOf('batchNorm', sample);
      return {
        parameters: affineOf(shape, given),
        state: { movingMean: { shape, initializer: 'zeros' }, movingVariance: { shape, initializer: 'ones' } },
      };
    },
    call: (x, { gamma, beta }, { training, state, update }) => {
      const { movingMean, movingVariance } = state;
      if (!training || !given.trainable) return byMoments(x, movingMean, movingVariance, gamma, beta, epsilon);
      const n = x.size / x.shape.at(-1)!;
      check(n > 1, () => `batchNorm: expected more than one value for each channel in training, got ${x}`);
      const { value, mean, variance } = byBatch(x, gamma, beta, epsilon);
      const next = (running: typeof x, batch: typeof x) =>
        running.mul(1 - momentum).add(batch.stopGradient().mul(momentum));
      update('movingMean', next(movingMean, mean));
      update('movingVariance', next(movingVariance, variance.mul(n / (n - 1))));
      return value;
    },
  });
}

/**
 * Layer normalisation: gives each sample mean 0 and variance 1 over its last axis, or the axes from `axis` on, then
 * multiplies by `gamma` and adds `beta`, which have the shape of these axes and are learned.
 * (J. Ba, J. Kiros and G. Hinton, "Layer normalization", 2016.)
 */
export function layerNorm(options?: LayerNormLayerOptions): Layer {
  const { axis, epsilon, name, ...given } = layerNormOptions('layerNorm', options);
  return layer({
    kind: 'layerNorm',
    name,
    signature: [layerNorm, { ...options }],
    build: ({ shape }) => ({ parameters: affineOf(rowOf('layerNorm', shape, axis), given) }),
    call: (x, { gamma, beta }) => rows.layerNorm(x, { gamma, beta, axis, epsilon }),
  });
}

/** The axes of samples from `axis` on, of which the batch is number 0. */
function rowOf(kind: string, sample: Shape, axis: number): Shape {
  const from = normalizeAxis(kind, axis, sample.length + 1);
  check(from > 0, () => `${kind}: axis ${axis} of samples ${shapeText(sample)} is the batch`);
  return sample.slice(from - 1);
}

/**
 * Gives each sample a mean square of 1 over its last axis, or the axes from `axis` on, and multiplies by `gamma`, which
 * it learns. (B. Zhang and R. Sennrich, "Root mean square layer normalization", 2019.)
 */
export function rmsNorm(options?: RmsNormLayerOptions): Layer {
  const { axis, epsilon, name, ...given } = rmsNormOptions('rmsNorm', options);
  return layer({
    kind: 'rmsNorm',
    name,
    signature: [rmsNorm, { ...options }],
    build: ({ shape }) => ({ parameters: affineOf(rowOf('rmsNorm', shape, axis), given) }),
    call: (x, { gamma }) => rows.rmsNorm(x, { gamma, axis, epsilon }),
  });
}

/**
 * Normalises groups of neighbouring channels of each sample over all of its positions, then multiplies by `gamma` and
 * adds `beta`, a number for each channel, which it learns: x is [n, …, channels].
 * (Y. Wu and K. He, "Group normalization", 2018.)
 *
 * @throws if the channels do not divide by `groups`
 */
export function groupNorm(groups: number, options?: NormOptions): Layer {
  checkWhole('groupNorm: groups', groups);
  const { epsilon, name, ...given } = groupNormOptions('groupNorm', options);
  return layer({
    kind: 'groupNorm',
    name,
    signature: [groupNorm, groups, { ...options }],
    build: ({ shape }) => ({ parameters: affineOf(channelsOf('groupNorm', shape), given) }),
    call: (x, { gamma, beta }) => rows.groupNorm(x, groups, { gamma, beta, epsilon }),
  });
}

/**
 * Normalises each channel of each sample over its positions: x is [n, …, channels]. It learns nothing unless `scale`
 * and `center` ask for it, as in PyTorch. (D. Ulyanov, A. Vedaldi and V. Lempitsky, "Instance normalization", 2016.)
 */
export function instanceNorm(options?: NormOptions): Layer {
  const { epsilon, name, ...given } = instanceNormOptions('instanceNorm', options);
  return layer({
    kind: 'instanceNorm',
    name,
    signature: [instanceNorm, { ...options }],
    build: ({ shape }) => ({ parameters: affineOf(channelsOf('instanceNorm', shape), given) }),
    call: (x, { gamma, beta }) => rows.instanceNorm(x, { gamma, beta, epsilon }),
  });
}

/**
 * Divides each channel by how large it and its neighbours are: x / (k + alpha / size · Σ x²)^beta, as PyTorch has it.
 */
export function localResponseNorm(size: number, options?: ResponseNormLayerOptions): Layer {
  checkWhole('localResponseNorm: size', size);
  const { name, ...how } = responseNormOptions('localResponseNorm', options);
  const signature = [localResponseNorm, size, { ...options }];
  return layer({ kind: 'localResponseNorm', name, signature, call: (x) => responseNormOp(x, size, how) });
}
