// Measures a program: each of its instructions is run so often that a clock can see it, over the program's own memory
// and with the back end and the threads that it has anyway. Not here: what profile is called with, and the table.

import { encode } from '../encode.js';
import { check } from '../errors.js';
import type { Program } from '../program.js';
import type { Runner } from '../run/runner.js';
import type { Tensor } from '../tensor.js';
import { Profile, type ProfileRow } from './report.js';
import { loopText, nameAt, opText, type Place, Recording, type Step, Stepper, type Visit } from './steps.js';

/** A program to be measured. */
export interface Subject {
  /** Makes it for this runner. */
  make(runner: Runner): Program;
  /** Writes its inputs. */
  feed(program: Program): void;
  /** Runs it so many times, if there is more to that than running. */
  run?(program: Program, times: number): void;
  /** Puts back what its runs change beside the arena. */
  restore(): void;
}

/** Measures a program; `subject.restore` is called whatever happens. */
export function measured(runner: Runner, { make, feed, run, restore }: Subject): Profile {
  const { unchecked: at = runner } = runner;
  const recording = new Recording();
  let stepper: Stepper | undefined;
  const load: Runner['load'] = (tape, large, ops) => {
    stepper = new Stepper(at, tape, large, ops, recording.stepsOf(tape, at.memory));
    return at.load(tape, large, ops);
  };
  const program = make({ ...at, record: recording.record, load });
  try {
    const tick = clockTick();
    feed(program);
    const microseconds = timeOf((times) => (run ? run(program, times) : void program.run(times)), tick * 4);
    restore();
    feed(program);
    return new Profile(rowsOf(new Measurement(stepper!, tick).run()), microseconds, at.backend, at.threads);
  } finally {
    restore();
    program.dispose();
  }
}

/** A time in which some work is done so often that the clock sees it, in milliseconds: browsers make theirs coarse. */
function clockTick(): number {
  const start = performance.now();
  let reads = 0;
  let now = start;
  while (now === start) {
    check(++reads < 1e7, () => 'profile: the clock stands still here, as in a Cloudflare Worker');
    now = performance.now();
  }
  return Math.max(1, 20 * (now - start));
}

/**
 * Microseconds that one run takes: the fastest of three times of at least `enough` milliseconds, the others were
 * disturbed.
 */
function timeOf(run: (times: number) => void, enough: number): number {
  const took = (times: number): number => {
    const start = performance.now();
    run(times);
    return performance.now() - start;
  };
  let times = 1;
  for (let ms = took(1); ms < enough; ms = took(times)) {
    times = Math.ceil(times * Math.min(10, Math.max(1.5, (1.2 * enough) / ms)));
  }
  return (Math.min(took(times), took(times), took(times)) * 1000) / times;
}

/** An instruction with what is known of it. */
interface Measured {
  readonly step: Step | undefined;
  /** The loop that it is of, if it is of no tensor inside of it. */
  readonly loop: string;
  readonly words: Int32Array;
  readonly microseconds: number;
  count: number;
}

/** One run of a program, in which each instruction is measured the first time that it runs. */
class Measurement {
  /** By the word of the memory at which they begin. */
  readonly #measured = new Map<number, Measured>();

  constructor(
    readonly stepper: Stepper,
    readonly enough: number,
  ) {}

  run(): Iterable<Measured> {
    this.stepper.walk((visit) => {
      const known = this.#measured.get(visit.tape + visit.at);
      const words = this.stepper.wordsOf(visit);
      if (known) {
        known.count++;
        this.stepper.load(words)(1);
      } else {
        const { tape, at, step, loops } = visit;
        const loop = loopText(step?.node.op.nest ? step.node : loops.at(-1)?.node);
        const microseconds = this.#timeOf(visit, words);
        this.#measured.set(tape + at, { step, loop, words, microseconds, count: 1 });
      }
    });
    return this.#measured.values();
  }

  /**
   * The time of an instruction. What it overwrites and reads is put back before each run: otherwise a square that is
   * computed in place would soon be that of denormals, which take a hundred times as long.
   */
  #timeOf(visit: Visit, words: Int32Array): number {
    const places = overwritten(visit, words.length, this.stepper);
    if (places.length === 0) return timeOf(this.stepper.load(words), this.enough);
    const { memory } = this.stepper;
    const total = places.reduce((sum, { tensor }) => sum + tensor.size, 0);
    const kept = memory.alloc(total * 4, 'profile: what an instruction overwrites', false);
    const copies: number[] = [];
    let to = kept.address;
    for (const place of places) {
      const { size } = place.tensor;
      const at = this.stepper.indexOf(visit, place) * 4;
      const keep: number[] = [];
      encode(keep, 'copy', { out: to, x: at, n: size });
      this.stepper.load(keep)(1);
      encode(copies, 'copy', { out: at, x: to, n: size });
      to += size * 4;
    }
    const copying = timeOf(this.stepper.load(copies), this.enough);
    const both = timeOf(this.stepper.load([...copies, ...words]), this.enough);
    memory.free(kept);
    return Math.max(0, both - copying);
  }
}

/** The places that an instruction reads and overwrites. */
function overwritten(visit: Visit, length: number, stepper: Stepper): Place[] {
  const own = visit.step?.places.filter(({ word }) => word > visit.at && word < visit.at + length) ?? [];
  const read = new Set(own.filter(({ kind }) => kind.startsWith('read')).map((place) => stepper.indexOf(visit, place)));
  const puts = own.filter((place) => {
    return (
      place.kind.startsWith('updated') || (place.kind.startsWith('written') && read.has(stepper.indexOf(visit, place)))
    );
  });
  return [...new Map(puts.map((place) => [stepper.indexOf(visit, place), place])).values()];
}

/** Rows of equal instructions, the slowest first. */
function rowsOf(all: Iterable<Measured>): ProfileRow[] {
  const rows = new Map<string, ReturnType<typeof sumOf>>();
  for (const one of all) {
    const row = sumOf(one);
    const { op, instruction, origin, shape, inputs } = row;
    const key = JSON.stringify([op, instruction, origin, shape, inputs]);
    const before = rows.get(key);
    if (!before) rows.set(key, row);
    else for (const sum of ['count', 'microseconds', 'flops', 'bytes'] as const) before[sum] += row[sum];
  }
  const sums = [...rows.values()].sort((a, b) => b.microseconds - a.microseconds);
  const total = sums.reduce((sum, { microseconds }) => sum + microseconds, 0);
  return sums.map(({ flops, bytes, ...row }) => ({
    ...row,
    share: row.microseconds / total,
    gflops: flops > 0 && row.microseconds > 0 ? flops / row.microseconds / 1000 : undefined,
    gbPerSecond: row.microseconds > 0 ? bytes / row.microseconds / 1000 : undefined,
  }));
}

/** What an instruction does and takes in all of its runs. */
function sumOf({ step, loop, words, microseconds, count }: Measured) {
  const instruction = nameAt(words, 0);
  const time = { count, microseconds: microseconds * count };
  if (!step || step.node.op.nest) {
    // What a loop does beside its body: it copies carries, `copy` with its operands out, x and n.
    const n = words[4]!;
    return {
      op: loop,
      instruction,
      origin: undefined,
      shape: [n],
      inputs: [[n]],
      ...time,
      flops: 0,
      bytes: 8 * n * count,
    };
  }
  const { node } = step;
  const { op, attrs, inputs, shape } = node;
  const part = count / step.count;
  return {
    op: opText(node),
    instruction,
    origin: node.origin?.replaceAll('the ', ''),
    shape,
    inputs: inputs.map((input) => input.shape),
    ...time,
    flops: (op.flops?.(node, attrs) ?? 0) * part,
    bytes: (op.traffic?.(node, attrs) ?? trafficOf(node)) * part,
  };
}

/** Bytes of the inputs, and of the result or of what is written in place of one. */
function trafficOf(node: Tensor): number {
  const { op, inputs } = node;
  const all = [...new Set(inputs), ...(op.mutates ? inputs.slice(0, op.mutates) : [node])];
  return all.reduce((sum, { size }) => sum + size * 4, 0);
}
