// The kinds of cases: how each is generated, checked, and shown.

import fc from 'fast-check';
import { batchText, checkBatch } from './batches.js';
import { choices } from './choices.js';
import { cooked, type Op, type Raw, rawArbitrary, simpler } from './cook.js';
import { checkDerivatives } from './derivatives.js';
import { checkDescent, type DescentCase, descentArbitrary, descentText } from './descents.js';
import { checkEffects, writesText } from './effects.js';
import { checkGraph } from './graphs.js';
import { checkImages, type ImageCase, imageArbitrary, imageText, layersOf } from './images.js';
import { checkLoop, loopText } from './loops.js';
import { checkModel, type ModelCase, modelArbitrary, modelText } from './models.js';
import { checkNet, type NetCase, netArbitrary, netText, stepsOf } from './nets.js';
import { checkOrder, type OrderCase, orderArbitrary, orderText } from './order.js';
import { callsOf, recipeText } from './recipe.js';
import { OPS } from './table.js';

export interface Kind<T = unknown> {
  readonly name: string;
  /** Its share of the time, relative to the other kinds. */
  readonly share: number;
  readonly arbitrary: fc.Arbitrary<T>;
  /** Throws if something is not as it must be. */
  check(value: T): void | Promise<void>;
  /** The case with a part less, in every way. */
  simpler?(value: T): T[];
  /** The case as code. */
  text(value: T): string;
  /** How many ops or lines it has. */
  size(value: T): number;
}

/** Smooth values only: others lie at kinks, where differences say something else, or have none. */
const SMOOTH = 1;

/** The kinds whose cases are made of the ops of a table. */
export function recipesOf(ops: readonly Op[]) {
  const recipeOf = (raw: Raw) => cooked(raw, ops);

  const graphs: Kind<{ readonly raw: Raw; readonly gradient: boolean }> = {
    name: 'graphs',
    share: 4,
    arbitrary: fc.record({ raw: rawArbitrary(ops.length), gradient: fc.boolean() }),
    check: ({ raw, gradient }) => checkGraph({ recipe: recipeOf(raw), gradient }),
    simpler: ({ raw, gradient }) => simpler(raw).map((less) => ({ raw: less, gradient })),
    text: ({ raw, gradient }) => recipeText(recipeOf(raw)) + (gradient ? '\n// and the gradients of all leaves' : ''),
    size: ({ raw }) => callsOf(recipeOf(raw)),
  };

  const derivatives: Kind<Raw> = {
    name: 'derivatives',
    share: 3,
    arbitrary: rawArbitrary(ops.length, SMOOTH),
    check: (raw) => checkDerivatives(recipeOf(raw)),
    simpler,
    text: (raw) => recipeText(recipeOf(raw)),
    size: (raw) => callsOf(recipeOf(raw)),
  };

  const batches: Kind<{ readonly raw: Raw; readonly numbers: readonly number[]; readonly gradient: boolean }> = {
    name: 'batches',
    share: 2,
    arbitrary: fc.record({ raw: rawArbitrary(ops.length), numbers: choices(8), gradient: fc.boolean() }),
    check: ({ raw, ...rest }) => checkBatch({ recipe: recipeOf(raw), ...rest }),
    simpler: ({ raw, ...rest }) => simpler(raw).map((less) => ({ raw: less, ...rest })),
    text: ({ raw, ...rest }) => batchText({ recipe: recipeOf(raw), ...rest }),
    size: ({ raw }) => callsOf(recipeOf(raw)),
  };

  const loops: Kind<{ readonly raw: Raw; readonly numbers: readonly number[]; readonly gradient: boolean }> = {
    name: 'loops',
    share: 2,
    arbitrary: fc.record({ raw: rawArbitrary(ops.length), numbers: choices(8), gradient: fc.boolean() }),
    check: ({ raw, ...rest }) => checkLoop({ recipe: recipeOf(raw), ...rest }),
    simpler: ({ raw, ...rest }) => simpler(raw).map((less) => ({ raw: less, ...rest })),
    text: ({ raw, ...rest }) => loopText({ recipe: recipeOf(raw), ...rest }),
    size: ({ raw }) => callsOf(recipeOf(raw)),
  };

  const effects: Kind<{ readonly raw: Raw; readonly numbers: readonly number[] }> = {
    name: 'effects',
    share: 1,
    arbitrary: fc.record({ raw: rawArbitrary(ops.length), numbers: choices(3) }),
    check: ({ raw, numbers }) => checkEffects({ recipe: recipeOf(raw), numbers }),
    simpler: ({ raw, numbers }) => simpler(raw).map((less) => ({ raw: less, numbers })),
    text: ({ raw, numbers }) => {
      const recipe = recipeOf(raw);
      return `${recipeText(recipe)}\n${writesText({ recipe, numbers })}`;
    },
    size: ({ raw }) => callsOf(recipeOf(raw)),
  };

  return { graphs, derivatives, batches, loops, effects } as const;
}

const models: Kind<ModelCase> = {
  name: 'models',
  share: 3,
  arbitrary: modelArbitrary,
  check: checkModel,
  text: modelText,
  size: ({ layers }) => layers.length,
};

const nets: Kind<NetCase> = {
  name: 'nets',
  share: 2,
  arbitrary: netArbitrary,
  check: checkNet,
  text: netText,
  size: stepsOf,
};

const images: Kind<ImageCase> = {
  name: 'images',
  share: 2,
  arbitrary: imageArbitrary,
  check: checkImages,
  text: imageText,
  size: layersOf,
};

const descents: Kind<DescentCase> = {
  name: 'descents',
  share: 1,
  arbitrary: descentArbitrary,
  check: checkDescent,
  text: descentText,
  size: () => 1,
};

const order: Kind<OrderCase> = {
  name: 'order',
  share: 1,
  arbitrary: orderArbitrary,
  check: checkOrder,
  text: orderText,
  size: ({ acts }) => acts.length,
};

export const KINDS = { ...recipesOf(OPS), models, nets, images, descents, order } as const;
