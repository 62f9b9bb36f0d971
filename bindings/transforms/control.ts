// whileLoop and cond: how often something runs, or whether, is decided while the program runs. Forward only. Not here:
// loops of a known length, which can be differentiated (scan.ts).

import { check, checkFunction, show, WasmgradError } from '../errors.js';
import { loop as loopKernel } from '../kernels/loop.js';
import { type Batch, defineOp, type Emitted, type Emitter, type Nested } from '../ops/op.js';
import { where } from '../ops/where.js';
import { inTrace } from '../scope.js';
import { inputOf, Tensor, type TensorLike, tensorOf } from '../tensor.js';
import { buildTree, leafTensor, type Tensors, type Tree, withHint } from '../tree.js';
import { together } from './autodiff.js';
import { Body, NestedTape, PlannedBody } from './body.js';
import { batchOf, copyTo, neededCarries, numberOf, outputOf, severalOf, varyingTensors } from './loop.js';
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
  batch: mappedWhile,
  pull: () => refuseGradient('whileLoop', 'use scan, whose number of turns is known'),
});

function refuseGradient(name: string, wayOut: string): never {
  throw new WasmgradError(`the gradient of ${name}: it runs forward only; ${wayOut}`);
}

/**
 * The loop over the mapped body, in which the carries that differ between examples have the batch axis. If the
 * condition differs, all of them have it: the loop turns until the condition is 0 for all examples, and those for which
 * it is 0 keep what they carry.
 */
function mappedWhile({ size, inputs, full, mapped }: Batch, node: Tensor, { body }: WhileAttrs): Tensor {
  const { carries, next, captured, standIns } = body;
  const condition = body.result(0);
  const isMapped = (i: number) => inputs[i] !== node.inputs[i];
  const varying = varyingTensors(
    body,
    standIns.filter((_, i) => isMapped(i)),
  );
  const stops = varying.has(condition);
  const batches = carries.map((t) => (stops || varying.has(t) ? batchOf(size, t) : t));
  const isBatch = (k: number) => batches[k] !== carries[k];
  const examples = new Map(carries.flatMap((t, k) => (isBatch(k) ? [[t, batches[k]!]] : [])));
  captured.forEach((t, i) => void (isMapped(carries.length + i) && examples.set(t, inputs[carries.length + i]!)));
  const [test, ...after] = mapped([condition, ...next], examples) as [Tensor, ...Tensor[]];
  const goesOn = test.notEqual(0);
  const chosen = (k: number) => (stops ? chosenIn(goesOn, after[k]!, batches[k]!) : after[k]!);
  const batched = new Body({
    carries: batches,
    xs: [],
    next: next.map((t, k) => (isBatch(k) ? chosen(k) : t)),
    results: [stops ? goesOn.sum() : condition],
  });
  const first = carries.map((_, k) => (isBatch(k) ? full[k]! : inputs[k]!));
  const loop = new Tensor(whileOp, [...first, ...batched.captured], { body: batched } satisfies WhileAttrs);
  return severalOf(carries.map(({ shape }, k) => outputOf(loop, batches[k]!, k).broadcastTo([size, ...shape])));
}

/** `a` or `b`, with a batch axis, by a flag for each example. */
const chosenIn = (flags: Tensor, a: Tensor, b: Tensor): Tensor =>
  where(flags.reshape([...flags.shape, ...a.shape.slice(1).fill(1)]), a, b);

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
 * Calls `body(carry)` as long as `condition(carry)` is not 0: iterations whose number is only known while the program
 * runs. Both are traced once. The carry is any nest of tensors that keeps its form, shapes and types; a number in
 * `init` is a scalar tensor to them. Returns the carry for which the condition is 0, which is `init` if it is so at
 * once; if it never is, the program runs for 2^31 - 1 turns: where that may be, carry a counter, and let the condition
 * look at it.
 *
 * It cannot be differentiated: use `scan` for that. In `vmap` it turns until the condition is 0 for all examples, and
 * each of these gets what it carried when its own became 0.
 *
 * @example whileLoop((x) => x.less(100), (x) => x.mul(2), 3) // 192
 */
export function whileLoop<C>(
  condition: (carry: Tensors<C>) => Tensor,
  body: (carry: Tensors<C>) => Tensors<NoInfer<C>>,
  init: C,
  ...more: never[]
): Tensors<C> {
  checkFunction('whileLoop: the condition', condition);
  checkFunction('whileLoop: the body', body);
  check(more.length === 0, () => {
    return `whileLoop takes a condition, a body and a carry, got ${show(more[0])} behind them; to bound its turns, carry a counter`;
  });
  const first = flat('whileLoop: the initial carry', init);
  const carries = first.tensors.map(({ shape, dtype }) => inputOf('the carry', shape, dtype));
  const carry = () => buildTree(first.form, carries.values()) as Tensors<C>;
  const run = <T>(f: (carry: Tensors<C>) => T): T =>
    withHint('whileLoop', first.form, first.leaves, () => inTrace('a function of whileLoop', () => f(carry())));
  const returned = 'whileLoop: the carry that the function returns';
  const next = alike(returned, run(body), first.form, carries, 'the one that it gets');
  const flag: unknown = run(condition);
  check(typeof flag !== 'boolean', () => {
    return `whileLoop: the condition returned ${flag} for every carry; return a tensor, such as x.less(100)`;
  });
  const test = flagOf('whileLoop: the condition', flag as Tensor);
  const loopBody = new Body({ carries, xs: [], next, results: [test] });
  const loop = new Tensor(whileOp, [...first.tensors, ...loopBody.captured], { body: loopBody } satisfies WhileAttrs);
  const last = carries.map((t, k) => outputOf(loop, t, k));
  together(last);
  return buildTree(first.form, last.values()) as Tensors<C>;
}

/** A condition as a float of shape []. */
function flagOf(where: string, value: TensorLike | boolean): Tensor {
  const t = tensorOf(where, typeof value === 'boolean' ? +value : value);
  check(t.size === 1, () => `${where} must be a scalar, got ${t}`);
  return t.toFloat().reshape([]);
}

interface CondAttrs {
  readonly branches: readonly [Body, Body];
}

/**
 * Inputs: the predicate, whether it is 0, the operands, what each branch uses from outside. Outputs: results of a
 * branch.
 */
const condOp = defineOp<CondAttrs>({
  name: 'cond',
  infer: () => ({ shape: [], dtype: 'float32' }),
  kernels: { loop: loopKernel },
  nest: (node, outputs, threads) => nestedCond(node, outputs, threads),
  batch: mappedCond,
  pull: () => refuseGradient('cond', 'use where, which computes both sides'),
});

/** Where the operands of cond end among its inputs, and those of each branch begin. */
function startsOf({ branches: [yes] }: CondAttrs): [number, number] {
  const operands = yes.xs.length;
  return [2 + operands, 2 + operands + yes.captured.length];
}

/**
 * One of the mapped branches. Where the predicate differs between examples, both are computed, and one is chosen for
 * each.
 */
function mappedCond(batch: Batch, node: Tensor, attrs: CondAttrs): Tensor {
  const { size, inputs, full, mapped } = batch;
  const starts = startsOf(attrs);
  const isMapped = (i: number) => inputs[i] !== node.inputs[i];
  const resultsOf = (b: number, xs: readonly Tensor[]): Tensor[] => {
    const body = attrs.branches[b]!;
    const examples = new Map(body.xs.flatMap((t, i) => (xs[i] === t ? [] : [[t, xs[i]!]])));
    body.captured.forEach((t, i) => void (isMapped(starts[b]! + i) && examples.set(t, inputs[starts[b]! + i]!)));
    return mapped(body.results, examples);
  };
  if (isMapped(0)) {
    const operands = full.slice(2, starts[0]);
    const no = resultsOf(1, operands);
    return severalOf(resultsOf(0, operands).map((yes, i) => chosenIn(inputs[0]!, yes, no[i]!)));
  }
  const branches = attrs.branches.map((body, b) => {
    const xs = body.xs.map((t, i) => (isMapped(2 + i) ? batchOf(size, t) : t));
    return new Body({ carries: [], xs, next: [], results: resultsOf(b, xs) });
  }) as [Body, Body];
  return severalOf(condOf(inputs.slice(0, starts[0]), branches));
}

/** The results of one of two branches; `inputs` are the predicate, whether it is 0, and the operands. */
function condOf(inputs: readonly Tensor[], branches: readonly [Body, Body]): Tensor[] {
  const captured = branches.flatMap((body) => body.captured);
  const node = new Tensor(condOp, [...inputs, ...captured], { branches } satisfies CondAttrs);
  return branches[0].results.map((t, i) => outputOf(node, t, i));
}

function nestedCond(node: Tensor, outputs: readonly Tensor[], threads: number): Nested {
  const attrs = node.attrs as CondAttrs;
  const { branches } = attrs;
  const starts = startsOf(attrs);
  const plans = branches.map((body) => {
    const ends = outputs.map((t) => ({ value: body.result(numberOf(t)) }));
    return new PlannedBody(ends, body.standIns, [], threads);
  });
  const emit = (e: Emitter): Emitted => {
    let emitted: Emitted = { ops: [], work: 0 };
    branches.forEach((body, b) => {
      const inputs = [...node.inputs.slice(2, starts[0]), ...node.inputs.slice(starts[b])];
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
 * `onTrue(...operands)` where the predicate is not 0, else `onFalse(...operands)`, of which only one is computed. Both
 * are traced once, and return nests of tensors of the same form, shapes and types. What does not depend on the operands
 * is computed in either case.
 *
 * It cannot be differentiated: use `where` for that. In `vmap`, if the predicate differs between the examples, both
 * branches are computed for all of them, as `where` does.
 *
 * @param predicate a scalar, as comparisons give, or true or false
 */
export function cond<A extends unknown[], Y extends Tree<Y> = Tensor>(
  predicate: TensorLike | boolean,
  onTrue: (...operands: { [K in keyof A]: Tensors<A[K]> }) => Y,
  onFalse: (...operands: { [K in keyof A]: Tensors<A[K]> }) => NoInfer<Y>,
  ...operands: A
): Y {
  checkFunction('cond: what is called where the predicate is true', onTrue);
  checkFunction('cond: what is called where it is not', onFalse);
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
  const inputs = [test, test.equal(leafTensor(0)), ...given.tensors];
  const out = condOf(inputs, [bodyOf(xs, first.tensors), bodyOf(others, second)]);
  together(out);
  return buildTree(first.form, out.values()) as Y;
}
