// Random numbers: the op that every program needs, for its initial weights. A key is four words, int32[4]; keys of the
// shape [..., 4] give a row of the result each, [..., ...shape]. Not here: what users call, which checks keys
// (functions/random.ts), and what is done with a key (kernels/random.ts).

import { type Domain, Draw } from '../../assembly/draws.js';
import { keyWords, nextStream } from '../seed.js';
import { type Shape, sizeOf } from '../shape.js';
import { constantOf, type Tensor } from '../tensor.js';
import { defineOp } from './op.js';

/** Words of a key. */
export const KEY_WORDS = 4;

/** A key that nothing else draws from; after the same seed and the same calls it is the same one. */
export const nextKey = (): Tensor => constantOf(keyWords(...nextStream()), [KEY_WORDS], 'int32');

export interface RandomAttrs {
  /** Of what one key gives. */
  readonly shape: Shape;
  readonly domain: Domain;
  readonly draw: Draw;
  /** What `draw` needs. */
  readonly a?: number;
  readonly b?: number;
  readonly c?: number;
}

/** Bytes in which one thread keeps the words that it has drawn. */
export const wordBytes = (): number => 2048;

/** About how many additions a number costs. */
export const COST = 8;

/** Inputs: keys, and if there is a second one, for each key the number of the block at which it begins. */
export const random = defineOp<RandomAttrs>({
  name: 'random',
  infer: ([keys], { shape, draw }) => ({
    shape: [...keys!.shape.slice(0, -1), ...shape],
    dtype: draw < Draw.uniform ? 'int32' : 'float32',
  }),
  batch: ({ full }, node, attrs) => node.rewrite(node.op, full, attrs),
  work: ({ size }) => COST * size,
  scratch: wordBytes,
  emit: (e, node, { shape, domain, draw, a = 0, b = 1, c = 0 }) => {
    const [keys, first] = node.inputs;
    e.code('random', {
      a,
      b,
      c,
      out: e.at(node),
      keys: e.at(keys!),
      first: first ? e.at(first) : 0,
      rows: keys!.size / KEY_WORDS,
      n: sizeOf(shape),
      domain,
      draw,
      scratch: e.scratch,
    });
  },
});
