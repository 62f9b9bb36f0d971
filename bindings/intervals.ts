// Two tools of the planner and the allocator: a sweep over intervals (lifetimes, or stretches of an axis), and the list
// of what is free in a row of bytes. Not here: tensors, buffers, blocks.

/** From one whole number to another, both included. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/**
 * Calls `enter` for every interval, in the order of their starts, and before it `leave` for those that have ended by
 * then.
 */
export function sweep<I extends Interval>(
  intervals: readonly I[],
  enter: (interval: I) => void,
  leave: (interval: I) => void,
): void {
  const ends = [...intervals].sort((a, b) => a.to - b.to);
  let left = 0;
  for (const interval of [...intervals].sort((a, b) => a.from - b.from)) {
    while (ends[left]!.to < interval.from) leave(ends[left++]!);
    enter(interval);
  }
}

/**
 * The index at which an item of number `at` is to be inserted into `items`, whose numbers ascend: after those equal to
 * it.
 */
export function indexAfter<T>(items: readonly T[], at: number, numberOf: (item: T) => number): number {
  const next = items.findIndex((item) => numberOf(item) > at);
  return next < 0 ? items.length : next;
}

/** `bytes` of memory from `address` on. */
export interface MemorySpan {
  address: number;
  bytes: number;
}

/** The free memory: spans in the order of their addresses, of which no two touch. */
export class FreeList {
  readonly #spans: MemorySpan[];

  constructor(address: number, bytes: number) {
    this.#spans = [{ address, bytes }];
  }

  get bytes(): number {
    return this.#spans.reduce((sum, span) => sum + span.bytes, 0);
  }

  /** The first span of at least `bytes`. */
  find(bytes: number): MemorySpan | undefined {
    return this.#spans.find((span) => span.bytes >= bytes);
  }

  /** Takes the first bytes of a span that find() returned; returns their address. */
  take(span: MemorySpan, bytes: number): number {
    const { address } = span;
    span.address += bytes;
    span.bytes -= bytes;
    if (span.bytes === 0) this.#spans.splice(this.#indexOf(address), 1);
    return address;
  }

  /** Gives bytes back, and joins them with the free spans that they touch. */
  release(address: number, bytes: number): void {
    const spans = this.#spans;
    const at = this.#indexOf(address);
    spans.splice(at, 0, { address, bytes });
    for (const i of [at, at - 1]) {
      const [first, next] = [spans[i], spans[i + 1]];
      if (!first || !next || first.address + first.bytes !== next.address) continue;
      first.bytes += next.bytes;
      spans.splice(i + 1, 1);
    }
  }

  #indexOf(address: number): number {
    return indexAfter(this.#spans, address, (span) => span.address);
  }
}
