// What can be read off a list of losses. Pure functions of numbers.

/** The mean of some numbers. */
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The losses of the last tenth, three at least where there are as many. */
const tail = (losses: readonly number[]): readonly number[] =>
  losses.slice(-Math.max(Math.min(3, losses.length), Math.ceil(losses.length / 10)));

/** Where the losses end: the mean of the last tenth, so that one odd epoch does not decide. */
export const endOf = (losses: readonly number[]): number => meanOf(tail(losses));

/** How far the losses fell, as a fraction of the first one; negative if they rose. */
export const fallOf = (losses: readonly number[]): number =>
  (losses[0]! - losses.at(-1)!) / Math.max(Math.abs(losses[0]!), 1e-30);

/**
 * How much the losses jump from one to the next, as a fraction of their size: the mean distance of each from the middle
 * of its neighbours. 0 on a straight line, however steep.
 */
export function roughness(losses: readonly number[]): number {
  if (losses.length < 3) return 0;
  const jumps = losses.slice(1, -1).map((loss, i) => Math.abs(loss - (losses[i]! + losses[i + 2]!) / 2));
  const size = meanOf(losses.map(Math.abs));
  return size > 0 ? meanOf(jumps) / size : 0;
}

/** The fraction of losses that are above the one before. */
export function rises(losses: readonly number[]): number {
  if (losses.length < 2) return 0;
  return losses.slice(1).filter((loss, i) => loss > losses[i]!).length / (losses.length - 1);
}

/** What part of the whole fall came in the last third: a third on a straight line, near 0 where it has become flat. */
export function lateShare(losses: readonly number[]): number {
  const from = losses[Math.floor(((losses.length - 1) * 2) / 3)]!;
  const fall = losses[0]! - losses.at(-1)!;
  return fall > 0 ? (from - losses.at(-1)!) / fall : 0;
}

/** The number of the smallest. */
export function leastAt(losses: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < losses.length; i++) if (losses[i]! < losses[best]!) best = i;
  return best;
}

/** The one in the middle. */
export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
