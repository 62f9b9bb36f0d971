// Options of layers that have a name in the model and nothing else to choose.

import { options, type Rules, text } from '../options.js';

/** Options of layers that have a name and no other. */
export interface NameOptions {
  /** Its name in the model; by default made of its kind: 'reshape', 'reshape_1' … */
  readonly name?: string | undefined;
}

export const nameOptions = options({ name: text(undefined) } satisfies Rules<NameOptions>);
