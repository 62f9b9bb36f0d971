// Layers of transformers.

export { multiHeadAttention } from '../../layers/attention.js';
export { embedding, positionalEmbedding, rotaryEmbedding, tiedOutput } from '../../layers/embedding.js';
export { transformerDecoder, transformerEncoder } from '../../layers/transformer.js';
