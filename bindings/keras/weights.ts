// Which array of a file is which parameter. Keras 3 numbers the arrays of each layer, in groups after the classes of
// layers; older files and those of TensorFlow.js name them after the layer and the parameter.

import { check } from '../errors.js';
import { checkFile } from '../files/fileerror.js';
import { type Shape, sameShape, shapeText } from '../shape.js';
import type { GraphLayer } from './graph.js';
import type { Hdf5 } from './hdf5/file.js';
import type { Placed, Weight } from './layers/row.js';
import type { StoredArray } from './stored.js';

/** A layer of a model, and the models that it is in, outermost first, each among the layers of its own. */
export type Place = readonly Within[];

/** A layer, and all layers of the model that it is in. */
export interface Within {
  readonly layer: GraphLayer;
  readonly layers: readonly GraphLayer[];
}

/** The arrays of a file. */
export interface Weights {
  readonly what: string;
  /** The array of a parameter, which is number `i` of the arrays of its layer. */
  find(place: Place, weight: Weight, i: number): { readonly array?: StoredArray | undefined; readonly wanted: string };
  /** All that a layer may have. */
  readonly arrays: readonly StoredArray[];
}

/** What a group is called after a class: 'Conv2DTranspose' is conv2d_transpose. */
const snakeCase = (kind: string): string =>
  kind
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** In files of TensorFlow 2.12 and 2.13, in place of `layers`: layers with weights count twice there. */
const DEPENDENCIES = '_layer_checkpoint_dependencies';

const hasWeights = ({ made, inner }: GraphLayer): boolean =>
  inner ? inner.layers.some(hasWeights) : (made?.weights?.length ?? 0) > 0;

/** The groups of all layers of a model: 'dense', 'dense_1' … by their classes. */
function groupsOf(layers: readonly GraphLayer[], twice: boolean): Map<GraphLayer, string> {
  const counts = new Map<string, number>();
  const groups = new Map<GraphLayer, string>();
  for (const layer of layers) {
    if (layer.kind === undefined) continue;
    const kind = snakeCase(layer.kind);
    const count = counts.get(kind) ?? 0;
    groups.set(layer, count === 0 ? kind : `${kind}_${count}`);
    counts.set(kind, count + (twice && hasWeights(layer) ? 2 : 1));
  }
  return groups;
}

/**
 * The weights of a .keras archive. What a random layer draws from is no weight, nor what optimizers and metrics keep.
 */
export function numberedWeights({ what, arrays }: Hdf5): Weights {
  const isOld = [...arrays.keys()].some((path) => path.startsWith(`${DEPENDENCIES}/`));
  const known = new Map<readonly GraphLayer[], Map<GraphLayer, string>>();
  const groupOf = ({ layer, layers }: Within): string => {
    const groups = known.get(layers) ?? groupsOf(layers, isOld);
    known.set(layers, groups);
    return `${isOld ? DEPENDENCIES : 'layers'}/${groups.get(layer)}`;
  };
  return {
    what,
    find(place, weight, i) {
      const [within, number] = 'ours' in weight ? [weight.within, weight.number] : [[], i];
      const wanted = [...place.map(groupOf), ...within, 'vars', number].join('/');
      return { array: arrays.get(wanted), wanted };
    },
    arrays: [...arrays.values()].filter(({ name }) => {
      return (
        /^(layers|_layer_checkpoint_dependencies|vars)\//.test(name) && !/(^|\/)seed_generator(_\d+)?\//.test(name)
      );
    }),
  };
}

/** The last part of a name. */
const lastOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/**
 * Weights by names: 'dense/kernel', also 'dense/dense/kernel:0' or 'sequential/dense/kernel'.
 *
 * @param grouped the first part of a name is that of the layer of the outermost model
 */
export function namedWeights(what: string, arrays: readonly StoredArray[], grouped: boolean): Weights {
  const byLast = new Map<string, { array: StoredArray; path: string }[]>();
  for (const array of arrays) {
    const path = array.name.replace(/:\d+$/, '');
    const last = lastOf(path);
    const others = byLast.get(last);
    if (others) others.push({ array, path });
    else byLast.set(last, [{ array, path }]);
  }
  return {
    what,
    arrays,
    find(place, weight, _) {
      const placed = 'ours' in weight ? weight : undefined;
      const names = 'ours' in weight ? [weight.theirs] : weight.slice(1);
      const layers = place.map(({ layer }) => layer.name);
      const wanted = `${layers.join('/')}/${names[0]}`;
      const group = grouped ? `${layers[0]}/` : '';
      let found = names.flatMap((name) => byLast.get(name) ?? []).filter(({ path }) => path.startsWith(group));
      // Of a layer that is the whole group the array is known by its own name; else by that of the layer, and of what
      // it is in.
      if (placed) found = found.filter(({ path }) => isPartOf(path, placed, layers.at(-1)!, grouped));
      else if (!grouped || layers.length > 1) found = found.filter(({ path }) => isIn(path, layers.at(-1)!, 1));
      for (let i = 2; found.length > 1 && i <= layers.length; i++) {
        const closer = found.filter(({ path }) =>
          placed ? path.split('/').includes(layers.at(-i)!) : isIn(path, layers.at(-i)!, i),
        );
        if (closer.length > 0) found = closer;
      }
      checkFile(found.length < 2, () => {
        return `${what}: ${found
          .map(({ array }) => array.name)
          .slice(0, 4)
          .join(' and ')} may both be ${wanted}: give the layers of models in the model other names`;
      });
      return { array: found[0]?.array, wanted };
    },
  };
}

/** Whether part `i` before the last one of a path is that name. */
function isIn(path: string, name: string, i: number): boolean {
  const parts = path.split('/');
  return parts[parts.length - 1 - i] === name;
}

/** Whether a path is that of an array of a part of a layer, by the name of the part, or else by that of the layer. */
function isPartOf(path: string, { named }: Placed, layer: string, grouped: boolean): boolean {
  const parts = path.split('/').slice(0, -1);
  if (named !== undefined) return parts.includes(named);
  return grouped || parts.includes(layer);
}

/** How many faults an error tells. */
const SHOWN = 8;

/** What is wrong with the weights for a model. */
export class Faults {
  readonly #faults: string[] = [];
  /** The parts that were taken of each array; of most there is one. */
  readonly #taken = new Map<StoredArray, Set<number>>();

  constructor(readonly weights: Weights) {}

  /**
   * The array for a parameter of this name and shape; undefined if it is missing or of another shape, or two want it.
   */
  take(place: Place, weight: Weight, i: number, name: string, shape: Shape): StoredArray | undefined {
    const { array, wanted } = this.weights.find(place, weight, i);
    const { part = 0, values, shape: shapeOf }: Partial<Placed> = 'ours' in weight ? weight : {};
    const there = shapeOf ? shapeOf(shape) : shape;
    if (!array) {
      this.#faults.push(`it has no ${wanted} ${shapeText(there)}, for ${name}`);
      return undefined;
    }
    const parts = this.#taken.get(array) ?? new Set();
    this.#taken.set(array, parts);
    const fits = sameShape(array.shape, there);
    if (parts.has(part)) this.#faults.push(`${array.name} would be ${name} and another weight, too`);
    else if (!fits) {
      this.#faults.push(`${array.name} is ${shapeText(array.shape)} in it, ${name} is ${shapeText(there)}`);
    } else array.check();
    parts.add(part);
    if (!fits || !values) return fits ? array : undefined;
    return { name: array.name, shape, check: () => {}, floats: () => values(array.floats(), shape) };
  }

  /** Notes what no layer has taken. */
  leftOver(): void {
    for (const array of this.weights.arrays) {
      if (!this.#taken.has(array)) {
        this.#faults.push(`it has ${array.name.slice(0, 100)} ${shapeText(array.shape)}, which no layer takes`);
      }
    }
  }

  /** Throws if there are any. */
  check(): void {
    const all = this.#faults;
    check(all.length === 0, () => {
      const more = all.length > SHOWN ? `; and ${all.length - SHOWN} more` : '';
      return `${this.weights.what}: weights and layers do not fit: ${all.slice(0, SHOWN).join('; ')}${more}`;
    });
  }
}
