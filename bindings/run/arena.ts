// The arena of a runner: the block that its programs share for what a run computes, since no two of them run at the
// same time. It is as large as the largest of them needs. Not here: what lies where in it (plan.ts).

import { type Block, type Memory, Registry } from './memory.js';

/** What a program needs of the arena. Keep a reference to it for as long as the program may run. */
export interface Lease {
  readonly bytes: number;
}

/** Turns that programs had so far, in any arena. */
let turns = 0;

/** One block for all programs of a runner. */
export class Arena {
  /**
   * The turn of the program whose values lie in the arena. What others left there is lost; so is everything when the
   * arena moves.
   */
  turn = 0;
  block: Block | undefined;
  readonly #memory: Memory;
  /** What each program needs. */
  readonly #needs: number[] = [];
  readonly #registry = new Registry<number>((bytes) => this.#forget(bytes));

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Where it begins. */
  get address(): number {
    return this.block?.address ?? 0;
  }

  /** Begins the turn of a program; returns its number. */
  take(): number {
    this.turn = ++turns;
    return turns;
  }

  /** Makes the arena large enough for one program more. Throws, and takes nothing, if there is not enough memory. */
  reserve(bytes: number, what: string): Lease {
    if (bytes > (this.block?.bytes ?? 0)) this.#resize(bytes, what);
    const lease = { bytes };
    this.#needs.push(bytes);
    this.#registry.register(lease, bytes, lease);
    return lease;
  }

  /** Ends a lease now: only for its owner. */
  release(lease: Lease): void {
    if (this.#registry.unregister(lease)) this.#forget(lease.bytes);
  }

  #forget(bytes: number): void {
    this.#needs.splice(this.#needs.indexOf(bytes), 1);
    const most = this.#needs.reduce((a, b) => Math.max(a, b), 0);
    if (most < bytes) this.#resize(most, '');
  }

  /** Nothing in it is kept, so the old block is given back first, and the new one may lie elsewhere. */
  #resize(bytes: number, what: string): void {
    const before = this.block;
    if (before) this.#memory.free(before);
    this.block = undefined;
    this.take();
    try {
      if (bytes > 0) this.block = this.#memory.alloc(bytes, what, false);
    } catch (error) {
      if (before) this.block = this.#memory.alloc(before.bytes, what, false);
      throw error;
    }
  }
}
