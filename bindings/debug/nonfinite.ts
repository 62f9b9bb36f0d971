// init({ debug: { checkNaN: true } }): a runner that runs its programs one instruction at a time, and looks at what
// each tensor has become. Loaded on demand.
//
// What counts: a NaN where no input is NaN, and an infinity where all inputs are finite. What a tensor has from its
// inputs is not reported: masks of -Infinity are in use. Elementwise ops are looked at element by element, all others
// as a whole.

import { WasmgradError } from '../errors.js';
import type { InputAttrs } from '../ops/movement.js';
import type { Run, Runner } from '../run/runner.js';
import { broadcastStrides, type Shape, shapeText, stridesOf } from '../shape.js';
import type { Tensor, TensorData } from '../tensor.js';
import { loopText, opText, type Place, Recording, Stepper, type Turn, type Visit } from './steps.js';

// The class is a type to others: as a value it would be in every program.

/**
 * An op made a NaN or an infinity, and `init({ debug: { checkNaN: true } })` found it. The message says which op, what
 * it is a part of, and what went in. To tell it from others: `error.name === 'NonFiniteValueError'`.
 */
export class NonFiniteValueError extends WasmgradError {
  override name = 'NonFiniteValueError';
  constructor(
    message: string,
    /** The op: 'log', 'matMul' … */
    readonly op: string,
    /** The shape of its result. */
    readonly shape: Shape,
    /** Where in the result the first such element is. */
    readonly index: readonly number[],
    /** That element: NaN, Infinity or -Infinity. */
    readonly value: number,
    /**
     * What the op is a part of, if it is known: 'the layer dense_1', 'the loss huber', 'the gradient of the layer
     * dense_1'.
     */
    readonly origin: string | undefined,
  ) {
    super(message);
  }
}

/**
 * A runner over the same memory whose programs throw at the first such element. `unchecked` is the runner that it was
 * made of.
 */
export function checkingRunner(unchecked: Runner): Runner {
  const recording = new Recording();
  const load: Runner['load'] = (tape, large, ops): Run => {
    const { memory } = unchecked;
    const stepper = new Stepper(unchecked, tape, large, ops, recording.stepsOf(tape, memory));
    return (times, watch) => {
      for (let time = 1; time <= times; time++) {
        new Search(stepper).run();
        if (watch !== 0 && !Number.isFinite(memory.f[watch / 4])) return time;
      }
      return times;
    };
  };
  return { ...unchecked, record: recording.record, load, unchecked };
}

/** A value that an instruction reads or has made. */
interface Value {
  readonly tensor: Tensor;
  readonly data: TensorData;
}

/** One run of a program. */
class Search {
  readonly #stepper: Stepper;
  /** The inputs of the step at work that its instructions may overwrite, as they were before it. */
  #before = new Map<Tensor, TensorData>();

  constructor(stepper: Stepper) {
    this.#stepper = stepper;
  }

  run(): void {
    this.#stepper.walk((visit) => {
      const { at, step } = visit;
      const words = this.#stepper.wordsOf(visit);
      if (step?.from === at) this.#keep(visit);
      this.#stepper.load(words)(1);
      if (step?.to === at + words.length) this.#check(visit);
    });
  }

  /** Keeps the inputs that lie where the step writes. */
  #keep(visit: Visit): void {
    this.#before.clear();
    const places = placesOf(visit);
    const written = places.filter(isWritten).map((place) => this.#stepper.indexOf(visit, place));
    for (const place of places) {
      if (!isRead(place) || !written.includes(this.#stepper.indexOf(visit, place))) continue;
      this.#before.set(place.tensor, this.#view(visit, place).slice());
    }
  }

  #check(visit: Visit): void {
    const { node, places } = visit.step!;
    // What lies at an address that is itself read from memory is data of the user, of which nothing is known here.
    if (places.some(({ kind }) => kind === 'read address')) return;
    const outputs = node.op.mutates ? node.inputs.slice(0, node.op.mutates) : [node];
    const valuesOf = (tensor: Tensor, test: (place: Place) => boolean): Value[] => {
      const place = places.find((place) => place.tensor === tensor && test(place));
      return place ? [{ tensor, data: this.#view(visit, place) }] : [];
    };
    let inputs: Value[] | undefined;
    for (const output of outputs.flatMap((t) => valuesOf(t, isWritten))) {
      if (output.tensor.dtype !== 'float32' || allFinite(output.data)) continue;
      inputs ??= node.inputs.flatMap((tensor) => {
        const data = this.#before.get(tensor);
        return data ? [{ tensor, data }] : valuesOf(tensor, isRead);
      });
      const at = firstMade(node, output, inputs);
      if (at >= 0) throw found(visit, output, at, inputs);
    }
  }

  #view(visit: Visit, place: Place): TensorData {
    const { f, i } = this.#stepper.memory;
    const at = this.#stepper.indexOf(visit, place);
    return (place.tensor.dtype === 'int32' ? i : f).subarray(at, at + place.tensor.size);
  }
}

const placesOf = ({ step }: Visit): readonly Place[] => step?.places ?? [];
const isWritten = ({ kind }: Place): boolean => /^(written|updated)/.test(kind);
const isRead = ({ kind }: Place): boolean => /^(read|updated)/.test(kind);

function allFinite(data: TensorData): boolean {
  let zero = 0;
  for (let i = 0; i < data.length; i++) zero += 0 * data[i]!;
  return zero === 0;
}

/** The first element of the result that is not finite and does not come from the inputs; -1 if there is none. */
function firstMade(node: Tensor, output: Value, inputs: readonly Value[]): number {
  const floats = inputs.filter(({ tensor }) => tensor.dtype === 'float32');
  const each = node.op.elementwise ? floats.map((input) => elementAt(input, node.shape)) : undefined;
  const all = each ? [] : floats.map(({ data }) => ({ nan: data.some(Number.isNaN), finite: allFinite(data) }));
  return output.data.findIndex((value: number, i: number) => {
    if (Number.isFinite(value)) return false;
    const from =
      each?.map((element) => element(i)).map((x) => ({ nan: Number.isNaN(x), finite: Number.isFinite(x) })) ?? all;
    return Number.isNaN(value) ? !from.some(({ nan }) => nan) : from.every(({ finite }) => finite);
  });
}

/** The element of an input that element i of an elementwise result in `shape` is made of. */
function elementAt({ tensor, data }: Value, shape: Shape): (i: number) => number {
  const strides = broadcastStrides(tensor.shape, shape);
  return (i) => data[indexOf(i, shape).reduce((at, index, axis) => at + index * strides[axis]!, 0)]!;
}

/** The indices of element i. */
const indexOf = (i: number, shape: Shape): number[] =>
  stridesOf(shape).map((stride, axis) => Math.floor(i / stride) % shape[axis]!);

function found(visit: Visit, { tensor, data }: Value, at: number, inputs: readonly Value[]): NonFiniteValueError {
  const { node } = visit.step!;
  const { op, origin, shape } = node;
  const value = data[at]!;
  const index = indexOf(at, tensor.shape);
  const result = op.mutates ? nameOf(tensor) : 'its result';
  const where = `${index.length > 0 ? `element ${shapeText(index)} of ` : ''}${result} ${tensor}`;
  const how = op.elementwise
    ? `${op.name}(${inputs.map((input) => elementAt(input, shape)(at)).join(', ')})`
    : `made of ${inputs.map(inputText).join(', ')}`;
  const around = [origin, ...visit.loops.map(turnText)].filter(Boolean).join(', ');
  const message = `checkNaN: ${opText(node)} made ${value}${around && `, in ${around}`}: ${where} is ${how}`;
  return new NonFiniteValueError(message, op.name, tensor.shape, index, value, origin);
}

/** A loop of `cond` is a branch, which has one turn. */
function turnText({ node, turn }: Turn): string {
  const loop = loopText(node);
  return loop === 'cond' ? 'a branch of cond' : `turn ${turn} of ${loop}`;
}

/** The name of a leaf: 'dense.kernel', 'x'. */
const nameOf = ({ attrs }: Tensor): string => (attrs as Partial<InputAttrs>).name ?? '';

/** `dense.kernel float32[2, 8] (-1.5 … 2)` */
function inputText({ tensor, data }: Value): string {
  const text = `${nameOf(tensor)} ${tensor}`.trim();
  if (data.length === 0) return text;
  let [low, high] = [Infinity, -Infinity];
  for (const value of data) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return `${text} (${low === high ? low : `${shown(low)} … ${shown(high)}`})`;
}

const shown = (x: number): number => Number(x.toPrecision(6));
