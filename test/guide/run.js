// Runs the programs of a page, one after the other in one process: node test/guide/run.js FILE …

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

for (const file of process.argv.slice(2)) await import(pathToFileURL(resolve(file)).href);
