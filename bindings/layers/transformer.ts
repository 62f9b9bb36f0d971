// Blocks of transformers: attention, then a network for each step, both around a shortcut. Not here: attention itself
// (attention.ts).

import { check, checkPositive, checkWhole } from '../errors.js';
import { gelu, silu } from '../ops/activations.js';
import {
  anything,
  flag,
  oneOf,
  options,
  type Rule,
  type Rules,
  range,
  rule,
  text,
  together,
  whole,
} from '../options.js';
import { shapeText } from '../shape.js';
import { checkedTensor, Tensor } from '../tensor.js';
import { multiHeadAttention } from './attention.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { type Layer, layer } from './layer.js';
import { layerNorm, rmsNorm } from './normalization.js';

/** Options of `transformerEncoder` and `transformerDecoder`. */
export interface TransformerOptions {
  /** How many heads attention has; the width of the samples must divide by it. */
  readonly numHeads: number;
  /** The width of the network for each step, between its two layers. */
  readonly intermediateDim: number;
  /** How many heads keys and values have; by default `numHeads`. */
  readonly numKeyValueHeads?: number | undefined;
  /** Whether step i reads from steps 0 … i only; of the encoder false by default, of the decoder true. */
  readonly causal?: boolean | undefined;
  /** Whether queries and keys are turned by their positions, as in `rotaryEmbedding`; default false. */
  readonly rotary?: boolean | undefined;
  /**
   * Whether each part normalises what it reads; by default (false) what it has added itself to, as in the first
   * transformers.
   */
  readonly normFirst?: boolean | undefined;
  /** In the network for each step; default 'relu'. 'swiglu' is silu(x·G)⊙(x·W), with a third kernel. */
  readonly activation?: 'relu' | 'gelu' | 'silu' | 'swiglu' | undefined;
  /** Default 'layerNorm'. */
  readonly norm?: 'layerNorm' | 'rmsNorm' | undefined;
  /** The rate of dropout of attention weights, in the network for each step, and of what each part adds; default 0. */
  readonly dropout?: number | undefined;
  /** Whether kernels have biases; default true. */
  readonly useBias?: boolean | undefined;
  /** What is added to variances; by default that of the norm. */
  readonly epsilon?: number | undefined;
  /** Its name in the model; by default 'transformerEncoder', 'transformerEncoder_1' … */
  readonly name?: string | undefined;
}

/** What `transformerEncoder` is called with, where some steps are no more than padding. */
export interface EncoderInput {
  /** [n, time, width]. */
  readonly sequence: Tensor;
  /** 1 where a step may be read, else 0: [n, time], or [n, time, time]. */
  readonly mask?: Tensor | undefined;
}

/** What `transformerDecoder` is called with, where it reads what an encoder has made. */
export interface DecoderInput extends EncoderInput {
  /** The output of an encoder, [n, steps, width]. */
  readonly encoded: Tensor;
  /** 1 where a step of it may be read, else 0: [n, steps], or [n, time, steps]. */
  readonly encodedMask?: Tensor | undefined;
}

const count: Rule<number> = (given, what) => {
  checkWhole(what, given);
  return given;
};

const rules = {
  numHeads: count,
  intermediateDim: count,
  numKeyValueHeads: whole(undefined, 1),
  rotary: flag(false),
  normFirst: flag(false),
  activation: oneOf('relu', 'gelu', 'silu', 'swiglu'),
  norm: oneOf('layerNorm', 'rmsNorm'),
  dropout: range(0, 0, 1),
  useBias: flag(true),
  epsilon: rule<number, undefined>(undefined, checkPositive),
  name: text(undefined),
};

const encoderOptions = options(together(rules, { causal: flag(false) }) satisfies Rules<TransformerOptions>);
const decoderOptions = options(together(rules, { causal: flag(true) }) satisfies Rules<TransformerOptions>);

const encoderParts = {
  sequence: anything<Tensor>(),
  mask: anything<Tensor | undefined>(),
} satisfies Rules<EncoderInput>;

const encoderInput = options(encoderParts);
const decoderInput = options(
  together(encoderParts, {
    encoded: anything<Tensor | undefined>(),
    encodedMask: anything<Tensor | undefined>(),
  }) satisfies Rules<Partial<DecoderInput> & EncoderInput>,
);

type Given = ReturnType<typeof encoderOptions>;

const ACTIVATIONS = { relu: (z: Tensor) => z.relu(), gelu: (z: Tensor) => gelu(z), silu: (z: Tensor) => silu(z) };

/**
 * A block of a transformer that reads a whole sequence: x + attention(x), then y + W₂·σ(W₁·y + b₁) + b₂ for each step
 * y, both normalised. It is called with [n, time, width], or with { sequence, mask }, and returns as much.
 *
 * As in PyTorch and Keras the sums are normalised; with `normFirst` the parts normalise what they read, which trains
 * deep stacks without a warm-up (R. Xiong et al., "On layer normalization in the transformer architecture", 2020), and
 * the last block wants a norm behind it. (A. Vaswani et al., "Attention is all you need", 2017; swiglu: N. Shazeer,
 * "GLU variants improve transformer", 2020.)
 *
 * @throws if the width does not divide by `numHeads`
 */
export function transformerEncoder(options: TransformerOptions): Layer<Tensor | EncoderInput> {
  const given = encoderOptions('transformerEncoder', options);
  return layer<object, object, Tensor | EncoderInput>({
    kind: 'transformerEncoder',
    name: given.name,
    signature: [transformerEncoder, { ...options }],
    call: (input) => {
      const { sequence, mask } = encoderInput(
        'transformerEncoder',
        input instanceof Tensor ? { sequence: input } : input,
      );
      const attended = attention('attention', given, given.causal, sequence, undefined, mask);
      return feedForward(attended, given);
    },
  });
}

/**
 * A block of a transformer that writes a sequence: as `transformerEncoder`, but each step reads only from itself and
 * those before it, and, if the block is called with { sequence, encoded }, all then read what an encoder has made
 * (cross attention).
 *
 * Called with [n, time, width] it is a block of a language model (GPT).
 *
 * @throws if the width does not divide by `numHeads`
 */
export function transformerDecoder(options: TransformerOptions): Layer<Tensor | DecoderInput> {
  const given = decoderOptions('transformerDecoder', options);
  return layer<object, object, Tensor | DecoderInput>({
    kind: 'transformerDecoder',
    name: given.name,
    signature: [transformerDecoder, { ...options }],
    call: (input) => {
      const where = 'transformerDecoder';
      const all = decoderInput(where, input instanceof Tensor ? { sequence: input } : input);
      const { sequence, mask, encoded, encodedMask } = all;
      check(
        encoded !== undefined || encodedMask === undefined,
        () => `${where}: encodedMask is of no use without encoded`,
      );
      const attended = attention('attention', given, given.causal, sequence, undefined, mask);
      const read = encoded ? attention('crossAttention', given, false, attended, encoded, encodedMask) : attended;
      return feedForward(read, given);
    },
  });
}

/** x + part(x), normalised: the part's input, or the sum. */
function added(
  x: Tensor,
  name: string,
  { norm, epsilon, normFirst, dropout: rate }: Given,
  part: (x: Tensor) => Tensor,
) {
  const normal = { layerNorm, rmsNorm }[norm]({ name: `${name}Norm`, epsilon });
  const dropped = (y: Tensor): Tensor => (rate > 0 ? dropout(rate, { name: `${name}Dropout` })(y) : y);
  return normFirst ? x.add(dropped(part(normal(x)))) : normal(x.add(dropped(part(x))));
}

/** Reads `from`, or the sequence itself. */
function attention(
  name: string,
  given: Given,
  causal: boolean,
  x: Tensor,
  from: Tensor | undefined,
  mask: Tensor | undefined,
): Tensor {
  const { numHeads, numKeyValueHeads, dropout, useBias, rotary } = given;
  checkedTensor(`${name} of ${numHeads} heads: the sequence`, x);
  const width = x.shape.at(-1)!;
  check(x.shape.length === 3 && width % numHeads === 0, () => {
    return `${name} of ${numHeads} heads: expected samples of shape [time, width], whose width divides by the heads, got ${shapeText(x.shape.slice(1))}`;
  });
  const how = { name, numKeyValueHeads, causal, dropout, useBias, rotary: rotary && !from };
  const attend = multiHeadAttention(numHeads, width / numHeads, how);
  return added(x, name, given, (query) => attend({ query, value: from ?? query, ...(mask && { mask }) }));
}

/** A network of two layers for each step. */
function feedForward(x: Tensor, given: Given): Tensor {
  const { activation, intermediateDim, useBias, dropout: rate } = given;
  const width = x.shape.at(-1)!;
  return added(x, 'feedForward', given, (y) => {
    const steps = y.reshape([y.size / width, width]);
    const of = (name: string, units: number, input: Tensor): Tensor => dense(units, { name, useBias })(input);
    const hidden = (): Tensor => of('hidden', intermediateDim, steps);
    const inner =
      activation === 'swiglu'
        ? silu(of('gate', intermediateDim, steps)).mul(hidden())
        : ACTIVATIONS[activation](hidden());
    const kept = rate > 0 ? dropout(rate, { name: 'hiddenDropout' })(inner) : inner;
    return of('projection', width, kept).reshape(y.shape);
  });
}
