// Groups of parameters that have an optimizer of their own.

import { check, checkIs } from '../errors.js';
import type { Shape } from '../shape.js';
import { checkOptimizer, type Optimizer, type ParameterInfo } from './optimizer.js';

/** Some parameters, and the optimizer for them. */
export interface ParameterGroup {
  /** The start of their names, such as 'trunk' or 'dense_1.', or a pattern, or a function of name and shape. */
  readonly match: string | RegExp | ((name: string, shape: Shape) => boolean);
  readonly optimizer: Optimizer;
}

/**
 * An optimizer with others for groups of parameters: smaller rates for layers that were trained before, no decay for some
 * names, another rule for an embedding. A parameter belongs to the first group that matches, else to `optimizer`.
 *
 * @throws when the model is compiled, if a group matches no parameter that another group before it has not
 * @example grouped(adamW(1e-3), [{ match: 'trunk.', optimizer: adamW(1e-5) }, { match: /embedding/, optimizer: sgd(0.1) }])
 */
export function grouped(optimizer: Optimizer, groups: readonly ParameterGroup[]): Optimizer {
  checkOptimizer('grouped: optimizer', optimizer);
  checkIs(Array.isArray(groups), 'grouped: groups', 'an array of { match, optimizer }', groups);
  const matches = groups.map(matcherOf);
  return {
    ...optimizer,
    split: (all) => {
      const chosen = all.map(({ name, shape }) => matches.findIndex((fits) => fits(name, shape)));
      groups.forEach(({ match }, i) => {
        check(chosen.includes(i), () => {
          const names = all.map(({ name }) => name).join(', ');
          return `grouped: groups[${i}], match ${match}, has none of the parameters (${names}) that groups before it left`;
        });
      });
      const parts = [optimizer, ...groups.map((group) => group.optimizer)].map((part, i) => {
        return splitOf(part, all, (k) => chosen[k] === i - 1);
      });
      return all.map((_, k) => parts[chosen[k]! + 1]!.get(k)!);
    },
  };
}

/** The optimizers that `part` has for the parameters that are `its`, by their index among all. */
function splitOf(part: Optimizer, all: readonly ParameterInfo[], its: (k: number) => boolean): Map<number, Optimizer> {
  const own = all.map((_, k) => k).filter(its);
  const split = part.split?.(own.map((k) => all[k]!));
  return new Map(own.map((k, i) => [k, split?.[i] ?? part]));
}

function matcherOf({ match, optimizer }: ParameterGroup, i: number): (name: string, shape: Shape) => boolean {
  checkOptimizer(`grouped: groups[${i}]: optimizer`, optimizer);
  const what = `grouped: groups[${i}]: match`;
  const isPattern = Object.prototype.toString.call(match) === '[object RegExp]';
  if (isPattern) return (name) => name.search(match as RegExp) >= 0; // not test: it moves lastIndex of a global pattern
  if (typeof match === 'string') return (name) => name.startsWith(match);
  checkIs(typeof match === 'function', what, 'the start of names, a pattern, or a function of name and shape', match);
  return match as (name: string, shape: Shape) => boolean;
}
