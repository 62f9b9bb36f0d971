// Marks what is made when a file of dist/ is loaded as free of side effects. A function says so once, where it is
// declared (`@__NO_SIDE_EFFECTS__`); rollup sees that from another file, esbuild does not, and would keep all ops of a
// file, and their side modules, for one function of it.

import { readdirSync, readFileSync } from 'node:fs';

const DECLARED = /@__NO_SIDE_EFFECTS__\*\/\s+(?:export )?(?:function|const) (\w+)/g;

/** The names of the functions in `folder` that are declared so. */
function names(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.js'));
  const sources = files.map((file) => readFileSync(`${folder}/${file}`, 'utf8'));
  return sources.flatMap((source) => [...source.matchAll(DECLARED)].map(([, name]) => name));
}

/** A plugin of rollup: `const x = f(g(…` and `x: f(g(…` with such f and g are marked, both calls. */
export function pureCalls(folder) {
  return {
    name: 'pure-calls',
    renderChunk(code) {
      const call = `(?:${names(folder).join('|')})(?:\\$\\w+)?\\(\\s*`;
      const made = new RegExp(`(^(?:const|var) [\\w$]+ = |\\b\\w+: )((?:${call})+)`, 'gm');
      return code.replace(made, (_, start, calls) => start + calls.replace(/[\w$]+\(/g, '/*@__PURE__*/ $&'));
    },
  };
}
