// What profile found, and how it is printed. Not here: how it is measured (measure.ts).

import type { Instruction } from '../instructions.js';
import type { Backend } from '../run/runner.js';
import { type Shape, shapeText } from '../shape.js';

/** What equal instructions of a program take together, in one run of it. */
export interface ProfileRow {
  /** The op that was asked for: 'matMul, bias, relu' is a product that does the others besides. */
  readonly op: string;
  /** The instruction that carries it out. */
  readonly instruction: Instruction;
  /** What it is a part of, if that is known: 'layer dense', 'loss meanSquaredError', 'gradient of layer dense'. */
  readonly origin: string | undefined;
  /** Of the result. */
  readonly shape: Shape;
  /** Shapes of the inputs. */
  readonly inputs: readonly Shape[];
  /** How often it runs. */
  readonly count: number;
  readonly microseconds: number;
  /** Of the time of all rows: 0 to 1. */
  readonly share: number;
  /** Billions of floating-point operations a second, of products: what is limited by arithmetic. */
  readonly gflops: number | undefined;
  /**
   * Billions of bytes a second that it reads and writes: what all else is limited by, once it is larger than a cache.
   */
  readonly gbPerSecond: number | undefined;
}

/** What `profile` returns. Printed, it is a table. */
export class Profile {
  /** @internal */
  constructor(
    /** The slowest first. */
    readonly rows: readonly ProfileRow[],
    /**
     * Of one run of the whole program, in one go. The rows may add up to a bit less or more: each was run by itself.
     */
    readonly microseconds: number,
    readonly backend: Backend,
    readonly threads: number,
  ) {
    // What console.log shows in Node, Bun and Deno. A class with a method of this name would be in every bundle.
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), { value: () => this.toString() });
  }

  /** The table: what was run, shapes of results, times. */
  toString(): string {
    const sum = this.rows.reduce((total, row) => total + row.microseconds, 0);
    const count = this.rows.reduce((total, row) => total + row.count, 0);
    const cells = [
      ['op', 'instruction', 'part of', 'result', 'count', 'µs', 'share', 'GFLOP/s', 'GB/s'],
      ...this.rows.map(cellsOf),
      ['sum', '', '', '', `${count}`, sum.toFixed(2), '', '', ''],
      ['in one go', '', '', '', '', this.microseconds.toFixed(2), '', '', ''],
    ];
    const widths = cells[0]!.map((_, k) => Math.max(...cells.map((row) => row[k]!.length)));
    const lines = cells.map((row) =>
      row.map((cell, k) => (k < 4 ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!))).join('  '),
    );
    const rule = '-'.repeat(lines[0]!.length);
    lines.splice(1, 0, rule);
    lines.splice(-2, 0, rule);
    lines.push(`on ${this.backend}, ${this.threads === 1 ? 'one thread' : `up to ${this.threads} threads`}`);
    return lines.map((line) => line.trimEnd()).join('\n');
  }
}

function cellsOf({ op, instruction, origin = '', shape, count, microseconds, share, gflops, gbPerSecond }: ProfileRow) {
  return [
    op,
    instruction,
    origin,
    shapeText(shape),
    `${count}`,
    microseconds.toFixed(2),
    `${(share * 100).toFixed(1)} %`,
    gflops?.toFixed(1) ?? '',
    gbPerSecond?.toFixed(1) ?? '',
  ];
}
