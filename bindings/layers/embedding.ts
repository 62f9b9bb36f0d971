// Layers that make tokens and their places numbers: embedding, tiedOutput, positionalEmbedding, rotaryEmbedding. Not
// here: attention (attention.ts). The ops of wasmgrad/ops have the same names.

import { arange } from '../creation.js';
import { check, checkWhole, show } from '../errors.js';
import { type Initializer, type InitializerName, initializerOf } from '../initializers/initializers.js';
import * as ops from '../ops/embedding.js';
import { take } from '../ops/gather.js';
import type { InputAttrs } from '../ops/movement.js';
import { randomUniform } from '../ops/uniform.js';
import { callable, flag, oneOf, options, positive, type Rule, type Rules, text, whole } from '../options.js';
import { shapeText, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { decodingAtWork } from './decoding.js';
import { isLayer, type Layer, layer, type ParameterSpec, type Regularizer, type TensorSpec } from './layer.js';
import { marked } from './masks.js';
import { type NameOptions, nameOptions } from './named.js';

/** Options of the layer `embedding`. */
export interface EmbeddingLayerOptions extends ops.EmbeddingOptions {
  /**
   * Whether token 0 is padding: a step that has it counts neither in the layers behind this one nor in the loss
   * (`maskOf`). Default false. Its row is an ordinary one, unless `paddingIndex` is 0 as well.
   */
  readonly maskZero?: boolean | undefined;
  /** By default uniform in ±0.05, as in Keras. The row of `paddingIndex` is 0. */
  readonly embeddingsInitializer?: InitializerName | Initializer | undefined;
  /** What is added to the loss for the table: `l2(0.01)`; by default nothing. */
  readonly embeddingsRegularizer?: Regularizer | undefined;
  /** Whether training changes the table; default true. */
  readonly trainable?: boolean | undefined;
  /** Its name in the model; by default 'embedding', 'embedding_1' … */
  readonly name?: string | undefined;
}

/** Options of the layer `positionalEmbedding`. */
export interface PositionalEmbeddingLayerOptions {
  /** 'learned' (default), or 'sinusoidal', which learns nothing. */
  readonly type?: 'learned' | 'sinusoidal' | undefined;
  /** Of what is learned; by default uniform in ±0.05. */
  readonly embeddingsInitializer?: InitializerName | Initializer | undefined;
  /** Whether training changes what is learned; default true. */
  readonly trainable?: boolean | undefined;
  /** Its name in the model; by default 'positionalEmbedding', 'positionalEmbedding_1' … */
  readonly name?: string | undefined;
}

/** Options of the layer `rotaryEmbedding`. */
export interface RotaryEmbeddingLayerOptions {
  /** The larger it is, the slower the slowest pair turns; default 10,000. */
  readonly base?: number | undefined;
  /** Its name in the model; by default 'rotaryEmbedding', 'rotaryEmbedding_1' … */
  readonly name?: string | undefined;
}

/** Small numbers, equally likely: what embeddings start from. */
const small: Initializer = (shape, key) => randomUniform(shape, { low: -0.05, high: 0.05, key });

const ofEmbeddings: Rule<Initializer> = (given = small) => initializerOf(given as InitializerName | Initializer);

const embeddingOptions = options({
  paddingIndex: whole(undefined, 0),
  maskZero: flag(false),
  embeddingsInitializer: ofEmbeddings,
  embeddingsRegularizer: callable<Regularizer>(),
  trainable: flag(true),
  name: text(undefined),
} satisfies Rules<EmbeddingLayerOptions>);
const positionalOptions = options({
  type: oneOf('learned', 'sinusoidal'),
  embeddingsInitializer: ofEmbeddings,
  trainable: flag(true),
  name: text(undefined),
} satisfies Rules<PositionalEmbeddingLayerOptions>);
const rotaryOptions = options({
  base: positive(10_000),
  name: text(undefined),
} satisfies Rules<RotaryEmbeddingLayerOptions>);

/** Samples of which the table makes scores: what `tiedOutput` calls an embedding with. */
interface Tied {
  readonly scored: Tensor;
}

/**
 * A layer that learns a row of `outputDim` numbers for each of `inputDim` tokens: int32 tokens [n, time] become [n,
 * time, outputDim]. The input of the model says that they are whole numbers: { shape: [time], dtype: 'int32' }.
 *
 * @throws if a token is known and not in 0 … inputDim - 1, as those are with which a model is called whose input it
 *   looks up; where a program computes it, one below 0 counts from the end, and the row of what is out of range is NaN
 */
export function embedding(inputDim: number, outputDim: number, options?: EmbeddingLayerOptions): Layer {
  checkWhole('embedding: inputDim', inputDim);
  checkWhole('embedding: outputDim', outputDim);
  const { paddingIndex, maskZero, name, trainable, ...given } = embeddingOptions('embedding', options);
  check(paddingIndex === undefined || paddingIndex < inputDim, () => {
    return `embedding: paddingIndex must be one of the ${inputDim} tokens 0 … ${inputDim - 1}, got ${paddingIndex}`;
  });
  check(
    !maskZero || !paddingIndex,
    () => `embedding: with maskZero the padding is token 0, and paddingIndex is ${paddingIndex}`,
  );
  const initializer: Initializer = (shape, key) => {
    const table = given.embeddingsInitializer(shape, key);
    return paddingIndex === undefined ? table : table.mul(arange(inputDim).notEqual(paddingIndex).expandDims(1));
  };
  const embeddings: ParameterSpec = {
    shape: [inputDim, outputDim],
    initializer,
    regularizer: given.embeddingsRegularizer,
    trainable,
  };
  return layer<{ embeddings: ParameterSpec }, object, Tensor | Tied>({
    kind: 'embedding',
    name,
    signature: [embedding, inputDim, outputDim, { ...options }],
    build: (input) => {
      const { dtype } = input as TensorSpec;
      check('scored' in input || dtype === 'int32', () => {
        return `embedding(${inputDim}, ${outputDim}): expected int32 tokens, got ${dtype}; an input may be { shape: [time], dtype: 'int32' }`;
      });
      return { parameters: { embeddings } };
    },
    call: (x, { embeddings: table }) => {
      if ('scored' in x) return x.scored.matMul(table, { transB: true });
      bound(x, inputDim, `embedding(${inputDim}, ${outputDim})`);
      const rows = ops.embedding(x, table, { paddingIndex });
      return maskZero ? marked(rows, x.notEqual(0)) : rows;
    },
  }) as Layer;
}

/** If x is the input of a model as it is: the model refuses data with tokens that have no row. */
function bound({ attrs, shape }: Tensor, size: number, what: string): void {
  const { of } = attrs as Partial<InputAttrs>;
  if (!of || of.below! <= size) return;
  of.below = size;
  of.check = (name, data) => {
    for (let i = 0; i < data.length; i++) {
      const token = data[i]!;
      check(token >= 0 && token < size, () => {
        const sample = Math.floor(i / sizeOf(shape.slice(1)));
        return `${name}: sample ${sample} has the token ${token}, and ${what} has rows for 0 … ${size - 1}`;
      });
    }
  };
}

/**
 * A layer that scores each token by the table of an embedding, in place of a dense layer with a table of its own: x
 * [n, …, outputDim] becomes x·tableᵀ, [n, …, inputDim]. Both call one parameter, that of the embedding, which gets the
 * gradients of both uses. (O. Press and L. Wolf, "Using the output embedding to improve language models", 2017.)
 *
 * @param of the embedding, which the same model calls
 * @example
 * const tokens = embedding(256, 64), logits = tiedOutput(tokens);
 * const net = model({ shape: [32], dtype: 'int32' }, (x) => logits(tokens(x)));
 */
export function tiedOutput(of: Layer, options?: NameOptions): Layer {
  const isEmbedding = isLayer(of) && of.kind === 'embedding';
  check(
    isEmbedding,
    () => `tiedOutput: of must be a layer that embedding made, got ${isLayer(of) ? of.kind : show(of)}`,
  );
  const { name } = nameOptions('tiedOutput', options);
  const score = of as unknown as Layer<Tied>;
  return layer({
    kind: 'tiedOutput',
    name,
    signature: [tiedOutput, of, { ...options }],
    call: (x) => score({ scored: x }),
  });
}

/**
 * A layer that tells each step of a sequence [n, time, width] where it is: it adds a row for its position, one of
 * `maxLength` that are learned or, with type 'sinusoidal', sines and cosines (A. Vaswani et al., "Attention is all you
 * need", 2017).
 *
 * @throws if samples have more steps than `maxLength`
 */
export function positionalEmbedding(maxLength: number, options?: PositionalEmbeddingLayerOptions): Layer {
  checkWhole('positionalEmbedding: maxLength', maxLength);
  const {
    type,
    embeddingsInitializer: initializer,
    trainable,
    name,
  } = positionalOptions('positionalEmbedding', options);
  return layer<{ embeddings?: ParameterSpec | undefined }>({
    kind: 'positionalEmbedding',
    name,
    signature: [positionalEmbedding, maxLength, { ...options }],
    build: ({ shape }) => {
      check(shape.length === 2 && shape[0]! <= maxLength, () => {
        return `positionalEmbedding(${maxLength}): expected samples of shape [time, width] with up to ${maxLength} steps, got ${shapeText(shape)}`;
      });
      if (type === 'sinusoidal') return {};
      return { parameters: { embeddings: { shape: [maxLength, shape[1]!], initializer, trainable } } };
    },
    call: (x, { embeddings: table }) => {
      const decoding = decodingAtWork();
      decoding?.limit(maxLength);
      if (!decoding?.position) return ops.positionalEmbedding(x, { table });
      return x.add(take(table ?? ops.sinusoids(maxLength, x.shape[2]!), decoding.position));
    },
  });
}

/**
 * A layer that turns the heads of queries or keys [n, …, time, width] by their positions, so that what they have in
 * common depends on how far apart they are; `multiHeadAttention` does so with { rotary: true }. The op says which
 * columns are pairs.
 *
 * @throws if the width is odd
 */
export function rotaryEmbedding(options?: RotaryEmbeddingLayerOptions): Layer {
  const { base, name } = rotaryOptions('rotaryEmbedding', options);
  const signature = [rotaryEmbedding, { ...options }];
  return layer({ kind: 'rotaryEmbedding', name, signature, call: (x) => rotated(x, base) });
}

/** Steps […, time, width], turned by their positions, also where a model writes one after the other. */
export function rotated(x: Tensor, base?: number): Tensor {
  const decoding = decodingAtWork();
  if (!decoding?.position) return ops.rotaryEmbedding(x, { base });
  const { position, capacity } = decoding;
  const [cosines, sines] = ops.rotations(capacity, x.shape.at(-1)! / 2, base).map((all) => take(all, position));
  return ops.turned(x, cosines!, sines!);
}
