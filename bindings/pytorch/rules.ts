// What the layers of wasmgrad are in PyTorch: a row a layer; those of sequences are in sequences.ts and attention.ts. A
// layer that has none is written by its ops (functions.ts). Not here: how a model is put together (structure.ts).

import { type Activation, type ActivationName, activationOf } from '../layers/activations.js';
import { columnOf, halves, type Padding, type Padding1d, sidesOf, windowsOver } from '../ops/windows.js';
import type { Shape } from '../shape.js';
import { normalizeAxis } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { ATTENTION } from './attention.js';
import { type Arrangement, type Layout, shapeFirst } from './layout.js';
import { py, pyArguments, pyAxes, unless, unlessAll } from './python.js';
import { biasOf, called, type ModuleRule, one, optionsOf, type Rule, type RuleOf, sampleOf } from './rule.js';
import { SEQUENCES } from './sequences.js';
import type { Call } from './trace.js';

const channelsOf = ({ input }: Call): number => input.shape.at(-1)!;

/** The order of features, for what has a number for each. */
const along = (layout: Layout, axis = 0): Pick<Arrangement, 'features'> =>
  typeof layout === 'string' ? {} : { features: { axis, order: layout.order } };

const denseRule: RuleOf = (call, layout) => {
  const { variables } = call;
  const [features, units] = variables.kernel!.shape as [number, number];
  const text = `nn.Linear(${pyArguments([py(features), py(units)], { bias: unless(true, !!variables.bias) })})`;
  const weight = ['kernel', { axes: [1, 0], ...along(layout) }] as const;
  return { takes: 'rows', gives: 'last', modules: one(text, { weight, ...biasOf(call) }), code: called };
};

/** [before, after] of each axis. */
type Sides = readonly (readonly [number, number])[];

interface Windows {
  readonly size: Shape;
  readonly taps: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  /** Of images, or of series. */
  readonly padding: unknown;
}

/** The zeros around an image or a series. */
function sidesAround({ size, taps, strides, dilation, padding }: Windows): Sides {
  const given = size.length === 1 ? columnOf(padding as Padding1d) : (padding as Padding);
  return size.map((n, axis) => {
    const sides = sidesOf(given, axis as 0 | 1);
    if (sides) return sides;
    const [step, reach] = [strides[axis]!, (taps[axis]! - 1) * dilation[axis]! + 1];
    const { count, before } = windowsOver(
      () => 'padding',
      'elements',
      n,
      taps[axis]!,
      step,
      dilation[axis]!,
      undefined,
    );
    return [before, Math.max((count - 1) * step + reach - n, 0) - before];
  });
}

const symmetric = (sides: Sides): number[] | undefined =>
  sides.every(([before, after]) => before === after) ? sides.map(([before]) => before) : undefined;

/** `x` with elements around it, the last axis first, as PyTorch wants it. */
const padded = (x: string, sides: Sides, value?: string): string =>
  `F.pad(${pyArguments([x, py([...sides].reverse().flat())], { value })})`;

/** A number for each axis of an option that may be one number. */
const each = (given: unknown, rank: number, fallback = 1): number[] =>
  Array.isArray(given) ? [...given] : new Array<number>(rank).fill((given as number | undefined) ?? fallback);

/** Axes of a kernel [taps …, in, out] in the order [out, in, taps …]. */
const kernelAxes = (rank: number): number[] => [rank + 1, rank, ...Array.from({ length: rank }, (_, i) => i)];

interface Convolution {
  /** Of axes: 1 or 2. */
  readonly rank: number;
  readonly channels: number;
  readonly filters: number;
  readonly taps: readonly number[];
  readonly groups: number;
  readonly bias: boolean;
}

/** Text and code of a convolution. */
function convolution(call: Call, { rank, channels, filters, taps, groups, bias }: Convolution) {
  const given = optionsOf(call);
  const [strides, dilation] = [each(given.strides, rank), each(given.dilation, rank)];
  const { padding = 'valid' } = given;
  const size = sampleOf(call.input).slice(0, rank);
  const sides = sidesAround({ size, taps, strides, dilation, padding });
  const same = padding === 'same' && strides.every((stride) => stride === 1);
  const around = symmetric(sides);
  const text = `nn.Conv${rank}d(${pyArguments([py(channels), py(filters), pyAxes(taps)], {
    stride: unlessAll(1, strides),
    padding: same ? '"same"' : around && unlessAll(0, around),
    dilation: unlessAll(1, dilation),
    groups: unless(1, groups),
    bias: unless(true, bias),
  })})`;
  const code = (x: string, module = ''): string => called(same || around ? x : padded(x, sides), module);
  return { text, code };
}

const convRule =
  (rank: number): RuleOf =>
  (call) => {
    const [, filters, size] = call.signature as [unknown, number, unknown];
    const { groups = 1 } = optionsOf(call) as { groups?: number };
    const bias = !!call.variables.bias;
    const given = { rank, channels: channelsOf(call), filters, taps: each(size, rank), groups, bias };
    const { text, code } = convolution(call, given);
    const weight = ['kernel', { axes: kernelAxes(rank) }] as const;
    return { takes: 'first', modules: one(text, { weight, ...biasOf(call) }), code };
  };

/** A kernel [rows, columns, channels, multiplier] as that of as many groups as there are channels. */
function depthwiseKernel(kernel: Tensor): Arrangement {
  const [rows, columns, channels, multiplier] = kernel.shape as [number, number, number, number];
  return { axes: [2, 3, 0, 1], shape: [channels * multiplier, 1, rows, columns] };
}

function depthwise(call: Call, kernel: Tensor, bias: boolean) {
  const [rows, columns, channels, multiplier] = kernel.shape as [number, number, number, number];
  const [filters, taps] = [channels * multiplier, [rows, columns]];
  return convolution(call, { rank: 2, channels, filters, taps, groups: channels, bias });
}

const depthwiseRule: RuleOf = (call) => {
  const kernel = call.variables.kernel!;
  const { text, code } = depthwise(call, kernel, !!call.variables.bias);
  const weight = ['kernel', depthwiseKernel(kernel)] as const;
  return { takes: 'first', modules: one(text, { weight, ...biasOf(call) }), code };
};

const separableRule: RuleOf = (call) => {
  const { depthwiseKernel: kernel, pointwiseKernel, bias } = call.variables;
  const { text, code } = depthwise(call, kernel!, false);
  const [, , channels, filters] = pointwiseKernel!.shape as [number, number, number, number];
  const mixing = `nn.Conv2d(${pyArguments([py(channels), py(filters), '1'], { bias: unless(true, !!bias) })})`;
  return {
    takes: 'first',
    modules: [
      { name: 'depthwise', text, tensors: { weight: ['depthwiseKernel', depthwiseKernel(kernel!)] } },
      {
        name: 'pointwise',
        text: mixing,
        tensors: { weight: ['pointwiseKernel', { axes: kernelAxes(2) }], ...biasOf(call) },
      },
    ],
    code: (x, first, second) => called(code(x, first), second),
  };
};

const transposedRule =
  (rank: number): RuleOf =>
  (call) => {
    const [, filters, size] = call.signature as [unknown, number, unknown];
    const given = optionsOf(call);
    const { groups = 1, padding = 'valid' } = given as { groups?: number; padding?: unknown };
    const [taps, strides, dilation] = [each(size, rank), each(given.strides, rank), each(given.dilation, rank)];
    const added = each(given.outputPadding, rank, 0);
    const around = rank === 1 ? columnOf(padding as Padding1d) : (padding as Padding);
    // What is cut off the full result, which has (n - 1)·stride + reach elements, and what is added at its end.
    const cuts = taps.map((k, axis) => {
      const over = (k - 1) * dilation[axis]! + 1 - strides[axis]!;
      const sides = sidesOf(around, axis as 0 | 1);
      return { sides: sides ?? halves(over), added: sides ? added[axis]! : Math.max(-over, 0) };
    });
    const equal = symmetric(cuts.map(({ sides }) => sides));
    const text = `nn.ConvTranspose${rank}d(${pyArguments([py(channelsOf(call)), py(filters), pyAxes(taps)], {
      stride: unlessAll(1, strides),
      padding: equal && unlessAll(0, equal),
      output_padding: unlessAll(
        0,
        cuts.map((cut) => cut.added),
      ),
      groups: unless(1, groups),
      bias: unless(true, !!call.variables.bias),
      dilation: unlessAll(1, dilation),
    })})`;
    const sizes = sampleOf(call.output);
    const kept = cuts.map(({ sides: [before] }, axis) => `${before}:${before + sizes[axis]!}`);
    return {
      takes: 'first',
      // [taps …, out, in] is [in, out, taps …] there.
      modules: one(text, { weight: ['kernel', { axes: kernelAxes(rank) }], ...biasOf(call) }),
      code: (x, module) => (equal ? called(x, module) : `${called(x, module)}[:, :, ${kept.join(', ')}]`),
    };
  };

/** The tensors of a normalisation; undefined if it has one of gamma and beta, which no module of PyTorch has alone. */
function affine({ variables: { gamma, beta } }: Call, how: Arrangement = {}): ModuleRule['tensors'] | undefined {
  if (!gamma !== !beta) return undefined;
  return gamma ? { weight: ['gamma', how], bias: ['beta', how] } : {};
}

const batchNormRule: RuleOf = (call, layout) => {
  const { epsilon = 1e-5, momentum = 0.1 } = optionsOf(call);
  const rank = call.input.shape.length;
  const rows = rank === 2 ? along(layout) : {};
  const tensors = affine(call, rows);
  if (!tensors || rank < 2 || rank > 4) return undefined;
  const text = `nn.BatchNorm${rank === 4 ? 2 : 1}d(${pyArguments([py(channelsOf(call))], {
    eps: unless(1e-5, epsilon),
    momentum: unless(0.1, momentum),
    affine: unless(true, 'weight' in tensors),
  })})`;
  const running = { running_mean: ['movingMean', rows], running_var: ['movingVariance', rows] } as const;
  return {
    takes: rank === 2 ? 'rows' : 'first',
    modules: one(text, { ...tensors, ...running }),
    code: called,
    trains: true,
  };
};

const layerNormRule: RuleOf = (call, layout) => {
  const { epsilon = 1e-5, axis = -1 } = optionsOf(call) as { epsilon?: number; axis?: number };
  const sample = sampleOf(call.input);
  const row = sample.slice(normalizeAxis('layerNorm', axis, sample.length + 1) - 1);
  // Whole images have their channels first there, and so have gamma and beta.
  const whole = layout === 'first' && row.length === sample.length;
  const how = whole
    ? { axes: [row.length - 1, ...row.keys()].slice(0, row.length) }
    : row.length === 1
      ? along(layout)
      : {};
  const tensors = affine(call, how);
  if (!tensors) return undefined;
  const shape = whole ? shapeFirst(row) : row;
  const text = `nn.LayerNorm(${pyArguments([shape.length === 1 ? py(shape[0]) : py(shape)], {
    eps: unless(1e-5, epsilon),
    elementwise_affine: unless(true, 'weight' in tensors),
  })})`;
  const takes = whole ? 'first' : sample.length === 1 ? 'rows' : 'last';
  return { takes, modules: one(text, tensors), code: called };
};

const RMS_NORM = `class RMSNorm(nn.Module):
    """Gives each row a mean square of 1; PyTorch has nn.RMSNorm from 2.4 on."""

    def __init__(self, shape, eps, affine=True):
        super().__init__()
        self.axes = tuple(range(-len(shape), 0))
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(shape)) if affine else None

    def forward(self, x):
        x = x * torch.rsqrt(x.square().mean(self.axes, keepdim=True) + self.eps)
        return x if self.weight is None else x * self.weight
`;

/** The distance of float32 numbers at 1: the default of PyTorch. */
const FLOAT_EPSILON = 2 ** -23;

const rmsNormRule: RuleOf = (call) => {
  const { epsilon = FLOAT_EPSILON, axis = -1 } = optionsOf(call) as { epsilon?: number; axis?: number };
  const sample = sampleOf(call.input);
  const row = sample.slice(normalizeAxis('rmsNorm', axis, sample.length + 1) - 1);
  const { gamma } = call.variables;
  const text = `RMSNorm(${pyArguments([py(row), py(epsilon)], { affine: unless(true, !!gamma) })})`;
  return { takes: 'last', modules: one(text, gamma ? { weight: ['gamma'] } : {}), code: called, helpers: [RMS_NORM] };
};

const groupNormRule: RuleOf = (call) => {
  const { epsilon = 1e-5 } = optionsOf(call);
  const tensors = affine(call);
  if (!tensors) return undefined;
  const text = `nn.GroupNorm(${pyArguments([py(call.signature[1]), py(channelsOf(call))], {
    eps: unless(1e-5, epsilon),
    affine: unless(true, 'weight' in tensors),
  })})`;
  return { takes: call.input.shape.length > 2 ? 'first' : 'last', modules: one(text, tensors), code: called };
};

const instanceNormRule: RuleOf = (call) => {
  const { epsilon = 1e-5 } = optionsOf(call);
  const tensors = affine(call);
  const rank = call.input.shape.length - 2;
  if (!tensors || rank < 1 || rank > 2) return undefined;
  const text = `nn.InstanceNorm${rank}d(${pyArguments([py(channelsOf(call))], {
    eps: unless(1e-5, epsilon),
    affine: unless(false, 'weight' in tensors),
  })})`;
  return { takes: 'first', modules: one(text, tensors), code: called };
};

const responseNormRule: RuleOf = (call) => {
  const { alpha = 1e-4, beta = 0.75, k = 1 } = optionsOf(call);
  if (call.input.shape.length < 3) return undefined;
  const text = pyArguments([py(call.signature[1])], {
    alpha: unless(1e-4, alpha),
    beta: unless(0.75, beta),
    k: unless(1, k),
  });
  return { takes: 'first', modules: [], code: (x) => `F.local_response_norm(${x}, ${text})` };
};

const preluRule: RuleOf = (call, layout) => {
  const { shape } = call.variables.alpha!;
  const channels = shape.at(-1)!;
  if (shape.reduce((a, b) => a * b, 1) !== channels) return undefined;
  const alpha = { shape: [channels], ...along(layout, shape.length - 1) };
  const modules = one(`nn.PReLU(${channels})`, { weight: ['alpha', alpha] });
  return { takes: shape.length === 1 ? 'rows' : 'first', modules, code: called };
};

const dropoutRule =
  (name: string, takes: Rule['takes']): RuleOf =>
  ({ signature }) => ({ takes, modules: one(`nn.${name}(${py(signature[1])})`), code: called, trains: true });

const GAUSSIAN_NOISE = `class GaussianNoise(nn.Module):
    """Adds normal noise in training."""

    def __init__(self, std):
        super().__init__()
        self.std = std

    def forward(self, x):
        return x + self.std * torch.randn_like(x) if self.training else x
`;

const gaussianNoiseRule: RuleOf = ({ signature }) => ({
  takes: 'any',
  modules: one(`GaussianNoise(${py(signature[1])})`),
  code: called,
  trains: true,
  helpers: [GAUSSIAN_NOISE],
});

const poolRule =
  (kind: 'max' | 'avg', rank: number): RuleOf =>
  (call) => {
    const given = optionsOf(call);
    const { padding = 'valid', ceilMode = false, countIncludePad = true } = given;
    const taps = each(call.signature[1], rank);
    const strides = each(given.strides ?? taps, rank);
    const size = sampleOf(call.input).slice(0, rank);
    const around = Array.isArray(padding) ? padding.map((side) => [side, side]).slice(0, rank) : padding;
    const of = rank === 1 && Array.isArray(around) ? around[0] : around;
    const sides = sidesAround({ size, taps, strides, dilation: each(1, rank), padding: of });
    const equal = symmetric(sides);
    const shared = { stride: py(strides) === py(taps) ? undefined : pyAxes(strides) };
    const ceil = { ceil_mode: unless(false, ceilMode && padding !== 'same') };
    const pool = (x: string, named: Readonly<Record<string, string | undefined>>): string =>
      `F.${kind}_pool${rank}d(${pyArguments([x, pyAxes(taps)], { ...shared, ...named })})`;
    const counted = kind === 'max' || !equal?.some((side) => side > 0) || (countIncludePad && padding !== 'same');
    const code = (x: string): string => {
      if (equal) {
        const count = { count_include_pad: unless(true, counted) };
        return pool(x, { padding: unlessAll(0, equal), ...ceil, ...count });
      }
      if (kind === 'max') return pool(padded(x, sides, py(-Infinity)), ceil);
      // Of a mean whose padding does not count: the sum of a window by how many elements it has.
      return `${pool(padded(x, sides), ceil)} / ${pool(padded(`torch.ones_like(${x})`, sides), ceil)}`;
    };
    return { takes: 'first', modules: [], code };
  };

const adaptiveRule =
  (rank: number): RuleOf =>
  ({ signature }) => ({
    takes: 'first',
    modules: [],
    code: (x) => `F.adaptive_avg_pool${rank}d(${x}, ${pyAxes(each(signature[1], rank))})`,
  });

const upSamplingRule: RuleOf = (call) => {
  const { size = 2, interpolation = 'nearest' } = optionsOf(call);
  const factor = pyAxes(each(size, 2));
  const mode = interpolation === 'nearest' ? '"nearest"' : '"bilinear", align_corners=False';
  return { takes: 'first', modules: [], code: (x) => `F.interpolate(${x}, scale_factor=${factor}, mode=${mode})` };
};

/** By kind. */
const RULES: Readonly<Record<string, RuleOf>> = {
  dense: denseRule,
  conv1d: convRule(1),
  conv2d: convRule(2),
  depthwiseConv2d: depthwiseRule,
  separableConv2d: separableRule,
  conv1dTranspose: transposedRule(1),
  conv2dTranspose: transposedRule(2),
  batchNorm: batchNormRule,
  layerNorm: layerNormRule,
  rmsNorm: rmsNormRule,
  groupNorm: groupNormRule,
  instanceNorm: instanceNormRule,
  localResponseNorm: responseNormRule,
  prelu: preluRule,
  dropout: dropoutRule('Dropout', 'any'),
  spatialDropout1d: dropoutRule('Dropout1d', 'first'),
  spatialDropout2d: dropoutRule('Dropout2d', 'first'),
  gaussianNoise: gaussianNoiseRule,
  maxPool1d: poolRule('max', 1),
  maxPool2d: poolRule('max', 2),
  avgPool1d: poolRule('avg', 1),
  avgPool2d: poolRule('avg', 2),
  adaptiveAvgPool1d: adaptiveRule(1),
  adaptiveAvgPool2d: adaptiveRule(2),
  upSampling2d: upSamplingRule,
  ...SEQUENCES,
  ...ATTENTION,
};

/** The rule for a call; undefined if the layer is to be written by its ops. */
export function ruleOf(call: Call, layout: Layout): Rule | undefined {
  // A layer of a user that has a kind of ours says by no call how it is made.
  const known = call.signature.length > 0 && Object.hasOwn(RULES, call.kind);
  return known ? RULES[call.kind]!(call, layout) : undefined;
}

/** Whether a call has a rule, and if so what is applied to what it gives: the activation of a layer. */
export function cutOf(call: Call): ((leaf: Tensor) => Tensor) | undefined {
  const rule = ruleOf(call, 'last');
  if (!rule) return undefined;
  if (rule.activates) return (leaf) => leaf;
  const { activation = 'linear' } = optionsOf(call) as { activation?: ActivationName | Activation };
  return activationOf(activation as ActivationName);
}
