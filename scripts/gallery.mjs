// docs/gallery.md and docs/gallery/*.svg: every figure, with the code that makes it, from examples/gallery/. Run it
// after a build; with a folder behind it, it writes there.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = new URL('../examples/gallery/', import.meta.url);

/** In this order; others follow. */
const FIRST = [
  'learning-curves',
  'learning-rates',
  'rate-finder',
  'function',
  'descent',
  'optimizers',
  'surface',
  'loss-surface',
  'graph',
  'backward',
  'network',
];

const HEAD = `# The gallery

Every figure of \`wasmgrad/plot\`, with the program that makes it. The programs are those of \`examples/gallery\`; this page and its figures
are made by \`node scripts/gallery.mjs\`. What the functions take is in [the guide](guide/figures.md).
`;

/** The page, and its figures by name. */
export async function gallery() {
  const names = readdirSync(SOURCE).map((file) => basename(file, '.js'));
  const place = (name) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  names.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  const parts = [HEAD];
  const figures = {};
  for (const name of names) {
    const { figure } = await import(new URL(`${name}.js`, SOURCE));
    figures[name] = figure;
    parts.push(section(name, readFileSync(new URL(`${name}.js`, SOURCE), 'utf8'), figure));
  }
  return { page: parts.join('\n'), figures };
}

/** The comment at the head of a file is the title, and what is to be said. */
function section(name, source, figure) {
  const [head] = /^(\/\/.*\n)+/.exec(source);
  const [title, ...text] = head
    .replace(/^\/\/ /gm, '')
    .trim()
    .split('\n');
  const code = source.slice(head.length).trim().replace('export const figure', 'const figure');
  const said = text.length === 0 ? '' : `${text.join('\n')}\n\n`;
  return `#${title}\n\n${said}![${figure.description.replace(/[[\]\\]/g, '\\$&')}](gallery/${name}.svg)\n\n\`\`\`js\n${code}\n\`\`\`\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? 'docs';
  const { page, figures } = await gallery();
  mkdirSync(join(folder, 'gallery'), { recursive: true });
  writeFileSync(join(folder, 'gallery.md'), page);
  for (const [name, { svg }] of Object.entries(figures))
    writeFileSync(join(folder, 'gallery', `${name}.svg`), `${svg}\n`);
}
