// The training loop. Inside an epoch the loop runs in wasm, over rows that a shuffled index picks, and comes back in
// slices of about 20 ms: to count, to show progress, to let the event loop live.

import { NonFiniteLossError } from '../errors.js';
import type { Random } from '../random.js';
import type { Block } from '../run/memory.js';
import type { Callback, Logs, Progress, TrainingModel } from './callbacks.js';
import type { Rows } from './data.js';
import type { BatchProgram, Trainer } from './trainer.js';

const SLICE_MS = 20;
/** A pause follows whatever took longer: with the slice that began just before, 40 ms at most, on an idle machine. */
const PAUSE_AFTER_MS = SLICE_MS / 2;
/** Steps of one slice at most: what the log has room for. */
const MAX_STEPS = 1024;

/** What the last step of an epoch can do after its loss was computed. */
const SPOILT = 'the weights became NaN or infinite';

/** When the event loop last had its turn: of all fits, so that many short ones one after the other let it live, too. */
let lastPause = performance.now();

/** What fit was asked to do, checked. */
export interface FitPlan {
  readonly samples: Rows;
  readonly labels: Rows;
  readonly batchSize: number;
  readonly epochs: number;
  /** The random numbers of the shuffling; absent: the rows stay in order. */
  readonly shuffle: Random | undefined;
  readonly callbacks: readonly Callback[];
  /** Loss and metrics of the validation data, under the names that logs show. */
  readonly validate: (() => Readonly<Record<string, number>>) | undefined;
}

/** What happened, epoch by epoch. */
export interface History {
  /** Numbers of the epochs, from 0. */
  readonly epoch: number[];
  /** 'loss', the metrics, and with validation 'valLoss' …: one value an epoch. */
  readonly history: { loss: number[] } & Record<string, number[]>;
}

/** Trains; on a NaN or infinite loss or weight it goes back to the last good epoch and throws. */
export async function runFit(trainer: Trainer, model: TrainingModel, plan: FitPlan): Promise<History> {
  const loop = new FitLoop(trainer, model, plan);
  try {
    return await loop.run();
  } finally {
    loop.dispose();
  }
}

class FitLoop {
  readonly #trainer: Trainer;
  readonly #model: TrainingModel;
  readonly #plan: FitPlan;
  readonly #names: readonly string[];
  readonly #history: History = { epoch: [], history: { loss: [] } };
  readonly #blocks: Block[] = [];
  readonly #order: Int32Array;
  readonly #orderBlock: Block;
  readonly #logBlock: Block;
  readonly #sums: Float64Array;
  /** Calls back after every batch, so a slice is one step. */
  readonly #stepwise: boolean;
  readonly #shows: boolean;
  #saved: Float32Array | Float64Array | undefined;
  #sliceSteps = 1;
  /** When the last slice ended. */
  #clock = 0;

  constructor(trainer: Trainer, model: TrainingModel, plan: FitPlan) {
    this.#trainer = trainer;
    this.#model = model;
    this.#plan = plan;
    this.#names = ['loss', ...trainer.compiled.metrics.map(({ name }) => name)];
    this.#sums = new Float64Array(this.#names.length);
    this.#stepwise = plan.callbacks.some(({ onBatchEnd }) => onBatchEnd);
    this.#shows = plan.callbacks.some(({ onProgress }) => onProgress);
    this.#order = Int32Array.from({ length: plan.samples.count }, (_, i) => i);
    this.#orderBlock = this.#alloc(this.#order.length * 4, 'the order of the rows');
    this.#logBlock = this.#alloc(MAX_STEPS * this.#names.length * 4, 'the log');
    this.#trainer.setCell('x', this.#upload(plan.samples, 'x').address);
    this.#trainer.setCell('y', this.#upload(plan.labels, 'y').address);
    this.#trainer.setCell('order', this.#orderBlock.address);
    this.#trainer.setCell('log', this.#logBlock.address);
    this.#writeOrder();
  }

  async run(): Promise<History> {
    const { epochs, callbacks, validate } = this.#plan;
    const model = this.#model;
    model.stopTraining = false;
    for (const c of callbacks) if (c.onTrainBegin) await c.onTrainBegin(model);
    this.#saved = this.#trainer.save(undefined);
    let logs: Logs = { loss: Number.NaN };
    for (let epoch = 0; epoch < epochs && !model.stopTraining; epoch++) {
      if (this.#unobserved) {
        epoch += (await this.#wholeEpochs(epoch)) - 1;
        continue;
      }
      for (const c of callbacks) if (c.onEpochBegin) await c.onEpochBegin(epoch, model);
      if (model.stopTraining) break;
      logs = this.#means(await this.#epoch(epoch));
      if (validate) logs = { ...logs, ...validate() };
      this.#remember(epoch, logs);
      this.#trainer.save(this.#saved);
      for (const c of callbacks) if (c.onEpochEnd) await c.onEpochEnd(epoch, logs, model);
    }
    for (const c of callbacks) if (c.onTrainEnd) await c.onTrainEnd(logs, model);
    return this.#history;
  }

  dispose(): void {
    for (const block of this.#blocks) this.#trainer.network.runner.memory.free(block);
  }

  /** An epoch is one step that nobody looks at. */
  get #unobserved(): boolean {
    const { samples, batchSize, callbacks, validate } = this.#plan;
    return batchSize >= samples.count && callbacks.length === 0 && validate === undefined;
  }

  /**
   * A slice of epochs of one step each; returns how many. Only its start is saved: to go back to the last good epoch, the
   * good ones are made again, which gives the same bits.
   */
  async #wholeEpochs(epoch: number): Promise<number> {
    const { samples, labels, epochs } = this.#plan;
    const program = this.#trainer.rowsStep(samples.count, labels, 'again');
    this.#trainer.setCell('row', 0);
    this.#trainer.save(this.#saved!);
    const done = this.#time(program, Math.min(this.#sliceSteps, epochs - epoch));
    const log = this.#log(done);
    const loss = log[(done - 1) * this.#names.length]!;
    if (!Number.isFinite(loss) || !this.#trainer.isFinite) this.#failWhole(program, loss, epoch, done - 1);
    for (let step = 0; step < done; step++) {
      this.#sums.set(log.subarray(step * this.#names.length, (step + 1) * this.#names.length));
      this.#remember(epoch + step, this.#means(1));
    }
    if (this.#clock - lastPause > PAUSE_AFTER_MS) await this.#pause();
    return done;
  }

  /** Epoch `good` of a slice that began with `epoch` failed: makes those before it again, and throws. */
  #failWhole({ program }: BatchProgram, loss: number, epoch: number, good: number): never {
    const again = (steps: number): void => {
      this.#trainer.restore(this.#saved!);
      this.#trainer.setCell('logged', 0); // the log has room for one slice
      program.run(steps, 0);
    };
    let what = Number.isFinite(loss) ? SPOILT : `the loss became ${loss}`;
    let last = good;
    again(last);
    if (last > 0 && !this.#trainer.isFinite) {
      what = SPOILT;
      again(--last);
    }
    this.#trainer.save(this.#saved!);
    this.#fail(what, epoch + last, 0, this.#plan.samples.count);
  }

  /** One pass over the samples; returns how many were seen. */
  async #epoch(epoch: number): Promise<number> {
    const { samples, labels, batchSize, shuffle } = this.#plan;
    if (shuffle && batchSize < samples.count) {
      shuffle.shuffle(this.#order);
      this.#writeOrder();
    }
    this.#sums.fill(0);
    this.#trainer.setCell('row', 0);
    const whole = Math.floor(samples.count / batchSize);
    const rest = samples.count % batchSize;
    const steps = whole + (rest > 0 ? 1 : 0);
    let step = 0;
    while (step < steps && !this.#model.stopTraining) {
      const batch = step < whole ? batchSize : rest;
      const count = step < whole ? Math.min(this.#slice(), whole - step) : 1;
      step += this.#run(this.#trainer.rowsStep(batch, labels), count, batch, epoch, step);
      if (this.#stepwise) await this.#batchEnd(step - 1);
      const pausing = this.#clock - lastPause > PAUSE_AFTER_MS;
      if (this.#shows && (pausing || step === steps)) await this.#show(epoch, step, steps);
      if (pausing) await this.#pause();
    }
    if (!this.#trainer.isFinite) this.#fail(SPOILT, epoch, step - 1, step > whole ? rest : batchSize);
    return Math.min(step * batchSize, samples.count);
  }

  /** Steps that take about one slice of time. */
  #slice(): number {
    return this.#stepwise ? 1 : this.#sliceSteps;
  }

  /** Runs `count` steps of one program and adds up what they logged. */
  #run(program: BatchProgram, count: number, batch: number, epoch: number, step: number): number {
    const done = this.#time(program, count);
    const width = this.#names.length;
    const log = this.#log(done);
    const loss = log[(done - 1) * width]!;
    if (!Number.isFinite(loss)) this.#fail(`the loss became ${loss}`, epoch, step + done - 1, batch);
    for (let i = 0; i < done * width; i++) this.#sums[i % width]! += log[i]! * batch;
    return done;
  }

  /** Runs up to `count` steps, and learns from the time how many make a slice. */
  #time({ program, watch }: BatchProgram, count: number): number {
    this.#trainer.setCell('logged', 0);
    const start = performance.now();
    const done = program.run(count, watch);
    this.#clock = performance.now();
    const took = this.#clock - start;
    if (count === this.#sliceSteps && took < SLICE_MS / 2) this.#sliceSteps = Math.min(count * 2, MAX_STEPS);
    if (took > SLICE_MS * 1.5) this.#sliceSteps = Math.max(1, Math.floor((count * SLICE_MS) / took));
    return done;
  }

  /** What the last `steps` steps logged. */
  #log(steps: number): Float32Array | Float64Array {
    const at = this.#logBlock.address / 4;
    return this.#trainer.network.runner.memory.f.subarray(at, at + steps * this.#names.length);
  }

  #fail(what: string, epoch: number, step: number, batch: number): never {
    const first = step * this.#plan.batchSize;
    this.#trainer.restore(this.#saved!);
    const culprit = this.#badSample(first, batch);
    const hint = culprit ?? 'a smaller learning rate, or inputs scaled to about -1 … 1, usually helps';
    const kept =
      epoch === 0 ? 'the weights are those from before fit' : `the weights are those after epoch ${epoch - 1}`;
    throw new NonFiniteLossError(
      `${what} at step ${step} of epoch ${epoch}: training stopped, ${kept}; ${hint}`,
      epoch,
      step,
    );
  }

  /** The first sample of a batch that holds a NaN or an infinity. */
  #badSample(first: number, batch: number): string | undefined {
    for (const [name, { data, count }] of [
      ['x', this.#plan.samples],
      ['y', this.#plan.labels],
    ] as const) {
      const size = data.length / count;
      for (const row of this.#order.subarray(first, first + batch)) {
        const bad = data.subarray(row * size, (row + 1) * size).findIndex((value) => !Number.isFinite(value));
        if (bad >= 0) return `${name} holds ${data[row * size + bad]} in sample ${row}`;
      }
    }
    return undefined;
  }

  async #batchEnd(step: number): Promise<void> {
    const { f } = this.#trainer.network.runner.memory;
    const log = this.#logBlock.address / 4;
    const logs = Object.fromEntries(this.#names.map((name, i) => [name, f[log + i]!])) as Logs;
    for (const c of this.#plan.callbacks) if (c.onBatchEnd) await c.onBatchEnd(step, logs, this.#model);
  }

  async #show(epoch: number, step: number, steps: number): Promise<void> {
    const { epochs, samples, callbacks, batchSize } = this.#plan;
    const sample = Math.min(step * batchSize, samples.count);
    const progress: Progress = {
      epoch,
      epochs,
      step,
      steps,
      sample,
      samples: samples.count,
      logs: this.#means(sample),
    };
    for (const c of callbacks) if (c.onProgress) await c.onProgress(progress);
  }

  async #pause(): Promise<void> {
    await macrotask();
    lastPause = performance.now();
  }

  #means(samples: number): Logs {
    const logs: Record<string, number> & { loss: number } = { loss: 0 };
    for (let i = 0; i < this.#names.length; i++) logs[this.#names[i]!] = this.#sums[i]! / samples;
    return logs;
  }

  #remember(epoch: number, logs: Logs): void {
    const { history } = this.#history;
    this.#history.epoch.push(epoch);
    for (const name in logs) (history[name] ??= []).push(logs[name]!);
  }

  #alloc(bytes: number, what: string): Block {
    const block = this.#trainer.network.runner.memory.alloc(bytes, what);
    this.#blocks.push(block);
    return block;
  }

  #upload({ data, dtype }: Rows, what: string): Block {
    const block = this.#alloc(data.length * 4, `${data.length} numbers of ${what}`);
    const { memory } = this.#trainer.network.runner;
    (dtype === 'int32' ? memory.i : memory.f).set(data, block.address / 4);
    return block;
  }

  #writeOrder(): void {
    this.#trainer.network.runner.memory.i.set(this.#order, this.#orderBlock.address / 4);
  }
}

/**
 * Lets timers, input and network have their turn. A message, since pages make a timeout in a loop wait for 4 ms: between
 * slices of 20 ms that is a sixth of the time.
 */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    const { setImmediate, MessageChannel } = globalThis as {
      setImmediate?: (done: () => void) => void;
      MessageChannel?: new () => { port1: MessagePort; port2: MessagePort };
    };
    if (setImmediate) setImmediate(resolve);
    else if (MessageChannel) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    } else setTimeout(resolve);
  });
}
