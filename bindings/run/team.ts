// The threads of a wasm runner: workers, each with an instance of the same module over the same memory, and the block
// of memory through which they wait for each other (assembly/threads.ts). Workers never keep a process alive, and sleep
// when nothing runs.

import { check, WasmgradError } from '../errors.js';
import type { Arena } from './arena.js';
import { type Block, type Memory, Registry } from './memory.js';
import { nodeModule } from './node.js';
import type { Run, Workers } from './runner.js';
import { createWasmRunner, type Exports, type WasmRunner } from './wasm.js';

/** A team's block: four cells, a cache line each, then a line for each worker. */
const TEAM_BYTES = 256;
const WORKER_BYTES = 64;

/** What a worker is sent when it starts. */
interface WorkerSetup {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the team's block. */
  readonly team: number;
  readonly worker: number;
}

/** What Worker and Node's Worker have in common, once they are started. */
interface Thread {
  terminate(): unknown;
}

/** The body of a worker, `post` and `receive` being its ends of the channel. The last call never returns. */
const WORK = `
receive(async ({ module, memory, team, worker }) => {
  try {
    const cell = (at) => new Int32Array(memory.buffer, at >>> 0, 1);
    const wait = (at, value) => void Atomics.wait(cell(at), 0, value);
    const notify = (at) => void Atomics.notify(cell(at), 0);
    const { exports } = await WebAssembly.instantiate(module, { env: { memory }, threads: { wait, notify } });
    post('ready');
    exports.work(team, worker);
  } catch (error) {
    const cells = new Int32Array(memory.buffer, team, 64);
    Atomics.store(cells, 48, 1); // BROKEN
    Atomics.add(cells, 16, 1); // PHASE
    Atomics.notify(cells, 16);
    post(String(error));
  }
});`;

const NODE_WORKER = `
const { parentPort } = require('node:worker_threads');
const post = (message) => parentPort.postMessage(message);
const receive = (listener) => parentPort.once('message', listener);
${WORK}`;

const WEB_WORKER = `
const post = (message) => postMessage(message);
const receive = (listener) => { onmessage = ({ data }) => listener(data); };
${WORK}`;

/** Node's worker_threads, which Bun and Deno have, too; a page has none. */
interface NodeThreads {
  Worker: new (
    code: string,
    options: { eval: true; execArgv: string[] },
  ) => Thread & {
    on(event: string, listener: (message: unknown) => void): void;
    postMessage(setup: WorkerSetup): void;
    unref(): void;
  };
}

async function nodeThreads(): Promise<NodeThreads | undefined> {
  if (typeof (globalThis as { process?: { versions?: object } }).process?.versions !== 'object') return undefined;
  try {
    return await nodeModule<NodeThreads>('worker_threads');
  } catch {
    return undefined;
  }
}

/** Starts one worker; resolves when it is at work. */
async function start(setup: WorkerSetup): Promise<Thread> {
  const node = await nodeThreads();
  return new Promise((resolve, reject) => {
    const hear = (thread: Thread, message: unknown): void => {
      if (message === 'ready') resolve(thread);
      else reject(new WasmgradError(String(message)));
    };
    if (node) {
      const thread = new node.Worker(NODE_WORKER, { eval: true, execArgv: [] });
      thread.on('message', (message) => {
        thread.unref(); // not before: while init waits for it, the process must live
        hear(thread, message);
      });
      thread.on('error', reject);
      thread.on('exit', () => reject(new WasmgradError('a worker ended before it was at work')));
      thread.postMessage(setup);
    } else {
      const url = URL.createObjectURL(new Blob([WEB_WORKER], { type: 'text/javascript' }));
      const thread = new Worker(url);
      thread.onmessage = ({ data }) => hear(thread, data);
      thread.onerror = (event) => reject(new WasmgradError(event.message || 'the worker could not be loaded'));
      thread.postMessage(setup);
    }
  });
}

/** Why there can be only one thread here (this page, this runtime); undefined if there can be more. */
export function noThreads(): string | undefined {
  const { crossOriginIsolated, Worker: web, process } = globalThis as unknown as Record<string, unknown>;
  if (crossOriginIsolated === false) {
    return 'the page is not cross-origin isolated: threads share memory, which needs the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';
  }
  if (typeof SharedArrayBuffer !== 'function') return 'there is no SharedArrayBuffer here';
  if (typeof web !== 'function' && typeof process !== 'object') return 'there are no workers here';
  return undefined;
}

/** Limits of shared memory to be tried, in pages: all of wasm32, or less where a machine refuses to reserve as much. */
const SHARED_LIMITS = [65536, 16384, 4096];

function sharedMemory(): WebAssembly.Memory {
  for (const maximum of SHARED_LIMITS) {
    try {
      return new WebAssembly.Memory({ initial: 2, maximum, shared: true });
    } catch {}
  }
  throw new WasmgradError(`no shared memory of up to ${SHARED_LIMITS.at(-1)! / 16} MiB can be reserved`);
}

/** What the module of threads imports: memory, and two of Atomics' functions. */
function teamImports(): WebAssembly.Imports {
  const memory = sharedMemory();
  const cell = (at: number) => new Int32Array(memory.buffer, at >>> 0, 1);
  const wait = (at: number, value: number) => void Atomics.wait(cell(at), 0, value);
  const notify = (at: number) => void Atomics.notify(cell(at), 0);
  return { env: { memory }, threads: { wait, notify } };
}

/** Whether this thread may sleep: the main thread of a page may not. */
function maySleep(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0) === 'not-equal';
  } catch {
    return false;
  }
}

/** What assembly/threads.ts exports. */
interface TeamExports extends Exports {
  runTogether(team: number, workers: number, maySleep: number, tape: number, steps: number, watch: number): number;
}

/** Starts the wasm back end with this many threads. `module` must be a build with threads. */
export async function createTeamRunner(module: WebAssembly.Module, threads: number): Promise<WasmRunner> {
  const runner = await createWasmRunner(module, teamImports());
  if (threads === 1) return runner;
  const team = new Team(module, runner.exports as TeamExports, runner.memory, runner.arena, threads - 1);
  await team.start();
  const load = (tape: Block, large: boolean): Run =>
    large ? (steps, watch) => team.run(tape.address, steps, watch) : runner.load(tape, large, []);
  return { ...runner, threads, load, workers: team };
}

/** Stops the workers of a team that is garbage: by themselves they would live on. */
const forgotten = /* @__PURE__ */ new Registry<Thread[]>((threads) => stop(threads));

function stop(threads: Thread[]): void {
  for (const thread of threads.splice(0)) thread.terminate();
}

/** The workers of one memory; runs tapes together with them. */
class Team implements Workers {
  readonly #module: WebAssembly.Module;
  readonly #exports: TeamExports;
  readonly #memory: Memory;
  readonly #arena: Arena;
  /**
   * The block in use is the last. Those of earlier workers are kept: one that is being stopped may still write to its
   * own.
   */
  readonly #blocks: Block[] = [];
  /** Arenas that they may still write to. */
  readonly #abandoned: Block[] = [];
  readonly #maySleep = Number(maySleep());
  readonly #size: number;
  /** The workers that run; none while they are stopped, or while others are started after a failure. */
  readonly #workers: Thread[] = [];
  /** The start that is under way, or was made since the workers were stopped last. */
  #starting: Promise<void> | undefined;
  #stops = 0;

  /** @param size number of workers; none is started yet */
  constructor(module: WebAssembly.Module, exports: TeamExports, memory: Memory, arena: Arena, size: number) {
    this.#module = module;
    this.#exports = exports;
    this.#memory = memory;
    this.#arena = arena;
    this.#size = size;
    forgotten.register(this, this.#workers);
  }

  /** Runs a tape, as `Run` in runner.ts, on this thread and all workers that are awake. */
  run(tape: number, steps: number, watch: number): number {
    if (this.#workers.length === 0) return this.#exports.run(tape, steps, watch);
    let done = -1;
    try {
      done = this.#exports.runTogether(this.#address, this.#size, this.#maySleep, tape, steps, watch);
    } finally {
      if (done < 0) this.#restart();
    }
    check(done >= 0, () => 'a thread failed in the middle of a run: its results must not be used');
    return done;
  }

  /** The address of the block in use. */
  get #address(): number {
    return this.#blocks.at(-1)!.address;
  }

  start(): Promise<void> {
    this.#starting ??= this.#start(this.#stops);
    return this.#starting;
  }

  stop(): void {
    this.#stops++;
    this.#starting = undefined;
    stop(this.#workers);
  }

  /**
   * Leaves no worker behind if one can't be started, or if they are stopped meanwhile: after more than `stops` stops.
   */
  async #start(stops: number): Promise<void> {
    this.#blocks.push(this.#memory.alloc(TEAM_BYTES + this.#size * WORKER_BYTES, 'the team of threads'));
    const setup = { module: this.#module, memory: this.#exports.memory, team: this.#address };
    const starting = Array.from({ length: this.#size }, (_, worker) => start({ ...setup, worker }));
    const results = await Promise.allSettled(starting);
    const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed || stops !== this.#stops) stop(started);
    this.#workers.push(...started);
    if (failed) throw failed.reason;
  }

  /**
   * After a failure: other workers, in an empty block. Until they are there, runs have one thread. The arena moves,
   * since a worker that is being stopped may still write to it.
   */
  #restart(): void {
    this.stop();
    void this.start().catch(() => {});
    const { block } = this.#arena;
    if (!block) return;
    this.#arena.block = this.#memory.alloc(block.bytes, 'the arena');
    this.#abandoned.push(block);
    this.#arena.take();
  }
}
