// How two things are timed against each other: in turn, in several rounds, each round with its own ratio. What else the
// machine does then falls on both, and the median of the ratios stays.

import { Bench } from 'tinybench';

/** A sample lasts at least this many milliseconds, so that reading the clock costs nothing beside it. */
const SAMPLE_MS = 2;

/**
 * @typedef {object} Timing
 * @property {number} rounds
 * @property {number} time of one side in one round, in ms
 * @property {number} warmup of one side, in ms
 */

/** @type {Timing} */
export const FULL = { rounds: 7, time: 300, warmup: 400 };
/** @type {Timing} */
export const QUICK = { rounds: 3, time: 80, warmup: 100 };
/** Times nothing that means anything: tests see that everything runs, and is right. @type {Timing} */
export const SMOKE = { rounds: 1, time: 1, warmup: 0 };

/**
 * @typedef {(calls: number) => void | Promise<void>} Work does something `calls` times
 * @typedef {{ median: number, min: number, max: number }} Range
 *
 * @param {Record<string, Work>} sides one or two of them, by name
 * @param {Timing} timing
 * @returns {Promise<{ sides: Record<string, Range>, ratio: Range }>} calls a second, and how many times as many the first
 *   makes as the last
 */
export async function compare(sides, { rounds, time, warmup }) {
  const tasks = [];
  for (const [name, work] of Object.entries(sides)) tasks.push({ name, work, calls: await warmUp(work, warmup) });
  const names = Object.keys(sides);
  const rates = [];
  for (let round = 0; round < rounds; round++) {
    rates.push(await runRound(tasks, time));
    tasks.reverse();
  }
  const ranges = names.map((name) => [name, rangeOf(rates.map((rate) => rate[name]))]);
  return {
    sides: Object.fromEntries(ranges),
    ratio: rangeOf(rates.map((rate) => rate[names[0]] / rate[names.at(-1)])),
  };
}

/** Calls a second of every task, by name. */
async function runRound(tasks, time) {
  const bench = new Bench({ time, iterations: 2, warmup: false, throws: true });
  for (const { name, work, calls } of tasks) bench.add(name, () => work(calls), { async: true });
  await bench.run();
  return Object.fromEntries(
    tasks.map(({ name, calls }) => [name, (calls * 1000) / bench.getTask(name).result.latency.p50]),
  );
}

/**
 * Calls a second of something that is measured at hundreds of points, with little time for each.
 *
 * @param {(calls: number) => void} work
 * @param {number} ms of a sample
 * @param {number} samples the median of which counts
 */
export function quickRate(work, ms, samples) {
  work(1);
  const start = performance.now();
  work(1);
  const once = performance.now() - start;
  // One short call is less than the clock can measure.
  const calls = once < ms ? callsFor(work, ms, Math.max(1, Math.ceil(ms / 8 / Math.max(once, 1e-3)))) : 1;
  const bench = new Bench({ time: 0, iterations: samples, warmup: false, throws: true });
  bench.add('it', () => work(calls));
  bench.runSync();
  return (calls * 1000) / bench.getTask('it').result.latency.p50;
}

function callsFor(work, ms, calls) {
  const start = performance.now();
  work(calls);
  return Math.max(1, Math.ceil((calls * ms) / (performance.now() - start)));
}

/** Runs for about `ms`; returns how many calls make a sample. */
async function warmUp(work, ms) {
  const start = performance.now();
  let calls = 1;
  for (;;) {
    const before = performance.now();
    await work(calls);
    const now = performance.now();
    if (now - start >= ms) return Math.max(1, Math.ceil((calls * SAMPLE_MS) / (now - before)));
    if (now - before < SAMPLE_MS) calls *= 2;
  }
}

/** @returns {Range} */
export function rangeOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}
