// Groups of parameters that have an optimizer of their own.

import { check, checkIs } from '../errors.js';
import { madeBy } from '../made.js';
import type { Shape } from '../shape.js';
import { checkOptimizer, elementwise, isElementwise, type Optimizer } from './optimizer.js';
import { insideOf, wrapped } from './wrap.js';

/** Some parameters, and the optimizer for them. */
export interface ParameterGroup {
  /** The start of their names, such as 'trunk' or 'dense_1.', or a pattern, or a function of name and shape. */
  readonly match: string | RegExp | ((name: string, shape: Shape) => boolean);
  readonly optimizer: Optimizer;
}

/**
 * An optimizer with others for groups of parameters: smaller rates for layers that were trained before, no decay for
 * some names, another rule for an embedding. A parameter belongs to the first group that matches, else to `optimizer`.
 *
 * @throws when the model is compiled, if a group matches no parameter that another group before it has not
 * @example grouped(adamW(1e-3), [{ match: 'trunk.', optimizer: adamW(1e-5) }, { match: /embedding/, optimizer: sgd(0.1) }])
 */
export function grouped(optimizer: Optimizer, groups: readonly ParameterGroup[]): Optimizer {
  checkOptimizer('grouped: optimizer', optimizer);
  checkIs(Array.isArray(groups), 'grouped: groups', 'an array of { match, optimizer }', groups);
  const matches = groups.map(matcherOf);
  const given = [optimizer, ...groups.map((group) => group.optimizer)];
  const parts = given.map((part, i) =>
    wrapped(part, ({ prepared, ...inputs }, leaf) => {
      return leaf.update({ ...inputs, prepared: (prepared as readonly unknown[] | undefined)?.[i] });
    }),
  );
  /** Of which part each optimizer is that was chosen. */
  const owners = new Map<Optimizer, number>();
  const split: Optimizer['split'] = (all) => {
    const owner = all.map(({ name, shape }) => matches.findIndex((fits) => fits(name, shape)) + 1);
    groups.forEach(({ match }, i) => {
      check(owner.includes(i + 1), () => {
        const names = all.map(({ name }) => name).join(', ');
        return `grouped: groups[${i}], match ${match}, has none of the parameters (${names}) that groups before it left`;
      });
    });
    const chosen: Optimizer[] = [];
    parts.forEach((part, i) => {
      const own = all.map((_, k) => k).filter((k) => owner[k] === i);
      const leaves = part.split?.(own.map((k) => all[k]!)) ?? own.map(() => part);
      own.forEach((k, j) => {
        owners.set(leaves[j]!, i);
        chosen[k] = leaves[j]!;
      });
    });
    return chosen;
  };
  const prepare: Optimizer['prepare'] = (grads, chosen) =>
    given.map((part, i) => {
      const own = grads.map((_, k) => k).filter((k) => owners.get(chosen[k]!) === i);
      if (own.length === 0) return undefined;
      return part.prepare?.(
        own.map((k) => grads[k]!),
        own.map((k) => insideOf(chosen[k]!)),
      );
    });
  const prepares = given.flatMap((part) => part.prepare ?? []);
  if (prepares.every(isElementwise)) elementwise(prepare);
  return madeBy('grouped', [optimizer, groups.map((group) => ({ ...group }))], {
    ...optimizer,
    ...(prepares.length > 0 && { prepare }),
    split,
  });
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
