// Which chunk of dist/ a module is in, by what imports what: a new file lands right by itself. A bundler that splits a
// program loads all of a chunk when it loads any of it, so what is loaded on demand (by a dynamic import) is apart from
// what a program starts with.

import { resolve } from 'node:path';
import { fileOf, isBare, isSide } from './bare.mjs';
import { isFamily, isNamed } from './catalog.mjs';

/**
 * For rollup's `manualChunks`. `core` are modules that programs start with, in all entries or most of them; `groups` are the
 * entries by what they export, whose parts differ only in where the kernels come from.
 *
 * - `shared`: the core, and what else all entries of a group have.
 * - A chunk for each module that is asked for on demand, of its name, with what only it needs.
 * - One beside it, with `-shared` behind its name: loaded on demand, too, but there are functions that bring it along; and one with
 *   `-common`: what others on demand have, too.
 * - `functions`: what brings along some of `run-js`; `debug-init-functions` and the like, what brings along some of others.
 * - `side-functions`: what imports side modules besides, and these; `bare-functions`: its twins without them (bare.mjs).
 * - `catalog-basic` and the like: a family of functions that files name, of twins that nobody else has (catalog.mjs).
 * - `files`: where files come from and go to, and what else entries beside these start with and load on demand, too; `formats`: what
 *   is in files of any format.
 * - Chunks of `apart`, by name: what nobody has but these entries, and each of them.
 *
 * The others have no name: entries, what only some of a group have, and what imports a module that is else asked for on
 * demand, as gradCheck does. Rollup has a place for them.
 */
export const chunksAround =
  (core, groups, apart = {}) =>
  (id, graph) => {
    const { reach, modules, asked, askers, families } = imports(graph);
    const inCore = (module) => core.some((one) => reach(one).has(module));
    // An entry beside the others is small: what it starts with anyway is not kept apart for what it asks for.
    const lacks = (entry, module) => !isBeside(entry) || !reach(entry).has(module);
    const isAsked = (module) => !inCore(module) && asked.some((one) => reach(one).has(module));
    const onDemand = (module) =>
      isAsked(module) &&
      asked.some((one) => reach(one).has(module) && askers(one).some((entry) => lacks(entry, module)));
    const has = (entry, file) => [...reach(entry)].some((module) => fileOf(module) === file);
    const inAll = (module) =>
      groups.some((entries) => !entries.includes(module) && entries.every((entry) => has(entry, fileOf(module))));
    const starts = (module) => inCore(module) || (inAll(module) && !asked.some((one) => reach(module).has(one)));
    const isBeside = (module) => graph.getModuleInfo(module).isEntry && !groups.flat().includes(module);
    const apartOf = (module) => {
      const having = modules.filter((one) => graph.getModuleInfo(one).isEntry && reach(one).has(module));
      const isAll = (entries) =>
        having.length === entries.length && entries.every((one) => having.includes(one) && one !== module);
      return Object.keys(apart).find((name) => isAll(apart[name])) ?? null;
    };
    const onlyFor = (module) => {
      const asking = asked.filter((one) => reach(one).has(module));
      const isStarted = modules.some((one) => graph.getModuleInfo(one).isEntry && reach(one).has(module));
      return asking.length === 1 && !isStarted ? nameOf(asking[0]) : undefined;
    };
    const filesOf = (module) => {
      if (asked.includes(module)) return nameOf(module); // asked for by what is loaded on demand itself
      if (isAsked(module)) return onlyFor(module) ?? 'files';
      if (!/[/\\]files[/\\]/.test(module)) return null;
      return [...reach(module)].some(onDemand) ? 'formats' : 'files';
    };
    if (isNamed(id) || isFamily(id)) return nameOf(families.find((one) => reach(one).has(id)));
    if (onDemand(id)) {
      const brings = (module) => !onDemand(module) && (starts(module) || isBeside(module));
      const brought = modules.some((module) => brings(module) && reach(module).has(id));
      const asking = asked.filter((one) => reach(one).has(id));
      if (brought) return `${nameOf(asking[0])}-shared`;
      return asking.length > 1 ? `${nameOf(asking[0])}-common` : nameOf(asking[0]);
    }
    if (isSide(id)) return 'side-functions';
    if (!starts(id)) return apartOf(id) ?? filesOf(id);
    if (isBare(id)) return 'bare-functions';
    if ([...reach(id)].some(isSide)) return 'side-functions';
    const brings = asked.filter((one) => [...reach(id)].some((module) => onDemand(module) && reach(one).has(module)));
    if (brings.length === 0) return 'shared';
    const names = brings.map(nameOf).filter((name) => name !== 'run-js');
    return [...names, 'functions'].join('-');
  };

/**
 * For rollup's `manualChunks`: chunks by name, with the file in `folder` from which each has all that it imports and no chunk before
 * it has.
 */
export const chunksInOrder = (chunks, folder) => (id, graph) => {
  const { reach } = imports(graph);
  const found = Object.entries(chunks).find(([, file]) => reach(resolve(`${folder}/${file}.js`)).has(id));
  return found?.[0];
};

/**
 * What imports what: `reach` is a module with all that it imports, `asked` are those that are imported on demand, but for families,
 * and `askers` the entries that may ask for one.
 */
function imports({ getModuleIds, getModuleInfo }) {
  const reached = new Map();
  const reach = (module) => {
    const found = reached.get(module) ?? new Set([module]);
    reached.set(module, found); // a set that grows while it is gone through
    for (const one of found) for (const other of getModuleInfo(one).importedIds) found.add(other);
    return found;
  };
  const modules = [...getModuleIds()].sort(); // they come in the order in which they were read: another one in each run
  const onDemand = [...new Set(modules.flatMap((module) => getModuleInfo(module).dynamicallyImportedIds))];
  const asks = (module, one) => getModuleInfo(module).dynamicallyImportedIds.includes(one);
  const askers = (one) =>
    modules.filter((entry) => getModuleInfo(entry).isEntry && [...reach(entry)].some((module) => asks(module, one)));
  return { reach, modules, asked: onDemand.filter((id) => !isFamily(id)), askers, families: onDemand.filter(isFamily) };
}

/** `run-builds` of run/builds.js. */
const nameOf = (id) => id.split(/[/\\]/).slice(-2).join('-').replace('.js', '');
