// What random words are drawn for; read by asc and by tsc.

/**
 * What the blocks of a key are for. Philox is a bijection of its counter, in which block, domain and half of the key
 * stand, so no block is used twice: not for a number and for another key, nor for two of either. The keys made of one
 * key differ from each other for the same reason, and so do those made of keys with equal first halves, such as all
 * streams of one seed. Any other two are equal with a probability of 2^-128.
 */
export const enum Domain {
  /** Numbers. */
  draw,
  /** Block i is the key number i of `splitKeys`. */
  split,
  /** Block i is the key of `foldIn(key, i)`. */
  fold,
}

/** What a word becomes. */
export const enum Draw {
  words,
  /** a + (0 … b - 1) */
  integers,
  /** a + (0 … 2^24 - 1)·b, at most c */
  uniform,
}
