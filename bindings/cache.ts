// The programs that are kept to be used again: those of lazy expressions, of jitted functions and of models. Together
// they are bounded; what was used longest ago goes first. A program that went is made again when it is needed.

import type { Program } from './program.js';

/** How many bytes the programs of all caches may hold together. The arena, which they share, is not among them. */
const MAX_BYTES = 32 * 2 ** 20;

/**
 * About how many bytes a program holds in objects of JavaScript, tensors above all: so many, and more for each word of
 * its tape.
 */
const OBJECT_BYTES = 4096;
const BYTES_A_WORD = 40;

const bytesOf = ({ bytes, words }: Program): number => bytes + OBJECT_BYTES + words * BYTES_A_WORD;

/** What is held as long as somebody else holds it. */
export interface Weak<T> {
  deref(): T | undefined;
}

/** Holds it so; where no WeakRef is (run/memory.ts), for good. */
export const weakly = <T extends object>(held: T): Weak<T> =>
  globalThis.WeakRef ? new WeakRef(held) : { deref: () => held };

/** All caches that have something in them, as long as their owners live. */
const caches = new Set<Weak<Map<unknown, Cached> & { readonly pinned: boolean }>>();

/** How many bytes programs may take until they are counted anew. */
let room = MAX_BYTES;

/** What is kept: a program, and what its owner needs to use it. */
interface Cached {
  readonly program: Program;
}

/** The programs of one owner, by what it finds them again with. */
export class ProgramCache<K, T extends Cached> extends Map<K, T> {
  /** Set while a method is at work that must not have to make its programs again. */
  pinned = false;
  readonly #ref = weakly(this);

  /** Puts a program in that was just made. */
  keep(key: K, made: T): T {
    this.set(key, made);
    caches.add(this.#ref);
    makeRoom(made.program);
    return made;
  }

  override delete(key: K): boolean {
    this.get(key)?.program.dispose();
    return super.delete(key);
  }

  /** Gives the memory of all back. */
  override clear(): void {
    for (const key of this.keys()) this.delete(key);
  }
}

/** Drops what was used longest ago, until a quarter is free: so the programs need not be counted each time. */
function makeRoom(made: Program): void {
  room -= bytesOf(made);
  if (room >= 0) return;
  room = MAX_BYTES;
  const drops: [Program, () => void][] = [];
  for (const ref of caches) {
    const cache = ref.deref();
    if (!cache?.size) caches.delete(ref);
    for (const [key, { program }] of cache ?? []) {
      room -= bytesOf(program);
      if (program !== made && !cache!.pinned) drops.push([program, () => void cache!.delete(key)]);
    }
  }
  drops.sort(([a], [b]) => a.turn - b.turn);
  for (const [program, drop] of drops) {
    if (room >= MAX_BYTES / 4) return;
    room += bytesOf(program);
    drop();
  }
}
