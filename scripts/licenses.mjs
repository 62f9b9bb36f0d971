// dist/licenses.txt: the licences of the libraries that are bundled in the files of the package, each with its text.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Those that may be passed on with nothing more than their text. */
const FREE = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD'];

/** The text of a licence, for libraries that name it only. */
const APACHE = readFileSync(new URL('apache-2.0.txt', import.meta.url), 'utf8');

/** A plugin of rollup. Fails if a library has no licence, or one that is not free. */
export const licenses = {
  name: 'licenses',
  generateBundle(_, bundle) {
    const chunks = Object.values(bundle).filter(({ type }) => type === 'chunk');
    const found = new Map();
    for (const { fileName, modules } of chunks) {
      for (const id of Object.keys(modules).filter((id) => id.includes('node_modules'))) {
        const folder = packageOf(dirname(id.replace(/^\0|\?.*$/g, '')));
        const { files, modules } = found.get(folder) ?? { files: new Set(), modules: new Set() };
        found.set(folder, { files: files.add(fileName), modules: modules.add(id.replace(/^\0|\?.*$/g, '')) });
      }
    }
    const parts = [...found]
      .map(([folder, { files, modules }]) => licenseOf(folder, [...files].sort(), [...modules].sort()))
      .sort();
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

function licenseOf(folder, files, modules) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const all = license.replace(/[()]/g, '').split(' AND ');
  if (!all.every((one) => FREE.includes(one)))
    throw new Error(`${name} has the license ${license}, which is none of ${FREE.join(', ')}`);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file && !all.includes('Apache-2.0')) throw new Error(`${name} has no text of its license`);
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : [...noticesOf(modules), APACHE].join('\n\n');
  return `${'-'.repeat(80)}\n${name} ${version}, ${license}, in ${files.join(', ')}\n\n${text}\n`;
}

/** What stands above the code of files: whose it is, and what is to be passed on. */
function noticesOf(modules) {
  const heads = modules.map((id) => /^(\/\/.*\n)+/.exec(readFileSync(id, 'utf8'))?.[0] ?? '');
  return [...new Set(heads.map((head) => head.replace(/^\/\/ ?/gm, '').trim()))].filter(Boolean);
}
