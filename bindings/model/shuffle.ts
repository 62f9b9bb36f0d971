// The order in which `fit` goes through the rows of its data. Not here: random tensors (ops/random.ts).

import { Domain, Draw } from '../../assembly/draws.js';
import { nextKey, random } from '../ops/random.js';
import { constantOf, Tensor, type TensorData } from '../tensor.js';

/** Words that are drawn at a time: an epoch over a few rows needs few. */
const CHUNK = 1024;

/** Shuffles rows again and again, by the words of one stream of the seed that was set. */
export class Shuffler {
  #words: TensorData = new Int32Array();

  /** @param used how many words of the key's stream were used before */
  constructor(
    readonly key = nextKey(),
    public used = 0,
  ) {
    if (used % CHUNK > 0) this.#draw();
  }

  /** Shuffles `items` in place (Fisher and Yates). The bias is below n / 2^32. */
  shuffle(items: Int32Array): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = Math.floor(((this.#word() >>> 0) / 2 ** 32) * (i + 1));
      const held = items[i]!;
      items[i] = items[j]!;
      items[j] = held;
    }
  }

  #word(): number {
    const at = this.used % CHUNK;
    if (at === 0) this.#draw();
    this.used++;
    return this.#words[at]!;
  }

  /** Draws the words among which the next one is. */
  #draw(): void {
    const first = constantOf(Int32Array.of((this.used - (this.used % CHUNK)) / 4), [], 'int32');
    const attrs = { shape: [CHUNK], domain: Domain.draw, draw: Draw.words };
    this.#words = new Tensor(random, [this.key, first], attrs).values();
  }
}
