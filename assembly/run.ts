// The tape loop: one switch. Words of an instruction: [opcode, length, operands …], in the order of
// bindings/instructions.ts. The tape is trusted: shapes and places were checked before it was encoded.
//
// A kernel is called as part `part` of `parts` and computes that part's share of the output: whole sums only, so that the
// bits do not depend on `parts`. If there is little to do, part 0 does all. Parts may run at the same time on several
// threads, which share all memory, static data too: a kernel writes to its share of the output and to its scratch only.

import { binary, unary } from './kernels/elementwise';
import { gather, scatterAdd } from './kernels/gather';
import { batchMatMul, matMul } from './kernels/matmul';
import { advance, copy, permute, record, takeRows, write } from './kernels/movement';
import { adagradUpdate, adamUpdate, momentumUpdate, rmspropUpdate, sgdUpdate } from './kernels/optim';
import { argMax, maxOf, sum } from './kernels/reduce';
import { cumSum } from './kernels/scan';
import { crossEntropy, crossEntropyGrad, logSoftmax, softmax } from './kernels/softmax';
import { argSort } from './kernels/sort';
import { where } from './kernels/where';
import { Op } from './opcodes';

/** Reads an operand of the instruction at ip, by its type: integer, pointer, float32, float64. `k` is its first word. */
class Arg {
  @inline
  static i(ip: usize, k: usize): i32 {
    return load<i32>(ip + (k << 2), 8);
  }
  @inline
  static p(ip: usize, k: usize): usize {
    return load<usize>(ip + (k << 2), 8);
  }
  @inline
  static f(ip: usize, k: usize): f32 {
    return load<f32>(ip + (k << 2), 8);
  }
  @inline
  static d(ip: usize, k: usize): f64 {
    return load<f64>(ip + (k << 2), 8);
  }
}

/**
 * Runs the tape up to `steps` times; stops after the run in which the float32 at `watch` became NaN or infinite
 * (0 watches nothing). Returns the number of runs.
 */
export function run(tape: usize, steps: i32, watch: usize): i32 {
  for (let step = 1; step <= steps; step++) {
    execute(tape, 0, 1);
    if (watch && !isFinite<f32>(load<f32>(watch))) return step;
  }
  return steps;
}

/** Runs part `part` of `parts` of a tape, once: what tests look at. */
export function runPart(tape: usize, part: i32, parts: i32): void {
  execute(tape, part, parts);
}

function execute(ip: usize, part: i32, parts: i32): void {
  for (;;) {
    const op = load<i32>(ip);
    if (op === Op.halt) return;
    step(op, ip, part, parts);
    ip = next(ip);
  }
}

/** The instruction behind that at ip. */
export function next(ip: usize): usize {
  return ip + ((<usize>load<i32>(ip, 4)) << 2);
}

/** Part `part` of the instruction at ip. */
export function step(op: i32, ip: usize, part: i32, parts: i32): void {
  switch (op) {
    case Op.copy:
      return copy(Arg.p(ip, 0), Arg.p(ip, 1), Arg.i(ip, 2), part, parts);
    case Op.permute:
      return permute(Arg.p(ip, 0), Arg.p(ip, 1), ip + 16, part, parts);
    case Op.write:
      return write(Arg.p(ip, 0), Arg.p(ip, 1), ip + 16, part, parts);
    case Op.gather:
      return gather(
        Arg.p(ip, 0),
        Arg.p(ip, 1),
        Arg.p(ip, 2),
        Arg.i(ip, 3),
        Arg.i(ip, 4),
        Arg.i(ip, 5),
        Arg.i(ip, 6),
        Arg.i(ip, 7),
        Arg.i(ip, 8),
        part,
        parts,
      );
    case Op.scatterAdd:
      return scatterAdd(
        Arg.p(ip, 0),
        Arg.p(ip, 1),
        Arg.p(ip, 2),
        Arg.i(ip, 3),
        Arg.i(ip, 4),
        Arg.i(ip, 5),
        Arg.i(ip, 6),
        Arg.i(ip, 7),
        part,
        parts,
      );
    case Op.takeRows:
      return takeRows(Arg.p(ip, 0), Arg.p(ip, 1), Arg.p(ip, 2), Arg.p(ip, 3), Arg.i(ip, 4), Arg.i(ip, 5), part, parts);
    case Op.advance:
      return advance(Arg.p(ip, 0), Arg.i(ip, 1), part, parts);
    case Op.record:
      return record(Arg.p(ip, 0), Arg.p(ip, 1), Arg.p(ip, 2), Arg.i(ip, 3), part, parts);

    case Op.where:
      return where(
        Arg.p(ip, 0),
        Arg.p(ip, 1),
        Arg.p(ip, 2),
        Arg.p(ip, 3),
        Arg.i(ip, 4),
        Arg.i(ip, 5),
        Arg.i(ip, 6),
        part,
        parts,
      );

    case Op.sum:
      return sum(Arg.p(ip, 0), Arg.p(ip, 1), Arg.i(ip, 2), Arg.i(ip, 3), Arg.i(ip, 4), part, parts);
    case Op.argMax:
      return argMax(Arg.p(ip, 0), Arg.p(ip, 1), Arg.i(ip, 2), Arg.i(ip, 3), Arg.i(ip, 4), part, parts);
    case Op.max:
      return maxOf(Arg.p(ip, 0), Arg.p(ip, 1), Arg.i(ip, 2), Arg.i(ip, 3), Arg.i(ip, 4), part, parts);
    case Op.cumSum:
      return cumSum(Arg.p(ip, 0), Arg.p(ip, 1), Arg.i(ip, 2), Arg.i(ip, 3), Arg.i(ip, 4), part, parts);

    case Op.argSort:
      return argSort(
        Arg.p(ip, 0),
        Arg.p(ip, 1),
        Arg.i(ip, 2),
        Arg.i(ip, 3),
        Arg.i(ip, 4),
        Arg.i(ip, 5),
        Arg.p(ip, 6),
        part,
        parts,
      );

    case Op.softmax:
      return softmax(Arg.p(ip, 0), Arg.p(ip, 1), Arg.i(ip, 2), Arg.i(ip, 3), part, parts);
    case Op.logSoftmax:
      return logSoftmax(Arg.p(ip, 0), Arg.p(ip, 1), Arg.i(ip, 2), Arg.i(ip, 3), part, parts);
    case Op.crossEntropy:
      return crossEntropy(Arg.p(ip, 0), Arg.p(ip, 1), Arg.p(ip, 2), Arg.i(ip, 3), Arg.i(ip, 4), part, parts);
    case Op.crossEntropyGrad:
      return crossEntropyGrad(
        Arg.p(ip, 0),
        Arg.p(ip, 1),
        Arg.i(ip, 2),
        Arg.p(ip, 3),
        Arg.p(ip, 4),
        Arg.i(ip, 5),
        Arg.i(ip, 6),
        part,
        parts,
      );

    case Op.matMul:
      return matMul(
        Arg.p(ip, 0),
        Arg.p(ip, 1),
        Arg.p(ip, 2),
        Arg.i(ip, 3),
        Arg.i(ip, 4),
        Arg.i(ip, 5),
        Arg.i(ip, 6),
        Arg.i(ip, 7),
        Arg.p(ip, 8),
        Arg.i(ip, 9),
        Arg.p(ip, 10),
        Arg.f(ip, 11),
        Arg.p(ip, 12),
        part,
        parts,
      );
    case Op.batchMatMul:
      return batchMatMul(
        Arg.p(ip, 0),
        Arg.p(ip, 1),
        Arg.p(ip, 2),
        Arg.i(ip, 3),
        Arg.i(ip, 4),
        Arg.i(ip, 5),
        Arg.i(ip, 6),
        Arg.i(ip, 7),
        Arg.p(ip, 8),
        ip + 44,
        part,
        parts,
      );

    case Op.sgdUpdate:
      return sgdUpdate(Arg.p(ip, 0), Arg.p(ip, 1), Arg.p(ip, 2), Arg.i(ip, 3), part, parts);
    case Op.momentumUpdate:
      return momentumUpdate(
        Arg.p(ip, 0),
        Arg.p(ip, 1),
        Arg.p(ip, 2),
        Arg.p(ip, 3),
        Arg.i(ip, 4),
        Arg.i(ip, 5),
        Arg.d(ip, 6),
        part,
        parts,
      );
    case Op.rmspropUpdate:
      return rmspropUpdate(
        Arg.p(ip, 0),
        Arg.p(ip, 1),
        Arg.p(ip, 2),
        Arg.p(ip, 3),
        Arg.i(ip, 4),
        Arg.d(ip, 5),
        Arg.d(ip, 7),
        part,
        parts,
      );
    case Op.adagradUpdate:
      return adagradUpdate(
        Arg.p(ip, 0),
        Arg.p(ip, 1),
        Arg.p(ip, 2),
        Arg.p(ip, 3),
        Arg.i(ip, 4),
        Arg.d(ip, 5),
        part,
        parts,
      );
    case Op.adamUpdate:
      return adamUpdate(
        Arg.p(ip, 0),
        Arg.p(ip, 1),
        Arg.p(ip, 2),
        Arg.p(ip, 3),
        Arg.p(ip, 4),
        Arg.p(ip, 5),
        Arg.i(ip, 6),
        Arg.d(ip, 7),
        Arg.d(ip, 9),
        Arg.d(ip, 11),
        part,
        parts,
      );

    // The elementwise ones, by range: a case for each would become a comparison with one after the other.
    default:
      if (op <= Op.toFloat) return unary(op, Arg.p(ip, 0), Arg.p(ip, 1), Arg.i(ip, 2), Arg.f(ip, 3), part, parts);
      if (op > Op.tanhGrad) return unreachable();
      return binary(
        op,
        Arg.p(ip, 0),
        Arg.p(ip, 1),
        Arg.p(ip, 2),
        Arg.i(ip, 3),
        Arg.i(ip, 4),
        Arg.i(ip, 5),
        Arg.i(ip, 6),
        Arg.i(ip, 7),
        Arg.i(ip, 8),
        Arg.f(ip, 9),
        part,
        parts,
      );
  }
}
