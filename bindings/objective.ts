// A scalar function of a tree of tensors, as users give it to transforms and minimisers: a point as a tree and as one
// flat row of numbers, and the function as a program that computes value, gradient and Hessian there. Not here: what
// goes from point to point (minimize/), and derivatives as functions (transforms/).

import { check, show } from './errors.js';
import { gradients } from './grad.js';
import { concat } from './ops/slicing.js';
import { Program } from './program.js';
import type { FloatsConstructor, Runner } from './run/runner.js';
import { floats } from './run/runtime.js';
import { inTrace } from './scope.js';
import { constantOf, inputOf, Tensor } from './tensor.js';
import {
  buildTree,
  type Form,
  flattenTree,
  type Leaf,
  leafTensor,
  type Same,
  type TensorTree,
  withHint,
} from './tree.js';

/** A function to be minimised: of a tensor, or of a nest of arrays and objects of tensors. */
export type ObjectiveFunction<X> = (x: X) => Tensor;

/** Throws unless `f` is a function. */
export function checkFunction(where: string, f: unknown): void {
  check(typeof f === 'function', () => `${where}: expected a function, got ${show(f)}`);
}

/** Checks what a function to be differentiated returned: a scalar, which comes back with the shape []. */
export function scalarLoss(where: string, result: unknown): Tensor {
  const loss = typeof result === 'number' ? leafTensor(result) : result;
  check(loss instanceof Tensor, () => `${where}: the function must return a scalar tensor, got ${show(result)}`);
  check(
    loss.size === 1,
    () => `${where}: the function must return a scalar, got ${loss}; reduce it, with sum() or mean()`,
  );
  return loss.reshape([]);
}

/** The start of a minimisation, taken apart: its values, and a placeholder for each leaf. */
export class StartingPoint<P> {
  readonly tree: TensorTree;
  readonly inputs: readonly Tensor[];
  readonly values: readonly Tensor[];
  readonly #form: Form;
  readonly #leaves: readonly Leaf[];

  constructor(where: string, start: unknown) {
    const leaves: Leaf[] = [];
    this.#form = flattenTree(`the start of ${where}`, start, leaves);
    check(leaves.length > 0, () => `the start of ${where} holds no tensor or number`);
    this.#leaves = leaves;
    this.values = leaves.map(leafTensor);
    for (const t of this.values)
      check(t.dtype === 'float32', () => `the start of ${where}: expected float32, got ${t}`);
    this.inputs = this.values.map(({ shape }, i) => inputOf(`x${i}`, shape));
    this.tree = buildTree(this.#form, this.inputs.values()) as TensorTree;
  }

  /** How many numbers all leaves have. */
  get size(): number {
    return this.values.reduce((sum, t) => sum + t.size, 0);
  }

  /** The start as one row of numbers. */
  flat(): Float64Array {
    const row = new Float64Array(this.size);
    this.parts(row).forEach((part, i) => {
      part.set(this.values[i]!.values());
    });
    return row;
  }

  /** The parts of a row that belong to the leaves, without a copy. */
  parts(row: Float64Array): Float64Array[] {
    let at = 0;
    return this.values.map(({ size }) => row.subarray(at, (at += size)));
  }

  /** A point in the form of the start, with these values. */
  point(parts: readonly ArrayLike<number>[]): Same<P> {
    const leaves = parts.map((part, i) => {
      const data = floats().from(part);
      return typeof this.#leaves[i] === 'number' ? data[0]! : constantOf(data, this.values[i]!.shape);
    });
    return buildTree(this.#form, leaves.values()) as Same<P>;
  }

  /** Calls `f` on the placeholders; returns the loss, which must be a scalar. */
  traceLoss<X>(where: string, f: ObjectiveFunction<X>): Tensor {
    checkFunction(where, f);
    const run = () => inTrace(`the function of ${where}`, () => f(this.tree as X));
    return scalarLoss(where, withHint(where, this.#form, this.#leaves, run));
  }
}

/** A start, whatever its form. */
export type AnyStartingPoint = Omit<StartingPoint<unknown>, 'point'>;

/** A function as a program: computes value and derivatives at a point that is given as one row of numbers. */
export class Objective {
  /** At the point where it was evaluated last. */
  value = Number.NaN;
  gradient = new Float64Array(0);
  /** The matrix of second derivatives, row after row. */
  hessian = new Float64Array(0);
  readonly #program: Program;
  readonly #Floats: FloatsConstructor;
  readonly #start: AnyStartingPoint;
  readonly #outputs: readonly Tensor[];

  constructor(where: string, runner: Runner, start: AnyStartingPoint, loss: Tensor, order: 1 | 2) {
    this.#Floats = runner.Floats;
    this.#start = start;
    const gradient = rowOf(loss, start.inputs);
    this.#outputs = [loss, gradient, ...(order === 2 ? [hessianOf(gradient, start.inputs)] : [])];
    const goals = { outputs: this.#outputs, effects: [] };
    this.#program = new Program(runner, goals, { inputs: start.inputs, what: where });
  }

  /** Computes value and derivatives at `x`, and reads them: what the caller does next may run another program. */
  evaluate(x: Float64Array): void {
    this.#start.parts(x).forEach((part, i) => void this.#program.write(this.#start.inputs[i]!, part));
    this.#program.run();
    const [value, gradient, hessian = []] = this.#outputs.map((t) => this.#program.read(t));
    this.value = value![0]!;
    this.gradient = Float64Array.from(gradient!);
    this.hessian = Float64Array.from(hessian);
  }

  /** A point as the program sees it: rounded to float32, unless it computes in float64. */
  rounded(x: Float64Array): Float64Array {
    return Float64Array.from(this.#Floats.from(x));
  }

  dispose(): void {
    this.#program.dispose();
  }
}

/** dL/dx of all leaves, as one row. */
function rowOf(loss: Tensor, inputs: readonly Tensor[]): Tensor {
  const parts = gradients(loss, inputs).map((g, i) => (g ?? inputs[i]!.zerosLike()).reshape([inputs[i]!.size]));
  return parts.length === 1 ? parts[0]! : concat(parts, 0);
}

function hessianOf(gradient: Tensor, inputs: readonly Tensor[]): Tensor {
  const rows = Array.from({ length: gradient.size }, (_, i) => {
    const unit = new Float32Array(gradient.size);
    unit[i] = 1;
    return rowOf(gradient.mul(constantOf(unit, gradient.shape)).sum(), inputs).reshape([1, gradient.size]);
  });
  return rows.length === 1 ? rows[0]! : concat(rows, 0);
}
