// multiHeadAttention: a layer whose heads learn what to look for in a sequence. Not here: what they compute then
// (ops/multihead.ts, the op of this name), and blocks that are made of it (transformer.ts).

import { check, checkIs, checkWhole } from '../errors.js';
import type { Initializer, InitializerName } from '../initializers/initializers.js';
import { attended, attentionWeights, checkAttention } from '../ops/attention.js';
import { checkRotary, checkShared, headsOf, NAME, outputOf, withHeads } from '../ops/multihead.js';
import { anything, callable, flag, options, type Rules, range, text, whole } from '../options.js';
import { type Shape, shapeText } from '../shape.js';
import { Tensor } from '../tensor.js';
import { decodingAtWork } from './decoding.js';
import { rotated } from './embedding.js';
import { initializer } from './filters.js';
import { type Layer, layer, type ParameterSpec, type Regularizer, type SpecOf, type TensorSpec } from './layer.js';
import { marked, maskOf } from './masks.js';

/** Options of the layer `multiHeadAttention`. */
export interface MultiHeadAttentionLayerOptions {
  /** How many heads keys and values have; each serves as many heads of queries. By default `numHeads`. */
  readonly numKeyValueHeads?: number | undefined;
  /** Whether step i reads from steps 0 … i only; default false. */
  readonly causal?: boolean | undefined;
  /** The probability with which a weight is 0 in training; default 0. */
  readonly dropout?: number | undefined;
  /** Whether biases are added to queries, keys, values and outputs; default true. */
  readonly useBias?: boolean | undefined;
  /** The width of the values of a head; default `keyDim`. */
  readonly valueDim?: number | undefined;
  /** The width of the output; by default that of the queries. */
  readonly outputDim?: number | undefined;
  /** Whether queries and keys are turned by their positions, as in `rotaryEmbedding`; default false. */
  readonly rotary?: boolean | undefined;
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: InitializerName | Initializer | undefined;
  /** Default 'zeros'. */
  readonly biasInitializer?: InitializerName | Initializer | undefined;
  /** What is added to the loss for each kernel: `l2(0.01)`; by default nothing. */
  readonly kernelRegularizer?: Regularizer | undefined;
  /** Whether training changes the parameters; default true. */
  readonly trainable?: boolean | undefined;
  /** Its name in the model; by default 'multiHeadAttention', 'multiHeadAttention_1' … */
  readonly name?: string | undefined;
}

/** What a layer of attention is called with, where queries, keys and values are not all made of one tensor. */
export interface AttentionInput {
  /** What queries are made of: [n, time, width]. */
  readonly query: Tensor;
  /** What is read: values are made of it, [n, steps, width]. */
  readonly value: Tensor;
  /** What keys are made of, [n, steps, width]; by default `value`. */
  readonly key?: Tensor | undefined;
  /** 1 where a step may be read, else 0: [n, steps], [n, time, steps], or [n, heads, time, steps]. */
  readonly mask?: Tensor | undefined;
}

const attentionOptions = options({
  numKeyValueHeads: whole(undefined, 1),
  causal: flag(false),
  dropout: range(0, 0, 1),
  useBias: flag(true),
  valueDim: whole(undefined, 1),
  outputDim: whole(undefined, 1),
  rotary: flag(false),
  kernelInitializer: initializer('glorotUniform'),
  biasInitializer: initializer('zeros'),
  kernelRegularizer: callable<Regularizer>(),
  trainable: flag(true),
  name: text(undefined),
} satisfies Rules<MultiHeadAttentionLayerOptions>);

/** Reads what attention is called with, or what is known of it before, by name. */
const inputParts = options({
  query: anything<Tensor>(),
  value: anything<Tensor>(),
  key: anything<Tensor | undefined>(),
  mask: anything<Tensor | undefined>(),
} satisfies Rules<AttentionInput>);

const PARTS = ['query', 'key', 'value', 'output'] as const;

type Part = (typeof PARTS)[number];

type Given = ReturnType<typeof attentionOptions>;

type InputSpec = SpecOf<Tensor> | SpecOf<{ query: Tensor; value: Tensor; key?: Tensor }>;

type Parameters = { [K in `${Part}Kernel`]: ParameterSpec } & { [K in `${Part}Bias`]?: ParameterSpec | undefined };

/** The widths of what queries, keys and values are made of; throws unless these are sequences. */
function widthsOf(what: string, input: InputSpec): Record<'query' | 'key' | 'value', number> {
  const from = 'shape' in input ? { query: input, value: input } : (inputParts(what, input) as unknown as typeof input);
  const width = (spec: TensorSpec | undefined, name: string): number => {
    checkIs(spec !== undefined, `${what}: ${name}`, 'a tensor [n, time, width]', spec);
    check(spec.shape.length === 2, () => {
      return `${what}: expected samples of shape [time, width], got ${shapeText(spec.shape)} as ${name}`;
    });
    return spec.shape[1]!;
  };
  const [query, value] = [width(from.query, 'query'), width(from.value, 'value')];
  return { query, key: from.key ? width(from.key, 'key') : value, value };
}

/** A kernel for each part, and a bias if there is to be one. */
function parametersOf(shapes: Readonly<Record<Part, Shape>>, given: Given): Parameters {
  const { kernelInitializer, kernelRegularizer: regularizer, biasInitializer, useBias, trainable } = given;
  const kernels = PARTS.map((part) => {
    return [`${part}Kernel`, { shape: shapes[part], initializer: kernelInitializer, regularizer, trainable }];
  });
  const biases = PARTS.map((part) => {
    return [`${part}Bias`, { shape: shapes[part].slice(-1), initializer: biasInitializer, trainable }];
  });
  return Object.fromEntries(useBias ? [...kernels, ...biases] : kernels);
}

/** What a step reads besides itself and the steps before it; undefined if nothing. */
function readsMore({ query, value, key = value, mask }: AttentionInput, causal: boolean): string | undefined {
  if (query !== value || query !== key) return 'multiHeadAttention reads from another sequence';
  if (!causal) return 'multiHeadAttention without { causal: true } reads from steps that are still to come';
  return mask && mask.shape.length > 2 ? 'multiHeadAttention has a mask of pairs of steps' : undefined;
}

/** What may be read, by a mask that has heads: where a sequence is written step by step, the steps so far. */
function limitsOf(causal: boolean, mask: Tensor | undefined): { causal?: boolean; mask: Tensor | undefined } {
  const decoding = decodingAtWork();
  const column = mask && decoding?.withPast(mask.toFloat().transpose([0, 1, 3, 2]));
  if (!decoding?.position) return { causal, mask };
  return { mask: column ? column.transpose([0, 1, 3, 2]).mul(decoding.past) : decoding.past };
}

/**
 * Attention by several heads: each step of a sequence reads from the steps whose keys fit its query. A head makes
 * queries and keys of `keyDim` numbers and values of `valueDim`, softmax(q·kᵀ / √keyDim)·v; what the heads read, side
 * by side, is multiplied by the output's kernel.
 *
 * It is called with one tensor [n, time, width], which attends to itself, or with { query, value, key, mask }. A step
 * that may read nothing reads 0. `inspect` shows the weights as `attention`, [n, heads, time, steps]. Kernels are
 * `queryKernel` [width, heads·keyDim], `keyKernel`, `valueKernel` and `outputKernel` [heads·valueDim, outputDim], head
 * by head.
 * (A. Vaswani et al., "Attention is all you need", 2017; fewer heads of keys: J. Ainslie et al., "GQA", 2023.)
 *
 * @throws if `numHeads` does not divide by `numKeyValueHeads`, or an option or shape does not fit
 */
export function multiHeadAttention(
  numHeads: number,
  keyDim: number,
  options?: MultiHeadAttentionLayerOptions,
): Layer<Tensor | AttentionInput> {
  checkWhole('multiHeadAttention: numHeads', numHeads);
  checkWhole('multiHeadAttention: keyDim', keyDim);
  const given = attentionOptions('multiHeadAttention', options);
  const { numKeyValueHeads: shared = numHeads, valueDim = keyDim, causal, dropout, rotary } = given;
  checkShared(numHeads, shared);
  if (rotary) checkRotary(keyDim);
  return layer<Parameters, object, Tensor | AttentionInput>({
    kind: 'multiHeadAttention',
    name: given.name,
    signature: [multiHeadAttention, numHeads, keyDim, { ...options }],
    build: (input) => {
      const { query, key, value } = widthsOf(`multiHeadAttention(${numHeads}, ${keyDim})`, input as InputSpec);
      const shapes: Record<Part, Shape> = {
        query: [query, numHeads * keyDim],
        key: [key, shared * keyDim],
        value: [value, shared * valueDim],
        output: [numHeads * valueDim, given.outputDim ?? query],
      };
      return { parameters: parametersOf(shapes, given) };
    },
    call: (input, parameters, { training, key: own, show }) => {
      const from: AttentionInput =
        input instanceof Tensor ? { query: input, value: input } : inputParts('multiHeadAttention', input);
      const { query, value, key: read = value } = from;
      const decoding = decodingAtWork();
      decoding?.refuse(readsMore(from, causal));
      const turned = (x: Tensor): Tensor => (rotary ? rotated(x) : x);
      const [queries, ...others] = headsOf({ query, key: read, value }, parameters, numHeads, shared);
      const masks = [from.mask, maskOf(value)].filter((mask) => mask !== undefined);
      const [first, second] = masks.map((mask) => withHeads(mask, queries, others[0]));
      const limits = limitsOf(causal, second ? first!.notEqual(0).mul(second) : first);
      const all = [turned(others[0]), others[1]] as const;
      const [k, v] = decoding ? (all.map((x) => decoding.withPast(x)) as [Tensor, Tensor]) : all;
      const q = turned(queries);
      show('attention', attentionWeights(checkAttention(q, k, v, limits, NAME)));
      const key = training && dropout > 0 ? own : undefined;
      const output = outputOf(attended(NAME, q, k, v, { ...limits, ...(key && { dropout, key }) }), parameters);
      const steps = maskOf(query);
      return steps ? marked(output, steps) : output;
    },
  });
}
