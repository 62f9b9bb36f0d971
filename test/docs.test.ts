// What pages say of files is true: links lead somewhere, files that are named exist, docs/architecture.md knows every
// folder. And every source file says first what it is, since no page lists them. Not here: the code of pages
// (guide.test.ts).

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const files = (folder: string, ends: RegExp): string[] =>
  (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((name) => ends.test(name));

const text = (file: string): string => readFileSync(file, 'utf8');

const GUIDE = files('docs/guide', /\.md$/);
const MAINTAINER = ['CONTRIBUTING.md', 'docs/architecture.md', 'docs/kernels.md', 'docs/adding-an-op.md'];
const PAGES = ['README.md', 'SECURITY.md', 'docs/gallery.md', ...MAINTAINER, ...GUIDE];
const SOURCES = [...files('bindings', /\.ts$/), ...files('assembly', /\.ts$/), ...files('scripts', /\.mjs$/)];
const OTHERS = [...files('test', /\.(ts|m?js)$/), ...files('bench', /\.js$/), ...files('examples', /\.(m?js|ts)$/)];
const ALL = [...SOURCES, ...OTHERS, 'rollup.config.mjs'];

/** The name of a heading, as links have it. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchors = (page: string): string[] =>
  [...text(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading!));

/** The links of a page that lead to no file, or to no heading. */
function deadLinks(page: string, content = text(page)): string[] {
  const links = [...content.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link]) => link!);
  return links.filter((link) => {
    const [path, heading] = link.split('#') as [string, string?];
    const file = path === '' ? page : join(dirname(page), path);
    return !existsSync(file) || (heading !== undefined && !anchors(file).includes(heading));
  });
}

/** The files that a text names and that are not there: `plan.ts`, or as much of a path as `run/arena.ts`. */
const strangers = (content: string): string[] =>
  [...content.matchAll(/(?<![\w./-])(?:[\w-]+\/)*[\w-]+\.(?:ts|mjs)\b(?!\.)/g)]
    .map(([name]) => name)
    .filter((name) => !ALL.some((file) => `/${file}`.endsWith(`/${name}`)));

describe('docs', () => {
  it.each(PAGES)('%s has no dead link', (page) => {
    expect(deadLinks(page)).toEqual([]);
  });

  it.each(MAINTAINER)('%s names no file that is not there', (page) => {
    expect(strangers(text(page))).toEqual([]);
  });

  it('a dead link and a file that is gone are found', () => {
    const page = 'docs/kernels.md';
    expect(deadLinks(page, '[a](gone.md) [b](architecture.md#goals) [c](#kernels) [d](guide/fit.md)')).toEqual([
      'gone.md',
      'architecture.md#goals',
    ]);
    expect(strangers('over plan.ts, run/arena.ts and model/arena.ts (`gone.mjs`)')).toEqual([
      'model/arena.ts',
      'gone.mjs',
    ]);
  });

  it('docs/architecture.md names every folder of assembly/ and bindings/', () => {
    const folders = /^## Folders$.*?^## /ms.exec(text('docs/architecture.md'))![0];
    const [, assembly, bindings] = /^\*\*assembly\/\*\*(.*?)(^\*\*bindings\/\*\*.*)^\*\*test\/\*\*/ms.exec(folders)!;
    const unnamed = (root: string, part: string): string[] =>
      readdirSync(root, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !part.includes(`\`${entry.name}/`))
        .map(({ name }) => name);
    expect(unnamed('assembly', assembly!)).toEqual([]);
    expect(unnamed('bindings', bindings!)).toEqual([]);
  });
});

it('comments of source files name no file that is not there', () => {
  const comments = (file: string): string => (text(file).match(/^\s*(?:\/\/|\/?\*).*$/gm) ?? []).join('\n');
  const found = SOURCES.flatMap((file) => strangers(comments(file)).map((name) => `${file}: ${name}`));
  expect(found).toEqual([]);
});

it('every source file says first what it is', () => {
  const generated = /^(opcodes|operands|dispatch)\.ts$/;
  const silent = SOURCES.filter((file) => !generated.test(basename(file)) && !/^(\/\/ |\/\*\*)/.test(text(file)));
  expect(silent).toEqual([]);
});
