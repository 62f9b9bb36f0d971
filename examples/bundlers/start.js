// Builds the program with every bundler, runs the results that are for Node, and prints what they say.

import { gzipSync } from 'node:zlib';
import { table } from '../lib/terminal.js';
import { BUILDS, buildAll, runInNode, scriptsOf } from './builds.js';

buildAll();
const rows = Object.entries(BUILDS).map(([name, main]) => {
  const size = gzipSync(scriptsOf(name), { level: 9 }).length;
  const { loss, runtime } = main ? runInNode(name) : {};
  return [name, size.toLocaleString('en-US'), loss?.toExponential(3) ?? '', runtime?.backend ?? 'pages only'];
});
console.log(table([['build', 'script, gzip', 'loss', 'runs on'], ...rows]));
