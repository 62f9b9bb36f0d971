// The gallery: its page is what its script makes; a browser finds no text that is cut off or lies on another, and
// axe-core nothing that whoever sees less would miss, in light and in dark.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as plot from '../bindings/plot.js';
import { chromiumPath, noChromium } from './chromium.js';
import { look } from './look.js';
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

describe.runIf(THOROUGH)(chromiumPath ? 'in a browser' : `in a browser (skipped: ${noChromium})`, () => {
  it.runIf(chromiumPath).each(['light', 'dark'] as const)(
    'no text is cut off, covered or pale, and axe-core finds nothing: %s',
    (theme) => {
      const { rules, ...seen } = look(files.map(svgOf), theme);
      expect(seen).toEqual({ count: files.length, faults: [], isDark: theme === 'dark' });
      expect(rules).toContain('svg-img-alt');
    },
  );

  it.runIf(chromiumPath)('and faults are found', () => {
    const texts = [
      '<rect width="100" height="50" fill="#000"/>',
      '<text x="1" y="20" fill="#fff">one</text>',
      '<text x="5" y="22" fill="#fff">two</text>',
      '<text x="70" y="40" fill="#fff">three</text>',
      '<rect width="50" height="20" y="30" fill="#fff" fill-opacity="0.5"/><text x="1" y="45" fill="#fff">pale</text>',
    ];
    const svg = `<svg role="img" width="100" height="50"><title>t</title>${texts.join('')}</svg>`;
    const { faults } = look([svg, '<svg role="img" width="100" height="50"></svg>'], 'light');
    expect(faults.slice(0, 3)).toEqual([
      "t: 'three' is cut off",
      "t: 'one' lies on 'two'",
      "t: 'pale' has a contrast of 4.0",
    ]);
    expect(faults[3]).toMatch(/^svg-img-alt: /);
    expect(faults).toHaveLength(4);
  });
});
