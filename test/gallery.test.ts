// The gallery: its page is what its script makes, and a browser finds no text that is cut off or lies on another.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as plot from '../bindings/plot.js';
import { chromiumPath, noChromium } from './chromium.js';
import { all, parse, textOf } from './svg.js';
import { THOROUGH } from './thorough.js';

const FOLDER = 'docs/gallery';
const files = readdirSync(FOLDER);
const svgOf = (file: string): string => readFileSync(join(FOLDER, file), 'utf8').trim();

/** Exports that are no figures. */
const OTHERS = ['FileError', 'Figure', 'writeFigure', 'terminal', 'liveCurve'];

it('has every figure, with a program for each and a description', () => {
  const page = readFileSync('docs/gallery.md', 'utf8');
  const figures = Object.keys(plot).filter((name) => !OTHERS.includes(name));
  for (const name of figures) expect(page).toMatch(new RegExp(`\\nconst figure = ${name}\\(`));
  const programs = readdirSync('examples/gallery').map((file) => file.replace('.js', '.svg'));
  expect(files.sort()).toEqual(programs.sort());
  for (const file of files) {
    const root = parse(svgOf(file));
    expect(root.attributes).toMatchObject({ role: 'img', width: '640' });
    for (const part of ['title', 'desc']) expect(textOf(all(root, part)[0]!).length, file).toBeGreaterThan(3);
  }
});

it.runIf(THOROUGH)('is what its script makes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-'));
  try {
    execFileSync(process.execPath, ['scripts/gallery.mjs', folder]);
    expect(readFileSync(join(folder, 'gallery.md'), 'utf8')).toBe(readFileSync('docs/gallery.md', 'utf8'));
    for (const file of files)
      expect(readFileSync(join(folder, 'gallery', file), 'utf8').trim(), file).toBe(svgOf(file));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** In a page: what is wrong with the texts of each figure. */
function look(): void {
  const faults = [...document.querySelectorAll('svg[role=img]')].flatMap((svg) => {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].map((text) => ({
      box: text.getBoundingClientRect(),
      said: text.textContent,
    }));
    const outside = texts.filter(({ box }) => {
      const [left, top] = [box.left - frame.left, box.top - frame.top];
      return left < 0 || top < 0 || box.right > frame.right || box.bottom > frame.bottom || box.width === 0;
    });
    // A box is as high as the tallest letter: a pixel of it is nobody's.
    const pairs = texts.flatMap((a, i) => texts.slice(i + 1).map((b) => [a, b] as const));
    const over = pairs.filter(([{ box: a }, { box: b }]) => {
      return (
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2
      );
    });
    const name = svg.querySelector('title')?.textContent;
    return [
      ...outside.map(({ said }) => `${name}: '${said}' is cut off`),
      ...over.map(([a, b]) => `${name}: '${a.said}' lies on '${b.said}'`),
    ];
  });
  const out = document.createElement('pre');
  out.id = 'faults';
  out.textContent = JSON.stringify({ count: document.querySelectorAll('svg[role=img]').length, faults });
  document.body.append(out);
}

function looked(svgs: readonly string[]): { count: number; faults: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-'));
  try {
    const page = join(folder, 'page.html');
    writeFileSync(page, `<!doctype html><meta charset="utf-8"><body>${svgs.join('\n')}<script>(${look})()</script>`);
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      `--user-data-dir=${join(folder, 'user')}`,
      '--dump-dom',
    ];
    const dom = execFileSync(chromiumPath!, [...flags, `file://${resolve(page)}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return JSON.parse(
      /<pre id="faults">(.*?)<\/pre>/s
        .exec(dom)![1]!
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&amp;', '&'),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.runIf(THOROUGH)(chromiumPath ? 'in a browser' : `in a browser (skipped: ${noChromium})`, () => {
  it.runIf(chromiumPath)('no text of the gallery is cut off or lies on another', () => {
    expect(looked(files.map(svgOf))).toEqual({ count: files.length, faults: [] });
  });

  it.runIf(chromiumPath)('and faults are found', () => {
    const svg =
      '<svg role="img" width="100" height="50"><title>t</title><text x="1" y="20">one</text><text x="5" y="22">two</text><text x="90" y="40">three</text></svg>';
    expect(looked([svg]).faults).toEqual(["t: 'three' is cut off", "t: 'one' lies on 'two'"]);
  });
});
