/**
 * Random numbers from 0 to 1, one a call, the same ones for a seed: for what is drawn outside of tensors.
 *
 * @param {number} seed
 */
export function randomFrom(seed) {
  let state = seed; // Mulberry32, by T. Ettinger
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
