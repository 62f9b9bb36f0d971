// Which chunk of dist/ a module is in, by what imports what: a new file lands right by itself. A bundler that splits a
// program loads all of a chunk when it loads any of it, so what is loaded on demand (by a dynamic import) is apart from
// what a program starts with.

import { resolve } from 'node:path';
import { fileOf, isBare, isSide } from './bare.mjs';
import { isFamily, isNamed } from './catalog.mjs';

/**
 * For rollup's `manualChunks`. `core` are modules that programs start with, in all entries or most of them; `groups`
 * are the entries by what they export, whose parts differ only in where the kernels come from.
 *
 * - `shared`: the core, and what else all entries of a group have.
 * - A chunk for each module that is asked for on demand, of its name, with what only it needs.
 * - One beside it, with `-shared` behind its name: loaded on demand, too, but there are functions that bring it along;
 *   and one with `-common`: what others on demand have, too.
 * - `functions`: what brings along some of `run-js`; `debug-init-functions` and the like, what brings along some of
 *   others.
 * - `side-functions`: what imports side modules besides, and these; `bare-functions`: its twins without them
 *   (bare.mjs).
 * - `catalog-basic` and the like: a family of functions that files name, of twins that nobody else has (catalog.mjs).
 * - `files`: where files come from and go to, and what else entries beside these start with and load on demand, too;
 *   `formats`: what is in files of any format.
 * - Chunks of `apart`, by name: what nobody has but these entries, and each of them.
 *
 * The others have no name: entries, what only some of a group have, and what imports a module that is else asked for on
 * demand, as gradCheck does. Rollup has a place for them.
 */
export function chunksAround(core, groups, apart = {}) {
  let chunks;
  return (id, graph) => {
    if (chunks?.graph !== graph) chunks = new Chunks(graph, core, groups, apart);
    return chunks.chunkOf(id);
  };
}

/** The chunks of one graph of modules. "One reaches another": it imports it, or something that reaches it. */
class Chunks {
  constructor(graph, core, groups, apart) {
    this.graph = graph;
    this.core = core;
    this.groups = groups;
    this.apart = apart;
    this.imports = imports(graph);
  }

  /** The chunk that a module is in; null where rollup is to find a place. */
  chunkOf(id) {
    const { reach, families } = this.imports;
    if (isNamed(id) || isFamily(id)) return nameOf(families.find((one) => reach(one).has(id)));
    if (this.isOnDemand(id)) return this.nameOnDemand(id);
    if (isSide(id)) return 'side-functions';
    if (!this.isStart(id)) return this.nameApart(id) ?? this.nameOfFile(id);
    if (isBare(id)) return 'bare-functions';
    if ([...reach(id)].some(isSide)) return 'side-functions';
    return this.nameOfStart(id);
  }

  /** Of what programs start with: by what else it brings along that else loads on demand. */
  nameOfStart(id) {
    const { reach, asked } = this.imports;
    const brings = (one) => [...reach(id)].some((module) => this.isOnDemand(module) && reach(one).has(module));
    const brought = asked.filter(brings).map(nameOf);
    if (brought.length === 0) return 'shared';
    return [...brought.filter((name) => name !== 'run-js'), 'functions'].join('-');
  }

  nameOnDemand(id) {
    const { reach, modules } = this.imports;
    const [first, ...others] = this.askedFor(id).map(nameOf);
    const mayBring = (module) => !this.isOnDemand(module) && (this.isStart(module) || this.isBeside(module));
    if (modules.some((module) => mayBring(module) && reach(module).has(id))) return `${first}-shared`;
    return others.length > 0 ? `${first}-common` : first;
  }

  /** Of what no other chunk has and these entries alone have, each of them. */
  nameApart(id) {
    const having = this.entriesOf(id);
    const areAll = (entries) =>
      having.length === entries.length && entries.every((one) => having.includes(one) && one !== id);
    return Object.keys(this.apart).find((name) => areAll(this.apart[name])) ?? null;
  }

  nameOfFile(id) {
    const { reach, asked } = this.imports;
    if (asked.includes(id)) return nameOf(id); // asked for by what is loaded on demand itself
    if (this.isAsked(id)) {
      const asking = this.askedFor(id);
      return asking.length === 1 && this.entriesOf(id).length === 0 ? nameOf(asking[0]) : 'files';
    }
    if (!/[/\\]files[/\\]/.test(id)) return null;
    return [...reach(id)].some((module) => this.isOnDemand(module)) ? 'formats' : 'files';
  }

  /** Whether all entries of a group have it, or the core. */
  isStart = once((id) => {
    const { reach, asked } = this.imports;
    const has = (entry) => this.filesOf(entry).has(fileOf(id));
    const isInAll = this.groups.some((entries) => !entries.includes(id) && entries.every(has));
    return this.isInCore(id) || (isInAll && !asked.some((one) => reach(id).has(one)));
  });

  filesOf = once((entry) => new Set([...this.imports.reach(entry)].map(fileOf)));

  isInCore(id) {
    return this.core.some((one) => this.imports.reach(one).has(id));
  }

  /** Whether something that is imported on demand reaches it, and the core does not. */
  isAsked(id) {
    return !this.isInCore(id) && this.askedFor(id).length > 0;
  }

  /**
   * Whether it is to load on demand: an entry that asks for it does without it at first. An entry beside the others is
   * small: what it starts with anyway is not kept apart for what it asks for.
   */
  isOnDemand = once((id) => {
    const { reach, askers } = this.imports;
    const doesWithout = (entry) => !this.isBeside(entry) || !reach(entry).has(id);
    return this.isAsked(id) && this.askedFor(id).some((one) => askers(one).some(doesWithout));
  });

  /** Whether it is an entry of no group. */
  isBeside(id) {
    return this.isEntry(id) && !this.groups.flat().includes(id);
  }

  isEntry(id) {
    return this.graph.getModuleInfo(id).isEntry;
  }

  /** The entries that reach it. */
  entriesOf(id) {
    const { reach, modules } = this.imports;
    return modules.filter((one) => this.isEntry(one) && reach(one).has(id));
  }

  /** What is imported on demand and reaches it. */
  askedFor(id) {
    const { reach, asked } = this.imports;
    return asked.filter((one) => reach(one).has(id));
  }
}

/**
 * For rollup's `manualChunks`: chunks by name, with the file in `folder` from which each has all that it imports and no
 * chunk before it has.
 */
export const chunksInOrder = (chunks, folder) => (id, graph) => {
  const { reach } = imports(graph);
  const found = Object.entries(chunks).find(([, file]) => reach(resolve(`${folder}/${file}.js`)).has(id));
  return found?.[0];
};

/**
 * What imports what: `reach` is a module with all that it imports, `asked` are those that are imported on demand, but
 * for families, and `askers` the entries that may ask for one.
 */
function imports({ getModuleIds, getModuleInfo }) {
  const reach = once((module) => {
    const found = new Set([module]); // it grows while it is gone through
    for (const one of found) for (const other of getModuleInfo(one).importedIds) found.add(other);
    return found;
  });
  const modules = [...getModuleIds()].sort(); // they come in the order in which they were read: another one in each run
  const onDemand = [...new Set(modules.flatMap((module) => getModuleInfo(module).dynamicallyImportedIds))];
  const asks = (module, one) => getModuleInfo(module).dynamicallyImportedIds.includes(one);
  const askers = once((one) =>
    modules.filter((entry) => getModuleInfo(entry).isEntry && [...reach(entry)].some((module) => asks(module, one))),
  );
  return { reach, modules, asked: onDemand.filter((id) => !isFamily(id)), askers, families: onDemand.filter(isFamily) };
}

/** A function of an id that computes each answer once. */
function once(answer) {
  const answers = new Map();
  return (id) => {
    if (!answers.has(id)) answers.set(id, answer(id));
    return answers.get(id);
  };
}

/** `run-builds` of run/builds.js. */
const nameOf = (id) => id.split(/[/\\]/).slice(-2).join('-').replace('.js', '');
