// One measurement in a process of its own, which index.js forks: gets a job, sends a result.

import { rangeOf } from '../measure.js';
import { NETWORKS } from './many.js';
import { ADAPTERS, taskOf, WORKLOADS } from './workloads.js';

const CHECK_STEPS = 20;
/** Slow work is measured in fewer blocks, once it has taken this long. */
const ENOUGH_MS = 20_000;
const MIN_BLOCKS = 3;
const FULL = { blocks: 7, blockMs: 400, warmupMs: 1200 };
/** Warms up for at least this long: engines take about a second to optimize a large wasm module. */
const QUICK = { blocks: 3, blockMs: 150, warmupMs: 1000 };

process.once('message', async (job) => {
  const result = await run(job).catch((error) => ({ error: error?.message ?? String(error) }));
  process.send(result, () => process.exit());
});

async function run({ peer, workload, style, quick }) {
  const { default: adapter } = await ADAPTERS[peer]();
  const task = taskOf(WORKLOADS[workload]);
  const timing = quick ? QUICK : FULL;
  if (adapter.measure) return adapter.measure(task, style, timing);
  const library = await adapter.load();
  if (task.kind === 'train') return measureTraining(await adapter.train(library, task, style), timing);
  if (task.kind === 'generate') return measureGeneration(() => adapter.generate(library, task, style), task, timing);
  if (task.kind === 'many') return measureMany(await adapter.many(library, task), task, timing);
  if (task.kind === 'product') return measureProduct(await adapter.product(library, task, style), task, timing);
  return measurePrediction(await adapter.predict(library, task, style), task, timing);
}

/** Time for each network. All are garbage after a call, so the event loop has a turn: it collects them. */
async function measureMany({ make, predict, clone }, { way }, timing) {
  const making = () => Array.from({ length: NETWORKS }, make);
  const kept = making();
  const [first] = kept.map((network) => Array.from(predict(network)));
  if (first.length !== 2 || !first.every((v) => v > 0 && v < 1)) throw new Error(`the output is ${first}`);
  const step = async () => {
    if (!way.includes('make')) return void kept.forEach(predict);
    const networks = making();
    if (way.includes('clone')) {
      networks.forEach(predict);
      networks.map(clone);
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  const check = { what: 'outputs', values: [first.length] };
  return { microseconds: scale(await measure({ step }, 0, timing), 1e6 / NETWORKS), check };
}

/** Time for each token behind the prompt: so many that the text is a quarter longer at the end; then another text is begun. */
async function measureGeneration(begin, { tokens }, timing) {
  const count = tokens / 4;
  const values = await written(await begin(), CHECK_STEPS);
  const times = [];
  const end = performance.now() + timing.warmupMs + timing.blocks * timing.blockMs;
  do {
    const text = await begin();
    await written(text, 1); // the prompt
    const before = performance.now();
    await written(text, count);
    times.push((performance.now() - before) / count / 1000);
  } while (times.length <= MIN_BLOCKS || performance.now() < end);
  return { microseconds: scale(rangeOf(times.slice(1)), 1e6), check: { what: 'first tokens', values } };
}

async function written(text, count) {
  const tokens = [];
  while (tokens.length < count) tokens.push(await text.next());
  return tokens;
}

async function measureProduct(multiply, { picked }, timing) {
  await loop(multiply, 0, 1);
  const result = await multiply.result();
  const check = { what: 'product', values: picked.map((at) => result[at]) };
  return { microseconds: scale(await measure(multiply, 1, timing), 1e6), check };
}

async function measureTraining(training, timing) {
  const { stepsPerCall = 1, lossOf } = training;
  // If a call makes many steps, only the first call can be compared between libraries.
  const calls = stepsPerCall > 1 ? 1 : CHECK_STEPS;
  const first = await loop(training, 0, calls);
  const check = { what: lossOf ?? `step ${first * stepsPerCall}`, values: [await training.loss()] };
  const seconds = await measure(training, first, timing);
  const last = await training.loss();
  if (!Number.isFinite(last)) throw new Error(`the loss became ${last}`);
  return { microseconds: scale(seconds, 1e6 / stepsPerCall), check };
}

async function measurePrediction(predict, task, timing) {
  const first = await predict(task.x(0));
  const values = Array.from(first.subarray(0, task.outputs));
  if (first.length !== task.batch * task.outputs) throw new Error(`the output has ${first.length} numbers`);
  let output = first;
  const step = (i) => {
    const result = predict(task.x(i));
    if (!(result instanceof Promise)) {
      output = result;
      return undefined;
    }
    return result.then((value) => {
      output = value;
    });
  };
  const seconds = await measure({ step }, 1, timing);
  if (!output.every(Number.isFinite)) throw new Error('the output is not finite');
  return { microseconds: scale(seconds, 1e6), check: { what: 'first output', values } };
}

const scale = ({ median, min, max }, by) => ({ median: median * by, min: min * by, max: max * by });

/** Calls step for `count` numbers from `from` on; returns the next number. Only promises are waited for. */
async function loop({ step, sync }, from, count) {
  for (let i = from; i < from + count; i++) {
    const pending = step(i);
    if (pending !== undefined) await pending;
  }
  await sync?.();
  return from + count;
}

/** Seconds a call: warms up, then takes the median of blocks of calls. */
async function measure(work, from, { blocks, blockMs, warmupMs }) {
  const start = performance.now();
  let next = from;
  let calls = 1;
  let perCall = 0;
  do {
    const before = performance.now();
    next = await loop(work, next, calls);
    perCall = (performance.now() - before) / calls;
    calls = Math.max(1, Math.min(calls * 2, Math.ceil(blockMs / perCall)));
  } while (performance.now() - start < warmupMs);
  calls = Math.max(1, Math.round(blockMs / perCall));
  const times = [];
  const enough = () => times.length >= MIN_BLOCKS && performance.now() - start > ENOUGH_MS;
  while (times.length < blocks && !enough()) {
    const before = performance.now();
    next = await loop(work, next, calls);
    times.push((performance.now() - before) / calls / 1000);
  }
  return rangeOf(times);
}
