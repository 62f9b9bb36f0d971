// whileLoop and cond: how often something runs, or whether, is decided while the program runs. Forward only. Not here: loops of
// a known length, which can be differentiated (scan.ts).

import { check, checkFunction, WasmgradError } from '../errors.js';
import { loop as loopKernel } from '../kernels/loop.js';
import { defineOp, type Emitted, type Emitter, type Nested } from '../ops/op.js';
import { inTrace } from '../scope.js';
import { inputOf, Tensor, type TensorLike, tensorOf } from '../tensor.js';
import { buildTree, leafTensor, type Tensors, type Tree, withHint } from '../tree.js';
import { together } from './autodiff.js';
import { Body, NestedTape, PlannedBody } from './body.js';
import { copyTo, neededCarries, numberOf, outputOf } from './loop.js';
import { alike, flat } from './scan.js';

/** The most turns that a loop can have. */
const FOREVER = 2 ** 31 - 1;

/** How many turns are expected, where it matters whether they are worth several threads. */
const EXPECTED_TURNS = 16;

interface WhileAttrs {
  /** Its only result is the condition. */
  readonly body: Body;
}

/** Inputs: first values of the carries, what the body uses from outside. Outputs: the carries after the last turn. */
const whileOp = defineOp<WhileAttrs>({
  name: 'while',
  infer: () => ({ shape: [], dtype: 'float32' }),
  kernels: { loop: loopKernel },
  nest: (node, outputs, threads) => nestedWhile(node, outputs, threads),
  pull: () => refuseGradient('whileLoop', 'use scan, whose number of turns is known'),
});

function refuseGradient(name: string, wayOut: string): never {
  throw new WasmgradError(`the gradient of ${name}: it runs forward only; ${wayOut}`);
}

function nestedWhile(node: Tensor, outputs: readonly Tensor[], threads: number): Nested {
  const { body } = node.attrs as WhileAttrs;
  const { carries, next, standIns } = body;
  const condition = body.result(0);
  const needed = neededCarries(body, [condition], outputs.map(numberOf));
  const kept = needed.map((k) => carries[k]!);
  const turn = new PlannedBody(
    needed.map((k) => ({ value: next[k]!, carry: carries[k]! })),
    standIns,
    kept,
    threads,
  );
  const test = new PlannedBody([{ value: condition }], standIns, [], threads);

  const emit = (e: Emitter): Emitted => {
    const testArena = e.scratch + turn.bytes;
    const testAt = testArena + test.bytes;
    const carryAt = (k: number) => turn.carryAt(carries[k]!, e.scratch);
    const at = (t: Tensor) =>
      kept.includes(t) ? carryAt(carries.indexOf(t)) : e.at(node.inputs[standIns.indexOf(t)]!);
    for (const k of needed) copyTo(e, carryAt(k), e.at(node.inputs[k]!), carries[k]!);
    test.emit(e, testArena, at, () => testAt);
    const tape = new NestedTape(e);
    const once = turn.emit(tape.emitter, e.scratch, at, () => 0);
    const { ops } = test.emit(tape.emitter, testArena, at, () => testAt);
    e.code('loop', { turns: FOREVER, test: testAt, body: tape.list() });
    for (const t of outputs) copyTo(e, e.at(t), carryAt(numberOf(t)), t);
    return { ops: [...ops, ...once.ops], work: once.work * EXPECTED_TURNS };
  };
  return { bytes: turn.bytes + test.bytes + 4, emit };
}

/**
 * Calls `body(carry)` as long as `condition(carry)` is not 0: iterations whose number is only known while the program runs.
 * Both are traced once. The carry is any nest of tensors that keeps its form, shapes and types; a number in `init` is a scalar
 * tensor to them. Returns the carry for which the condition is 0, which is `init` if it is so at once; if it never is, the
 * program never ends.
 *
 * It cannot be differentiated: use `scan` for that.
 *
 * @example whileLoop((x) => x.less(100), (x) => x.mul(2), 3) // 192
 */
export function whileLoop<C>(
  condition: (carry: Tensors<C>) => Tensor,
  body: (carry: Tensors<C>) => Tensors<NoInfer<C>>,
  init: C,
): Tensors<C> {
  checkFunction('whileLoop', condition);
  checkFunction('whileLoop', body);
  const first = flat('whileLoop: the initial carry', init);
  const carries = first.tensors.map(({ shape, dtype }) => inputOf('the carry', shape, dtype));
  const carry = () => buildTree(first.form, carries.values()) as Tensors<C>;
  const run = <T>(f: (carry: Tensors<C>) => T): T =>
    withHint('whileLoop', first.form, first.leaves, () => inTrace('a function of whileLoop', () => f(carry())));
  const returned = 'whileLoop: the carry that the function returns';
  const next = alike(returned, run(body), first.form, carries, 'the one that it gets');
  const test = flagOf('whileLoop: the condition', run(condition));
  const loopBody = new Body({ carries, xs: [], next, results: [test] });
  const loop = new Tensor(whileOp, [...first.tensors, ...loopBody.captured], { body: loopBody } satisfies WhileAttrs);
  const last = carries.map((t, k) => outputOf(loop, t, k));
  together(last);
  return buildTree(first.form, last.values()) as Tensors<C>;
}

/** A condition as a float of shape []. */
function flagOf(where: string, value: TensorLike): Tensor {
  const t = tensorOf(where, value);
  check(t.size === 1, () => `${where} must be a scalar, got ${t}`);
  return t.toFloat().reshape([]);
}

interface CondAttrs {
  readonly branches: readonly [Body, Body];
}

/** Inputs: the predicate, whether it is 0, the operands, what each branch uses from outside. Outputs: results of a branch. */
const condOp = defineOp<CondAttrs>({
  name: 'cond',
  infer: () => ({ shape: [], dtype: 'float32' }),
  kernels: { loop: loopKernel },
  nest: (node, outputs, threads) => nestedCond(node, outputs, threads),
  pull: () => refuseGradient('cond', 'use where, which computes both sides'),
});

function nestedCond(node: Tensor, outputs: readonly Tensor[], threads: number): Nested {
  const { branches } = node.attrs as CondAttrs;
  const operands = branches[0].xs.length;
  const starts = [2 + operands, 2 + operands + branches[0].captured.length];
  const plans = branches.map((body) => {
    const ends = outputs.map((t) => ({ value: body.result(numberOf(t)) }));
    return new PlannedBody(ends, body.standIns, [], threads);
  });
  const emit = (e: Emitter): Emitted => {
    let emitted: Emitted = { ops: [], work: 0 };
    branches.forEach((body, b) => {
      const inputs = [...node.inputs.slice(2, 2 + operands), ...node.inputs.slice(starts[b])];
      const at = (t: Tensor) => e.at(inputs[body.standIns.indexOf(t)]!);
      const tape = new NestedTape(e);
      const { ops, work } = plans[b]!.emit(tape.emitter, e.scratch, at, (i) => e.at(outputs[i]!));
      e.code('loop', { turns: 1, test: e.at(node.inputs[b]!), body: tape.list() });
      emitted = { ops: [...emitted.ops, ...ops], work: Math.max(emitted.work, work) };
    });
    return emitted;
  };
  return { bytes: Math.max(...plans.map(({ bytes }) => bytes)), emit };
}

/**
 * `onTrue(...operands)` where the predicate is not 0, else `onFalse(...operands)`, of which only one is computed. Both are
 * traced once, and return nests of tensors of the same form, shapes and types. What does not depend on the operands is
 * computed in either case.
 *
 * It cannot be differentiated: use `where` for that.
 *
 * @param predicate a scalar, as comparisons give
 */
export function cond<A extends unknown[], Y extends Tree<Y> = Tensor>(
  predicate: TensorLike,
  onTrue: (...operands: { [K in keyof A]: Tensors<A[K]> }) => Y,
  onFalse: (...operands: { [K in keyof A]: Tensors<A[K]> }) => NoInfer<Y>,
  ...operands: A
): Y {
  checkFunction('cond', onTrue);
  checkFunction('cond', onFalse);
  const test = flagOf('cond: the predicate', predicate);
  const given = flat('cond: the operands', operands);
  const traced = <T>(f: (...operands: never[]) => unknown, read: (result: unknown) => T) => {
    const xs = given.tensors.map(({ shape, dtype }) => inputOf('an operand', shape, dtype));
    const run = () => inTrace('a function of cond', () => f(...(buildTree(given.form, xs.values()) as never[])));
    return [xs, read(withHint('cond', given.form, given.leaves, run))] as const;
  };
  const bodyOf = (xs: readonly Tensor[], results: readonly Tensor[]) =>
    new Body({ carries: [], xs, next: [], results });
  const [xs, first] = traced(onTrue, (y) => flat('cond: what the first function returns', y));
  const [others, second] = traced(onFalse, (y) =>
    alike('cond: what the second function returns', y, first.form, first.tensors, 'what the first one returns'),
  );
  const [yes, no] = [bodyOf(xs, first.tensors), bodyOf(others, second)];
  const inputs = [test, test.equal(leafTensor(0)), ...given.tensors, ...yes.captured, ...no.captured];
  const node = new Tensor(condOp, inputs, { branches: [yes, no] } satisfies CondAttrs);
  const out = first.tensors.map((t) => outputOf(node, t, yes.numberOf(t)));
  together(out);
  return buildTree(first.form, out.values()) as Y;
}
