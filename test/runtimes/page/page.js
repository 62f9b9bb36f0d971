// What a page does: the job that its URL names. The console gets the result.

import { train } from '../program.js';

const PACKAGE = '/node_modules/wasmgrad/dist';

const JOBS = {
  train: async (options) => train(await import(`${PACKAGE}/wasmgrad.js`), options),
  'train from cdn file': async (options) => train(await import(`${PACKAGE}/wasmgrad.min.js`), options),
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
  const [rows, inputs, classes] = [2048, 784, 10];
  const x = Float32Array.from({ length: rows * inputs }, (_, i) => ((i * 7919) % 1000) / 500 - 1);
  const y = Int32Array.from({ length: rows }, (_, i) => (i * 7) % classes);
  const model = sequential([inputs], [dense(128, { activation: 'relu' }), dense(classes)]);
  model.compile({ optimizer: adam(0.001), loss: 'softmaxCrossEntropy' });

  const tasks = watchTasks();
  await pause();
  tasks.take();
  block(60);
  await pause();
  const seen = tasks.take().length;
  const frames = watchFrames();
  const start = performance.now();
  let epochs = 0;
  for (; performance.now() - start < 2000; epochs += 10) await model.fit(x, y, { epochs: 10, batchSize: 128 });
  const milliseconds = Math.round(performance.now() - start);
  const longest = frames.longest();
  await pause();
  return { seen, blocked: tasks.take(), longest, epochs, milliseconds };
}

/** Long enough for the browser to tell of tasks that are over. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 200));

function block(ms) {
  for (const end = performance.now() + ms; performance.now() < end; );
}

/** Tasks of 50 ms and more, in milliseconds: those since the last `take`. */
function watchTasks() {
  const found = [];
  const note = (entries) => found.push(...entries.map(({ duration }) => Math.round(duration)));
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: 'longtask' });
  return {
    take: () => {
      note(observer.takeRecords());
      return found.splice(0);
    },
  };
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
