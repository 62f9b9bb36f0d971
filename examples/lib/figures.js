// Figures of an example, as SVG: `npm run -s example NAME -- --figures out/` writes them to that folder.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFigure } from 'wasmgrad/plot';
import { folder } from './arguments.js';

/**
 * Writes a figure, if the example was started with a folder for it; else does nothing.
 *
 * @param {string} name of the file, without .svg
 * @param {() => import('wasmgrad/plot').Figure} make called only if the figure is wanted
 */
export async function figure(name, make) {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.svg`);
  await writeFigure(make(), file);
  console.log(`wrote ${file}`);
}
