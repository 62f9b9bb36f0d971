// Entries without side modules. An op imports the text of its side module; the same op behind an entry whose wasm is
// complete, or that has none (wasmgrad/js), must not. So these entries have twins of all files that reach a side
// module, bare of it; everything else, the class Tensor among it, is one for all entries.

import { resolve } from 'node:path';

const MARK = '?bare';
const NO_SIDE = resolve('build/bindings/run/noside.js');

/** Whether it is a side module. */
export const isSide = (id) => /\bsides[/\\][^/\\]+\.wasm$/.test(id);

/** A file, whether it is a twin or not. */
export const fileOf = (id) => id.replace(MARK, '');

/** Whether it is a twin. */
export const isBare = (id) => id.endsWith(MARK);

/** A plugin of rollup, for files none of which needs side modules. */
export const noSides = { name: 'no-sides', resolveId: (source) => (isSide(source) ? NO_SIDE : null) };

/** A plugin of rollup: `entries` are those without side modules. */
export function bareEntries(entries) {
  const reaches = new Map();
  const reachesSide = (context, id) => {
    if (!reaches.has(id)) reaches.set(id, find(context, id));
    return reaches.get(id);
  };
  const find = async (context, id) => {
    if (isSide(id)) return true;
    const { importedIdResolutions } = await context.load({ id, resolveDependencies: true });
    const files = importedIdResolutions.filter(({ external }) => !external);
    const found = await Promise.all(files.map(({ id }) => reachesSide(context, id)));
    return found.includes(true);
  };
  return {
    name: 'bare-entries',
    async resolveId(source, importer, options) {
      if (!importer || !(isBare(importer) || entries.includes(importer))) return null;
      const file = await this.resolve(source, fileOf(importer), { ...options, skipSelf: true });
      if (!file || file.external || !(await reachesSide(this, file.id))) return file;
      return isSide(file.id) ? NO_SIDE : file.id + MARK;
    },
    async load(id) {
      return isBare(id) ? { code: (await this.load({ id: fileOf(id) })).code, moduleSideEffects: false } : null;
    },
  };
}
