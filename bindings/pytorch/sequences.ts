// What the layers of sequences are in PyTorch: a row a layer, in the table of rules.ts.

import { type ActivationName, activationOf } from '../layers/activations.js';
import type { Layer, LayerDefinition } from '../layers/layer.js';
import { py, pyArguments, unless } from './python.js';
import { called, type ModuleRule, type Options, one, optionsOf, type RuleOf } from './rule.js';
import type { Call } from './trace.js';

/** A recurrent layer of one direction. */
interface Recurrent {
  readonly kind: string;
  readonly units: number;
  readonly options: Options;
}

/** The modules that are one instruction here, too. */
const CELLS: Readonly<Record<string, string>> = { simpleRnn: 'RNN', lstm: 'LSTM', gru: 'GRU' };

/** What RNN can apply; undefined if it can't. */
const nonlinearity = ({ activation = 'tanh' }: Options): string | undefined =>
  (['tanh', 'relu'] as const).find((name) => activationOf(name) === activationOf(activation as ActivationName));

/** What a call says of its layer; undefined if PyTorch has no such one. */
function recurrentOf(kind: string, [, units, options = {}]: readonly unknown[]): Recurrent | undefined {
  const given = options as Options;
  const { recurrentDropout = 0, returnState = false } = given;
  const fits = Object.hasOwn(CELLS, kind) && nonlinearity(given) && recurrentDropout === 0 && !returnState;
  return fits ? { kind, units: units as number, options: given } : undefined;
}

/** The text of a module; it takes and gives [n, time, features] as here. */
function moduleText({ kind, units, options }: Recurrent, features: number, bidirectional: boolean): string {
  const { useBias = true } = options;
  return `nn.${CELLS[kind]}(${pyArguments([py(features), py(units)], {
    nonlinearity: kind === 'simpleRnn' ? unless('tanh', nonlinearity(options)) : undefined,
    bias: unless(true, useBias),
    batch_first: 'True',
    bidirectional: unless(false, bidirectional),
  })})`;
}

/** The tensors of one direction: kernels are transposed, and gates are in the same order. */
function tensorsOf({ variables }: Call, prefix: string, suffix: string): ModuleRule['tensors'] {
  const transposed = { axes: [1, 0] };
  const biases = variables[`${prefix}bias`] && {
    [`bias_ih_l0${suffix}`]: [`${prefix}bias`],
    [`bias_hh_l0${suffix}`]: [`${prefix}recurrentBias`],
  };
  return {
    [`weight_ih_l0${suffix}`]: [`${prefix}kernel`, transposed],
    [`weight_hh_l0${suffix}`]: [`${prefix}recurrentKernel`, transposed],
    ...(biases as ModuleRule['tensors'] | undefined),
  };
}

/**
 * The sequences as the module gets them: some of the features are dropped in all steps, and the last step may be the
 * first.
 */
function given(x: string, module: string, { dropout = 0, goBackwards = false }: Options): string {
  const turned = goBackwards ? `${x}.flip(1)` : x;
  if (dropout === 0) return turned;
  return `F.dropout1d(${turned}.movedim(-1, 1), ${py(dropout)}, ${module}.training).movedim(1, -1)`;
}

const recurrentRule: RuleOf = (call) => {
  const layer = recurrentOf(call.kind, call.signature);
  if (!layer) return undefined;
  const { returnSequences = false, dropout = 0 } = layer.options;
  const modules = one(moduleText(layer, call.input.shape.at(-1)!, false), tensorsOf(call, '', ''));
  const code = (x: string, module = ''): string =>
    `${called(given(x, module, layer.options), module)}[0]${returnSequences ? '' : '[:, -1]'}`;
  return { takes: 'last', modules, code, trains: dropout !== 0, activates: true };
};

/** How both directions become one, along an axis. */
const MERGES: Readonly<Record<string, string>> = { sum: 'sum', ave: 'mean', mul: 'prod' };

/** Both directions as one module, if they differ in nothing but that. */
const bidirectionalRule: RuleOf = (call) => {
  const { backward, mergeMode = 'concat' } = optionsOf(call) as { backward?: Layer; mergeMode?: string };
  const { kind, definition } = call.signature[1] as Layer;
  const layer = recurrentOf(kind, (definition as LayerDefinition).signature ?? []);
  const [forwards, backwards] = new Set(Object.keys(call.variables).map((name) => name.replace(/[^.]*$/, '')));
  if (!layer || backward || layer.options.goBackwards || !forwards || !backwards) return undefined;
  const { returnSequences = false, dropout = 0 } = layer.options;
  if (dropout !== 0) return undefined; // each direction drops features of its own
  const tensors = { ...tensorsOf(call, forwards, ''), ...tensorsOf(call, backwards, '_reverse') };
  const last = layer.kind === 'lstm' ? '[1][0]' : '[1]';
  const merge = MERGES[mergeMode];
  const code = (x: string, module = ''): string => {
    const both = called(x, module);
    if (!returnSequences) return `${both}${last}${merge ? `.${merge}(0)` : '.movedim(0, 1).flatten(1)'}`;
    return `${both}[0]${merge ? `.unflatten(-1, (2, ${layer.units})).${merge}(-2)` : ''}`;
  };
  return { takes: 'last', modules: one(moduleText(layer, call.input.shape.at(-1)!, true), tensors), code };
};

const embeddingRule: RuleOf = ({ variables, signature }) => {
  const { paddingIndex } = signature.at(-1) as { paddingIndex?: number };
  const [tokens, width] = variables.embeddings!.shape as [number, number];
  const named = { padding_idx: paddingIndex === undefined ? undefined : py(paddingIndex) };
  const text = `nn.Embedding(${pyArguments([py(tokens), py(width)], named)})`;
  return { takes: 'last', modules: one(text, { weight: ['embeddings'] }), code: called };
};

const SINUSOIDS = `class Sinusoids(nn.Module):
    """Adds sines and cosines of its position to each step."""

    def forward(self, x):
        time, width = x.shape[-2:]
        columns = torch.arange(width, device=x.device)
        position = torch.arange(time, device=x.device, dtype=torch.float64)[:, None]
        angle = position / 10000 ** ((columns - columns % 2) / width)
        return x + torch.where(columns % 2 == 0, angle.sin(), angle.cos()).to(x.dtype)
`;

const positionalRule: RuleOf = ({ variables, input }) => {
  if (!variables.embeddings) return { takes: 'last', modules: one('Sinusoids()'), code: called, helpers: [SINUSOIDS] };
  const [positions, width] = variables.embeddings.shape as [number, number];
  const modules = one(`nn.Embedding(${positions}, ${width})`, { weight: ['embeddings'] });
  return { takes: 'last', modules, code: (x, module) => `${x} + ${module}.weight[:${input.shape[1]}]` };
};

export const SEQUENCES: Readonly<Record<string, RuleOf>> = {
  embedding: embeddingRule,
  positionalEmbedding: positionalRule,
  simpleRnn: recurrentRule,
  lstm: recurrentRule,
  gru: recurrentRule,
  bidirectional: bidirectionalRule,
};
