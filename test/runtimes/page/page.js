// What a page does: the job that its URL names. The console gets the result.

import { train } from '../program.js';

const PACKAGE = '/node_modules/wasmgrad/dist';

const JOBS = {
  train: async (options) => {
    const [wasmgrad, ops, io, run] = await Promise.all(
      ['wasmgrad', 'ops', 'io', 'run'].map((name) => import(`${PACKAGE}/${name}.js`)),
    );
    return train(wasmgrad, ops, options, { io, run });
  },
  'train from cdn file': async (options) => {
    const { ops, ...wasmgrad } = await import(`${PACKAGE}/wasmgrad.min.js`);
    return train(wasmgrad, ops, options);
  },
  'train in worker': trainInWorker,
  smooth,
  ops: async () => (await import('/ops.js')).results(),
};

function trainInWorker(options) {
  return new Promise((resolve, reject) => {
    const worker = new Worker('/page/worker.js', { type: 'module' });
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.result));
    worker.onerror = ({ message }) => reject(new Error(`the worker: ${message}`));
    worker.postMessage(options);
  });
}

/** Trains for some seconds on the main thread, and watches it. */
async function smooth(options) {
  const { adam, dense, init, sequential } = await import(`${PACKAGE}/wasmgrad.js`);
  await init(options);
  const [rows, inputs, classes] = [1024, 784, 10];
  const x = Float32Array.from({ length: rows * inputs }, (_, i) => ((i * 7919) % 1000) / 500 - 1);
  const y = Int32Array.from({ length: rows }, (_, i) => (i * 7) % classes);
  const model = sequential([inputs], [dense(128, { activation: 'relu' }), dense(classes)]);
  model.compile({ optimizer: adam(0.001), loss: 'softmaxCrossEntropy' });

  const tasks = watchTasks();
  await tasks.marker(); // what loading blocked is told of before it
  const frames = watchFrames();
  const start = performance.now();
  let epochs = 0;
  for (; performance.now() - start < 2000; epochs += 10) await model.fit(x, y, { epochs: 10, batchSize: 128 });
  const milliseconds = Math.round(performance.now() - start);
  const longest = frames.longest();
  return { blocked: await tasks.marker(), longest, epochs, milliseconds };
}

function block(ms) {
  for (const end = performance.now() + ms; performance.now() < end; );
}

/** Only a failure takes so long. */
const TOLD_WITHIN_MS = 10_000;

/**
 * Watches for tasks of 50 ms and more. The browser tells of one some time after it, in order: `marker` starts one of its
 * own, waits until it is told of that, and returns the milliseconds of all before it, since the last marker.
 */
function watchTasks() {
  const found = [];
  let told = () => {};
  const observer = new PerformanceObserver((list) => {
    found.push(...list.getEntries());
    told();
  });
  observer.observe({ type: 'longtask' });
  const marker = async () => {
    await new Promise((resolve) => setTimeout(resolve)); // in a task of its own
    const time = performance.now();
    block(60);
    const isMarker = ({ startTime, duration }) => startTime <= time + 1 && time < startTime + duration;
    await new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        reject(new Error('the page was not told of the task of 60 ms that it started itself'));
      }, TOLD_WITHIN_MS);
      told = () => {
        if (!found.some(isMarker)) return;
        clearTimeout(limit);
        resolve();
      };
    });
    const before = found.splice(0, found.findIndex(isMarker) + 1).slice(0, -1);
    return before.map(({ duration }) => Math.round(duration));
  };
  return { marker };
}

function watchFrames() {
  let [last, longest] = [performance.now(), 0];
  const next = (now) => {
    longest = Math.max(longest, now - last);
    last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
  return { longest: () => Math.round(longest) };
}

try {
  const { searchParams } = new URL(location.href);
  const result = await JOBS[searchParams.get('job')](JSON.parse(searchParams.get('options')));
  console.log(`result ${JSON.stringify(result)}`);
} catch (error) {
  console.log(`error ${error.stack}`);
}
