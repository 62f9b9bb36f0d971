// What a model computes: its inputs and outputs, its layers as the first run of its function finds them, and the
// programs that predict. Clones share it, and so do chains of equal layers, so that a thousand small networks cost one
// trace and one program. Not here: the memory of parameters, which each network has for itself (network.ts).

import { ProgramCache, type Weak, weakly } from '../cache.js';
import { check, checkFunction } from '../errors.js';
import { frameAtWork } from '../layers/frame.js';
import type { Context, Layer } from '../layers/layer.js';
import type { MaskFlow } from '../layers/masks.js';
import { KEY_WORDS } from '../ops/random.js';
import type { Runner } from '../run/runner.js';
import { inTrace } from '../scope.js';
import { inputOf } from '../tensor.js';
import { byName, type EndSpecs, placeholders, readOutputs } from './ends.js';
import { Findings, Forward } from './forward.js';
import type { Drawing } from './initial.js';
import { Layers } from './layers.js';
import { Programs } from './predictor.js';

/** The function of a model: calls layers, and any op. */
export type ModelFunction = (input: never, context: Context) => unknown;

/** What a model computes. It knows no network, so none keeps another alive. */
export interface Definition {
  readonly inputs: EndSpecs;
  readonly outputs: EndSpecs;
  readonly layers: Layers;
  readonly forward: ModelFunction;
  /** What masks do, if the function makes any. */
  readonly masks: MaskFlow | undefined;
  readonly predictions: Programs;
  /** What draws initial values, once it was needed. */
  readonly drawings: ProgramCache<0, Drawing>;
  /** The layers of a chain. */
  readonly chain?: readonly Layer[] | undefined;
  /** All that it depends on, if other models may share it: two of the same values are one. */
  readonly structure?: readonly unknown[];
}

/** A function that is a chain of layers. */
export interface Chain {
  readonly layers: readonly Layer[];
  /** All that they depend on, if models of the same parts are to share the definition. */
  readonly parts: readonly unknown[] | undefined;
}

/**
 * Samples of the run in which layers are found: more than one, so that `squeeze` can't take the batch for an axis of 1.
 */
const SAMPLES = 3;

/** The definition of a model, whose function may be a chain of layers. */
export function definitionOf(
  where: string,
  at: Runner,
  inputs: EndSpecs,
  forward: ModelFunction,
  chain?: Chain,
): Definition {
  check(
    frameAtWork() === undefined,
    () => `${where} inside of a model's function: make it outside, and call net.asLayer()`,
  );
  const make = (): Definition => ({ ...define(where, inputs, forward), chain: chain?.layers });
  return chain?.parts ? shared([at, JSON.stringify(inputs), ...chain.parts], make) : make();
}

/** Runs the function of a model for the first time. */
function define(where: string, inputs: EndSpecs, forward: ModelFunction): Definition {
  checkFunction(`${where}: the function`, forward);
  const layers = new Layers();
  const key = inputOf('key', [KEY_WORDS], 'int32');
  const run = { training: true, key: () => key };
  const findings = new Findings();
  const frame = new Forward(layers, run, findings, true);
  const given = placeholders(inputs, SAMPLES);
  const output = inTrace('the function of a model', () => frame.output(forward, byName(inputs, given)));
  const { names, tensors } = readOutputs(where, output, SAMPLES);
  const { masks } = findings;
  for (const t of tensors) masks?.of(t); // throws if it can't have one
  const specs = tensors.map(({ shape, dtype }) => ({ shape: Object.freeze(shape.slice(1)), dtype }));
  return {
    inputs,
    outputs: { names, specs },
    layers,
    forward,
    masks,
    predictions: new Programs(),
    drawings: new ProgramCache(),
  };
}

/** So many definitions are remembered; a model of another structure is defined anew. */
const REMEMBERED = 16;

/** Definitions that the next models may share, the one made last first. */
const remembered: Weak<Definition>[] = [];

/** The definition of that structure, as long as a model has it, or a new one. */
function shared(structure: readonly unknown[], make: () => Definition): Definition {
  for (const ref of remembered) {
    const known = ref.deref();
    if (known && isSame(known.structure!, structure)) return known;
  }
  const made = { ...make(), structure };
  remembered.unshift(weakly(made));
  remembered.splice(REMEMBERED);
  return made;
}

const isSame = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
