// dist/licenses.txt: the licences of the libraries that are bundled in the files of the package, each with its text.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Those that may be passed on with nothing more than their text. */
const FREE = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD'];

/** A plugin of rollup. Fails if a library has no licence, or one that is not free. */
export const licenses = {
  name: 'licenses',
  generateBundle(_, bundle) {
    const chunks = Object.values(bundle).filter(({ type }) => type === 'chunk');
    const found = new Map();
    for (const { fileName, modules } of chunks) {
      for (const id of Object.keys(modules).filter((id) => id.includes('node_modules'))) {
        const folder = packageOf(dirname(id.replace(/^\0|\?.*$/g, '')));
        found.set(folder, (found.get(folder) ?? new Set()).add(fileName));
      }
    }
    const parts = [...found].map(([folder, files]) => licenseOf(folder, [...files].sort())).sort();
    const head =
      'Libraries that are bundled in files of wasmgrad. wasmgrad itself is under the MIT license (LICENSE).\n';
    if (parts.length > 0)
      this.emitFile({ type: 'asset', fileName: 'licenses.txt', source: [head, ...parts].join('\n') });
  },
};

/** The folder of the package that a folder belongs to. */
function packageOf(folder) {
  const isPackage = basename(dirname(folder).replace(/[/\\]@[^/\\]+$/, '')) === 'node_modules';
  return isPackage ? folder : packageOf(dirname(folder));
}

function licenseOf(folder, files) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!FREE.includes(license))
    throw new Error(`${name} has the license ${license}, which is none of ${FREE.join(', ')}`);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} has no text of its license`);
  const text = readFileSync(join(folder, file), 'utf8').trim();
  return `${'-'.repeat(80)}\n${name} ${version}, ${license}, in ${files.join(', ')}\n\n${text}\n`;
}
