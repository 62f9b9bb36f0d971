// What files name (bindings/io/catalog/). A page that loads a model is to load the layers of that model only, but
// bundlers load all of a file that a program reaches by any import. So the families of the catalog have twins of all
// files that are not in the core: nobody else imports these.

import { basename, dirname } from 'node:path';

const MARK = '?named';

/** Whether it is a twin. */
export const isNamed = (id) => id.endsWith(MARK);

/** Whether it is a family: what is imported on demand, by name. */
export const isFamily = (id) => basename(dirname(id)) === 'catalog';

/** A plugin of rollup: `core` are modules that programs start with, which have no twins, nor has what they import. */
export function catalogTwins(core) {
  let inCore;
  const reached = async (context) => {
    const found = new Set(core);
    for (const id of found) {
      const { importedIdResolutions } = await context.load({ id, resolveDependencies: true });
      for (const file of importedIdResolutions) if (!file.external) found.add(file.id);
    }
    return found;
  };
  return {
    name: 'catalog-twins',
    async resolveId(source, importer, options) {
      if (!importer || !(isNamed(importer) || isFamily(importer))) return null;
      const file = await this.resolve(source, importer.replace(MARK, ''), { ...options, skipSelf: true });
      inCore ??= reached(this);
      const isDone = !file || file.external || isNamed(file.id);
      if (isDone || (await inCore).has(file.id)) return file;
      return file.id + MARK;
    },
    resolveDynamicImport(source, importer) {
      return isNamed(importer) ? this.resolve(source, importer.replace(MARK, '')) : null;
    },
    async load(id) {
      return isNamed(id)
        ? { code: (await this.load({ id: id.replace(MARK, '') })).code, moduleSideEffects: false }
        : null;
    },
  };
}
