// What each file of causes/ is: one thing that may be wrong, what has to be known to see it, and how it is seen.

import type { Evidence } from './evidence.js';
import type { Finding, FindingId } from './finding.js';

/** Evidence of which these parts are there. */
type With<K extends keyof Evidence> = Evidence & { readonly [P in K]-?: NonNullable<Evidence[P]> };

/** What a cause says. */
export type Said = Omit<Finding, 'id' | 'text'>;

/** A cause of trouble. */
export interface Cause {
  readonly id: FindingId;
  /** Parts of the evidence without which it can't be seen. */
  readonly needs: readonly (keyof Evidence)[];
  /** What follows from it, and is not said besides. */
  readonly explains: readonly FindingId[];
  find(evidence: Evidence): Finding | undefined;
}

/** Makes a cause of what it is and how it is seen; `find` is asked only if what it needs is known. */
/*@__NO_SIDE_EFFECTS__*/
export function cause<const K extends keyof Evidence = never>({
  id,
  needs,
  explains = [],
  find,
}: {
  readonly id: FindingId;
  readonly needs: readonly K[];
  readonly explains?: readonly FindingId[];
  readonly find: (evidence: With<K>) => Said | undefined;
}): Cause {
  return {
    id,
    needs,
    explains,
    find: (evidence) => {
      if (needs.some((name) => evidence[name] === undefined)) return undefined;
      const said = find(evidence as With<K>);
      return said && { id, ...said, text: `${said.seen}: ${said.means}. ${said.change}.` };
    },
  };
}
