// loadStateDict: the weights of a model of PyTorch for a model of the same structure here.

import { check, checkIs, isRecord } from '../errors.js';
import type { FileSource } from '../files/source.js';
import { MAX_BYTES } from '../files/zip.js';
import type { Variable } from '../model/layers.js';
import type { Model } from '../model/model.js';
import { options, type Rules, rule, whole } from '../options.js';
import { sameShape, shapeText } from '../shape.js';
import { constantOf, type Tensor } from '../tensor.js';
import { type Match, matchNames, type Rename } from './match.js';
import { readState, type StateFile } from './statefile.js';
import { elementsOf } from './strided.js';
import { type Structure, structureOf } from './structure.js';
import { parted, type Weight, weightOf } from './weights.js';

/** Options of `loadStateDict`. */
export interface LoadStateDictOptions {
  /**
   * What the tensors are called here: an object by their names or those of their modules, `{ fc1: 'dense' }`, or a
   * function of the name of a tensor, which returns undefined for one that is not wanted. Without it equal names go
   * together; if there are none, the modules in their order are the layers in theirs.
   */
  readonly rename?: Rename | undefined;
  /** The most bytes that the file may have, and that may come out of compressed ones; default 256 MiB. */
  readonly maxBytes?: number | undefined;
}

const loadOptions = options({
  rename: rule<Rename, undefined>(undefined, (what, given) => {
    checkIs(typeof given === 'function' || isRecord(given), what, 'an object of names, or a function', given);
  }),
  maxBytes: whole(MAX_BYTES, 1),
} satisfies Rules<LoadStateDictOptions>);

/**
 * Loads the state dict of a PyTorch model, a file of safetensors or of `torch.save(model.state_dict(), path)`, into a
 * model of the same structure. Arrays are turned as their layers want it: matrices of linear layers are transposed, the
 * packed ones of attention taken apart, kernels of convolutions and what follows a flattened image are put in the order
 * of [height, width, channels].
 *
 * @param from a path, bytes, a Response, a Blob or a place
 * @returns the name in the file of each parameter and state of the model
 * @throws FileError for a file that is damaged or has anything else in it than numbers; WasmgradError that says all
 *   that is missing, left over or of another shape. The model is then as it was
 *
 * @example
 * await loadStateDict(net, 'net.pt', { rename: { conv1: 'conv2d', fc: 'dense' } });
 */
export async function loadStateDict<In, Out>(
  model: Model<In, Out>,
  from: FileSource,
  options?: LoadStateDictOptions,
): Promise<Record<string, string>> {
  const { rename, maxBytes } = loadOptions('loadStateDict', options);
  checkIs(typeof model?.look === 'function', 'loadStateDict: the model', 'made by sequential() or model()', model);
  const structure = model.look('loadStateDict', ({ network }) => structureOf(network));
  const file = await readState('loadStateDict', from, maxBytes);
  const found = fitted(file, structure, matchNames(file, structure, rename));
  const pairs = found.flatMap(([weight, given]) => valuesFor(file, weight, given));
  model.setWeights(Object.fromEntries(pairs));
  return Object.fromEntries(found.flatMap(([{ variables }, given]) => variables.map(({ name }) => [name, given])));
}

/** Which tensor of the file each weight is; throws if one does not fit, and says all that do not. */
function fitted(
  { what, tensors }: StateFile,
  { weights, ambiguous }: Structure,
  matches: readonly Match[],
): (readonly [Weight, string])[] {
  const byName = new Map<string, Weight>();
  for (const weight of weights) {
    byName.set(weight.name, weight);
    for (const alone of parts(weight)) byName.set(alone.variables[0]!.name, alone);
  }
  const found = new Map<Variable, string>();
  const pairs: (readonly [Weight, string])[] = [];
  const wrong: string[] = [];
  for (const { given, name } of matches) {
    const weight = byName.get(name);
    const { shape } = tensors.get(given)!;
    const called = given === name ? given : `${given} (${name})`;
    const twice = weight?.variables.find((variable) => found.has(variable));
    if (!weight) wrong.push(`${called} ${shapeText(shape)} is left over`);
    else if (twice) wrong.push(`${called} and ${found.get(twice)} are both ${twice.name}`);
    else {
      for (const variable of weight.variables) found.set(variable, given);
      pairs.push([weight, given]);
      const { there, variables } = weight;
      const takes = variables.length > 1 ? 'take' : 'takes';
      if (!sameShape(shape, there))
        wrong.push(`${called} is ${shapeText(shape)}, ${namesOf(weight)} ${takes} ${shapeText(there)}`);
    }
  }
  for (const weight of weights.flatMap((each) => lacking(each, found)))
    wrong.push(`${weight.name} ${shapeText(weight.there)} is missing, for ${namesOf(weight)}`);
  check(wrong.length === 0, () => `${what} does not fit the model: ${cut(wrong)}`);
  const own = matches.every(({ given, name }) => given === name && byName.get(name)?.name === name);
  check(own || ambiguous === undefined, () => {
    return `${what}: whether a model of PyTorch has its features in the order of this one is not known, since ${ambiguous}; use flatten() between images and dense layers, and nothing else`;
  });
  return pairs;
}

/** Each variable of a weight as one of its own, of the same name. */
const parts = (weight: Weight): Weight[] =>
  weight.variables.map((variable) => weightOf(weight.name, [variable], weight));

/** What is not found of a weight. */
function lacking(weight: Weight, found: ReadonlyMap<Variable, string>): Weight[] {
  const missing = parts(weight).filter(({ variables }) => !found.has(variables[0]!));
  return missing.length === weight.variables.length ? [weight] : missing;
}

const namesOf = ({ variables }: Weight): string => variables.map(({ name }) => name).join(', ');

const SHOWN = 20;

const cut = (lines: readonly string[]): string =>
  `\n  ${lines.slice(0, SHOWN).join('\n  ')}${lines.length > SHOWN ? `\n  and ${lines.length - SHOWN} more` : ''}`;

/** The values for the variables of a weight, by name, in the order that they have here. */
function valuesFor({ what, tensors }: StateFile, weight: Weight, given: string): [string, Tensor][] {
  const values = parted(weight, elementsOf(`${what}: '${given}'`, tensors.get(given)!));
  return values.map(([{ name, tensor }, own]) => [name, constantOf(own, tensor.shape)]);
}
