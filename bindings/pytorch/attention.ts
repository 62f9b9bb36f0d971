// What attention and blocks of transformers are in PyTorch: a row a layer, in the table of rules.ts.

import type { Tensor } from '../tensor.js';
import { py, pyArguments, unless } from './python.js';
import { type ModuleRule, type Options, one, optionsOf, type RuleOf } from './rule.js';
import type { Call } from './trace.js';

/** Kernels are transposed. */
const TRANSPOSED = { axes: [1, 0] } as const;

const PROJECTIONS = ['query', 'key', 'value'] as const;

/** The tensors of an nn.MultiheadAttention whose variables have these names before theirs: 'attention.', or none. */
function attentionTensors({ variables }: Call, prefix = '', name = prefix): ModuleRule['tensors'] {
  const kernels = PROJECTIONS.map((part) => `${prefix}${part}Kernel`);
  const [width, ...others] = kernels.map((kernel) => variables[kernel]!.shape[0]);
  const apart = others.some((other) => other !== width);
  const hasBias = variables[`${prefix}outputBias`] !== undefined;
  return {
    ...(apart
      ? Object.fromEntries(kernels.map((kernel, i) => [`${name}${'qkv'[i]}_proj_weight`, [kernel, TRANSPOSED]]))
      : { [`${name}in_proj_weight`]: [kernels, TRANSPOSED] }),
    ...(hasBias && { [`${name}in_proj_bias`]: [PROJECTIONS.map((part) => `${prefix}${part}Bias`)] }),
    [`${name}out_proj.weight`]: [`${prefix}outputKernel`, TRANSPOSED],
    ...(hasBias && { [`${name}out_proj.bias`]: [`${prefix}outputBias`] }),
  };
}

const LATER = `def later(query, key):
    """Where a step would read from a step that is still to come."""
    return torch.ones(query.shape[1], key.shape[1], dtype=torch.bool, device=query.device).triu(1)
`;

const ATTEND = `def attend(attention, query, key, value, mask=None, causal=False):
    """Attention to the steps where mask is not 0; a step that may read nothing reads 0."""
    mask = key.new_ones(key.shape[:2]) if mask is None else mask
    closed = (mask if mask.ndim == 3 else mask[:, None]) == 0
    closed = closed | later(query, key) if causal else closed.expand(-1, query.shape[1], -1)
    nothing = closed.all(-1, keepdim=True)
    each = (closed & ~nothing).repeat_interleave(attention.num_heads, 0)
    read = attention(query, key, value, attn_mask=each, need_weights=False)[0]
    bias = attention.out_proj.bias
    return torch.where(nothing, torch.zeros_like(read) if bias is None else bias, read)
`;

const BLOCK = `def block(layer, x, mask, causal, encoded=None, encoded_mask=None):
    """A layer of a transformer, where mask is not 0 a step may be read."""
    parts = [lambda y: attend(layer.self_attn, y, y, y, mask, causal)]
    if encoded is not None:
        parts.append(lambda y: attend(layer.multihead_attn, y, encoded, encoded, encoded_mask))
    parts.append(lambda y: layer.linear2(layer.dropout(layer.activation(layer.linear1(y)))))
    for i, part in enumerate(parts, 1):
        norm, dropout = getattr(layer, f"norm{i}"), getattr(layer, f"dropout{i}")
        x = x + dropout(part(norm(x))) if layer.norm_first else norm(x + dropout(part(x)))
    return x
`;

/** Whether each head of queries has one of keys, and positions turn none: PyTorch knows nothing else. */
const hasPlainHeads = (heads: unknown, { numKeyValueHeads = heads, rotary = false }: Options): boolean =>
  numKeyValueHeads === heads && rotary === false;

/** Whether a mask is the same for all heads. */
const isShared = (mask: Tensor | undefined): boolean => mask === undefined || mask.shape.length < 4;

const attentionRule: RuleOf = (call) => {
  const { variables, input: query, more } = call;
  const { value = query, key = value, mask } = more;
  const [, heads] = call.signature;
  const options = optionsOf(call);
  const { causal = false, dropout = 0, useBias = true } = options;
  const [width, ...others] = [query, key, value].map(({ shape }) => shape.at(-1)!);
  const made = (['query', 'value', 'output'] as const).map((part) => variables[`${part}Kernel`]!.shape[1]);
  const fits = hasPlainHeads(heads, options) && isShared(mask) && made.every((each) => each === width);
  if (!fits) return undefined;
  const apart = others.some((other) => other !== width);
  // PyTorch 1.13 fails in predictions if it has neither a bias nor a mask.
  const limited = mask !== undefined || (!useBias && !causal);
  const text = `nn.MultiheadAttention(${pyArguments([py(width), py(heads)], {
    dropout: unless(0, dropout),
    bias: unless(true, useBias),
    kdim: apart ? py(others[0]) : undefined,
    vdim: apart ? py(others[1]) : undefined,
    batch_first: 'True',
  })})`;
  return {
    takes: 'last',
    modules: one(text, attentionTensors(call)),
    reads: mask ? [key, value, mask] : [key, value],
    code: (x, module = '', k = '', v = '', ...masks) => {
      if (limited) return `attend(${pyArguments([module, x, k, v, ...masks], { causal: unless(false, causal) })})`;
      const limit = { attn_mask: causal ? `later(${x}, ${k})` : undefined };
      return `${module}(${pyArguments([x, k, v], { ...limit, need_weights: 'False' })})[0]`;
    },
    trains: dropout !== 0,
    helpers: limiting(causal, limited),
  };
};

/** The functions for what may be read. */
const limiting = (causal: unknown, masked: boolean, ...more: readonly string[]): string[] => [
  ...(causal || masked ? [LATER] : []),
  ...(masked ? [ATTEND, ...more] : []),
];

/** The activations of a block, as arguments: PyTorch's default is relu. */
const ACTIVATIONS: Readonly<Record<string, string | undefined>> = { relu: undefined, gelu: '"gelu"', silu: 'F.silu' };

/** The names of the parts of a block here, in the order of their norms there. */
const partsOf = (reads: boolean): string[] => ['attention', ...(reads ? ['crossAttention'] : []), 'feedForward'];

function blockTensors(call: Call, reads: boolean): ModuleRule['tensors'] {
  const dense = (there: string, here: string): ModuleRule['tensors'] => ({
    [`${there}.weight`]: [`${here}.kernel`, TRANSPOSED],
    [`${there}.bias`]: [`${here}.bias`],
  });
  const norms = partsOf(reads).flatMap((part, i) => [
    [`norm${i + 1}.weight`, [`${part}Norm.gamma`]] as const,
    [`norm${i + 1}.bias`, [`${part}Norm.beta`]] as const,
  ]);
  return {
    ...attentionTensors(call, 'attention.', 'self_attn.'),
    ...(reads && attentionTensors(call, 'crossAttention.', 'multihead_attn.')),
    ...dense('linear1', 'hidden'),
    ...dense('linear2', 'projection'),
    ...Object.fromEntries(norms),
  };
}

/**
 * A layer of an encoder, which goes on causally in a language model; or of a decoder, if it reads what an encoder made.
 */
const blockRule =
  (causalByDefault: boolean): RuleOf =>
  (call) => {
    const { input, more } = call;
    const { encoded, mask, encodedMask } = more;
    const options = optionsOf(call);
    const { numHeads, intermediateDim, activation = 'relu', norm = 'layerNorm', useBias = true } = options;
    const { normFirst = false, dropout = 0, epsilon = 1e-5, causal = causalByDefault } = options;
    const width = input.shape.at(-1)!;
    const fits =
      hasPlainHeads(numHeads, options) &&
      [mask, encodedMask].every(isShared) &&
      (encoded?.shape.at(-1) ?? width) === width &&
      Object.hasOwn(ACTIVATIONS, activation as string) &&
      norm === 'layerNorm' &&
      useBias;
    if (!fits) return undefined;
    const text = `nn.Transformer${encoded ? 'Decoder' : 'Encoder'}Layer(${pyArguments([py(width), py(numHeads)], {
      dim_feedforward: unless(2048, intermediateDim),
      dropout: unless(0.1, dropout),
      activation: ACTIVATIONS[activation as string],
      layer_norm_eps: unless(1e-5, epsilon),
      batch_first: 'True',
      norm_first: unless(false, normFirst),
    })})`;
    const masked = mask !== undefined || encodedMask !== undefined;
    const code = (x: string, module = '', ...read: readonly string[]): string => {
      const [source, ...masks] = encoded ? read : [undefined, ...read];
      const own = mask ? masks.shift()! : 'None';
      if (masked) {
        const named = { encoded: source, encoded_mask: masks[0] };
        return `block(${pyArguments([module, x, own, py(causal)], named)})`;
      }
      const limit = { [encoded ? 'tgt_mask' : 'src_mask']: causal ? `later(${x}, ${x})` : undefined };
      return `${module}(${pyArguments(source ? [x, source] : [x], limit)})`;
    };
    return {
      takes: 'last',
      modules: one(text, blockTensors(call, encoded !== undefined)),
      reads: [encoded, mask, encodedMask].filter((t) => t !== undefined),
      code,
      activates: true,
      trains: dropout !== 0,
      helpers: limiting(causal, masked, BLOCK),
    };
  };

export const ATTENTION: Readonly<Record<string, RuleOf>> = {
  multiHeadAttention: attentionRule,
  transformerEncoder: blockRule(false),
  transformerDecoder: blockRule(true),
};
