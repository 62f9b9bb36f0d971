/**
 * The build with threads: every thread runs the same tape, does its own part of every instruction, and then waits at a
 * barrier for the others. Each has an instance of this module over one shared memory.
 *
 * What they know of each other lies in a block that JavaScript allocates, zeroed (bindings/run/team.ts):
 *
 *     0    ARRIVED   threads at the barrier
 *     64   PHASE     barriers passed
 *     128  SLEEPERS  threads that sleep at the barrier
 *     192  BROKEN    not 0: a thread failed, and nobody waits for it any more
 *     196  RUNNING   not 0 during a run: workers stay awake
 *     256  the first worker: STATE, PART, PARTS, TAPE; each next one 64 bytes on
 *
 * Nobody waits for a worker that sleeps: it is woken when a run starts, and takes part from the next step on. How many
 * take part changes no bit of the result.
 */
import { step } from './dispatch';
import { goesOn, move, rewind, tapeOf } from './loop';
import { Op } from './opcodes';
import { LoopOperands } from './operands';
import { next, runPart } from './run';

export { complete, heapBase, relaxed, run, runPart } from './index';

// JavaScript's Atomics.wait and notify: a worker that slept in wasm's own wait instruction, in code of V8's baseline
// compiler (Node 20), was woken and did not go on.
declare function wait(at: usize, value: i32): void;
declare function notify(at: usize): void;

const ARRIVED: usize = 0;
const PHASE: usize = 64;
const SLEEPERS: usize = 128;
const BROKEN: usize = 192;
const RUNNING: usize = 196;
const FIRST_WORKER: usize = 256;
const WORKER_BYTES: usize = 64;

const STATE: usize = 0;
const PART: usize = 4;
const PARTS: usize = 8;
const TAPE: usize = 12;

/** The states of a worker. Beside each stands who may change it, and to what. */
const READY: i32 = 1; // the first thread, to CLAIMED; the worker, to PARKED
const CLAIMED: i32 = 2; // the first thread, to GO
const GO: i32 = 3; // the worker, to READY
const PARKED: i32 = 4; // the first thread, to WAKING
const WAKING: i32 = 5; // the worker, to READY

/** Turns at a barrier before a thread sleeps: some 20 µs, more than parts of one instruction differ by. */
const BARRIER_TURNS: i32 = 30000;

/** Turns between two runs before a worker parks, about 1 ms: a parked one takes 50 to 350 µs to come back. */
const IDLE_TURNS: i32 = 1500000;

/**
 * Runs the tape like `run`, together with the workers that are awake. Returns the number of runs, or -1 when a thread
 * failed. On the main thread of a page `maySleep` is 0: it must not sleep.
 */
export function runTogether(team: usize, workers: i32, maySleep: i32, tape: usize, steps: i32, watch: usize): i32 {
  atomic.store<i32>(team, 1, RUNNING);
  wake(team, workers);
  let done = 0;
  while (done < steps) {
    const parts = startStep(team, workers, tape);
    if (parts === 1) runPart(tape, 0, 1);
    else execute(team, tape, 0, parts, maySleep, 0);
    if (atomic.load<i32>(team, BROKEN)) return -1;
    done++;
    if (watch && !isFinite<f32>(load<f32>(watch))) break;
  }
  atomic.store<i32>(team, 0, RUNNING);
  return done;
}

/** A worker's life. It never returns: the thread is terminated. */
export function work(team: usize, worker: i32): void {
  const me = workerAt(team, worker);
  atomic.store<i32>(me, READY, STATE);
  let turns = IDLE_TURNS;
  for (;;) {
    if (atomic.load<i32>(me, STATE) === GO) {
      execute(team, load<usize>(me, TAPE), load<i32>(me, PART), load<i32>(me, PARTS), 1, me);
      turns = IDLE_TURNS;
    } else if (--turns === 0) {
      if (!atomic.load<i32>(team, RUNNING)) park(me);
      turns = IDLE_TURNS;
    }
  }
}

function workerAt(team: usize, worker: i32): usize {
  return team + FIRST_WORKER + <usize>worker * WORKER_BYTES;
}

function park(me: usize): void {
  if (atomic.cmpxchg<i32>(me, READY, PARKED, STATE) !== READY) return;
  while (atomic.load<i32>(me, STATE) === PARKED) wait(me + STATE, PARKED);
  atomic.store<i32>(me, READY, STATE);
}

function wake(team: usize, workers: i32): void {
  for (let w = 0; w < workers; w++) {
    const worker = workerAt(team, w);
    if (atomic.cmpxchg<i32>(worker, PARKED, WAKING, STATE) === PARKED) notify(worker + STATE);
  }
}

/** Starts a step with all workers that are ready; returns how many parts it has. */
function startStep(team: usize, workers: i32, tape: usize): i32 {
  let parts = 1;
  for (let w = 0; w < workers; w++) {
    const worker = workerAt(team, w);
    if (atomic.cmpxchg<i32>(worker, READY, CLAIMED, STATE) === READY) store<i32>(worker, parts++, PART);
  }
  for (let w = 0; w < workers; w++) {
    const worker = workerAt(team, w);
    if (atomic.load<i32>(worker, STATE) !== CLAIMED) continue;
    store<i32>(worker, parts, PARTS);
    store<usize>(worker, tape, TAPE);
    atomic.store<i32>(worker, GO, STATE);
  }
  return parts;
}

/**
 * Runs the tape as one part of each instruction; `me` is the address of the worker's cells, 0 for the first thread and
 * inside of a loop. Returns false if a thread failed.
 */
function execute(team: usize, ip: usize, part: i32, parts: i32, maySleep: i32, me: usize): bool {
  for (let op = load<i32>(ip); op !== Op.halt; ) {
    if (op !== Op.loop) step(op, ip, part, parts);
    else if (!turns(team, changetype<LoopOperands>(ip), part, parts, maySleep)) return false;
    ip = next(ip);
    op = load<i32>(ip);
    // Ready before the others go on, so that the next step never finds a worker still on its way.
    if (me && op === Op.halt) atomic.store<i32>(me, READY, STATE);
    if (!barrier(team, parts, maySleep)) return false;
  }
  return true;
}

/** All turns of a loop: every thread does its parts, and the first one moves the addresses while the others wait. */
function turns(team: usize, it: LoopOperands, part: i32, parts: i32, maySleep: i32): bool {
  let more: bool = true;
  for (let turn = 0; more; turn++) {
    // Before the barrier: behind it another thread may write there.
    more = turn < it.turns && goesOn(it);
    if (part === 0) {
      if (turn === 0) rewind(it);
      else move(it);
    }
    if (!barrier(team, parts, maySleep)) return false;
    if (more && !execute(team, tapeOf(it), part, parts, maySleep, 0)) return false;
  }
  return true;
}

/** Waits for all parts; false if one of them failed. */
function barrier(team: usize, parts: i32, maySleep: i32): bool {
  const phase = atomic.load<i32>(team, PHASE);
  if (atomic.add<i32>(team, 1, ARRIVED) === parts - 1) {
    atomic.store<i32>(team, 0, ARRIVED);
    atomic.store<i32>(team, phase + 1, PHASE);
    if (atomic.load<i32>(team, SLEEPERS)) notify(team + PHASE);
    return true;
  }
  for (let turns = BARRIER_TURNS; atomic.load<i32>(team, PHASE) === phase; ) {
    if (--turns > 0) continue;
    if (atomic.load<i32>(team, BROKEN)) return false;
    if (maySleep) sleep(team, phase);
    else turns = BARRIER_TURNS;
  }
  return !atomic.load<i32>(team, BROKEN); // who fails passes the barrier, so that nobody falls asleep just then
}

function sleep(team: usize, phase: i32): void {
  atomic.add<i32>(team, 1, SLEEPERS);
  wait(team + PHASE, phase);
  atomic.sub<i32>(team, 1, SLEEPERS);
}
