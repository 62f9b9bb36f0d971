// Has Chromium look at figures, in a light page or a dark one: texts that are cut off or lie on another, texts that can
// hardly be told from what is behind them, and what axe-core finds. Not here: which browser (chromium.js).

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromiumPath } from './chromium.js';

/** What was seen. */
export interface Seen {
  /** Figures that were looked at. */
  readonly count: number;
  readonly faults: readonly string[];
  /** Rules of axe-core that had something to look at. */
  readonly rules: readonly string[];
  readonly isDark: boolean;
}

const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');

/** Puts SVGs into a page, and looks at them. */
export function look(svgs: readonly string[], theme: 'light' | 'dark'): Seen {
  const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-'));
  try {
    writeFileSync(join(folder, 'axe.js'), AXE);
    const page = join(folder, 'page.html');
    const scripts = `<script src="axe.js"></script><script>(${inPage})()</script>`;
    const main = `<main><h1>Figures</h1>${svgs.join('\n')}</main>`;
    writeFileSync(
      page,
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>Figures</title>${main}${scripts}</html>`,
    );
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      `--user-data-dir=${join(folder, 'user')}`,
      '--window-size=1400,20000', // what lies at a point is known of the window only
      `--blink-settings=preferredColorScheme=${theme === 'dark' ? 0 : 1}`,
      '--virtual-time-budget=60000', // axe-core takes its time
      '--dump-dom',
    ];
    const dom = execFileSync(chromiumPath!, [...flags, pathToFileURL(page).href], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 26,
    });
    return JSON.parse(
      /<pre id="seen">(.*?)<\/pre>/s
        .exec(dom)![1]!
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&amp;', '&'),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A script of the page. It is taken as text: nothing from outside may be used. */
async function inPage(): Promise<void> {
  interface Text {
    readonly element: Element;
    readonly box: DOMRect;
    readonly said: string;
  }
  type Rgb = readonly [number, number, number];

  const outside = (texts: readonly Text[], frame: DOMRect): string[] =>
    texts
      .filter(({ box }) => {
        const [left, top] = [box.left - frame.left, box.top - frame.top];
        return left < 0 || top < 0 || box.right > frame.right || box.bottom > frame.bottom || box.width === 0;
      })
      .map(({ said }) => `'${said}' is cut off`);

  // A box is as high as the tallest letter: a pixel of it is nobody's.
  const lyingOver = (texts: readonly Text[]): string[] =>
    texts
      .flatMap((a, i) => texts.slice(i + 1).map((b) => [a, b] as const))
      .filter(([{ box: a }, { box: b }]) => {
        const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        return width > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
      })
      .map(([a, b]) => `'${a.said}' lies on '${b.said}'`);

  const laidOn = (below: Rgb, color: string, opacity: number): Rgb => {
    const [r = 0, g = 0, b = 0, a = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
    return [r, g, b].map((v, i) => v * a * opacity + below[i]! * (1 - a * opacity)) as unknown as Rgb;
  };

  /** The colour of what is painted at a point behind an element, of its fill. axe-core does not know that of an SVG. */
  const behind = (element: Element, x: number, y: number): Rgb => {
    const stack = document.elementsFromPoint(x, y);
    if (!stack.includes(element)) return [Number.NaN, 0, 0]; // another element hides it
    const shapes = stack.slice(stack.indexOf(element) + 1).filter((one) => one.matches('svg *:not(text, line, g)'));
    return shapes.reverse().reduce<Rgb>(
      (below, shape) => {
        const { fill, fillOpacity, opacity } = getComputedStyle(shape);
        return fill === 'none' ? below : laidOn(below, fill, Number(fillOpacity) * Number(opacity));
      },
      [255, 255, 255],
    );
  };

  /** How bright a colour is, and how far two are apart: WCAG 2.2, relative luminance and contrast ratio. */
  const luminance = (color: Rgb): number => {
    const [r, g, b] = color.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const contrast = ({ element, box }: Text): number => {
    const below = behind(element, box.x + box.width / 2, box.y + box.height / 2);
    const { fill, fillOpacity, opacity } = getComputedStyle(element);
    const [a, b] = [below, laidOn(below, fill, Number(fillOpacity) * Number(opacity))].map(luminance);
    return (Math.max(a!, b!) + 0.05) / (Math.min(a!, b!) + 0.05);
  };
  const pale = (texts: readonly Text[]): string[] =>
    texts
      .map((text) => ({ ...text, ratio: contrast(text) }))
      .filter(({ ratio }) => !(ratio >= 4.5))
      .map(({ said, ratio }) => `'${said}' has a contrast of ${ratio.toFixed(1)}`);

  const figures = [...document.querySelectorAll('svg[role=img]')];
  const own = figures.flatMap((svg) => {
    const texts = [...svg.querySelectorAll('text')].map((element) => {
      return { element, box: element.getBoundingClientRect(), said: element.textContent ?? '' };
    });
    const faults = [...outside(texts, svg.getBoundingClientRect()), ...lyingOver(texts), ...pale(texts)];
    return faults.map((fault) => `${svg.querySelector('title')?.textContent}: ${fault}`);
  });

  interface Found {
    readonly id: string;
    readonly nodes: readonly { readonly failureSummary: string }[];
  }
  const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Found[]; passes: Found[] }> } };
  const { violations, passes } = await axe.run();
  const others = violations.flatMap(({ id, nodes }) => nodes.map(({ failureSummary }) => `${id}: ${failureSummary}`));

  const out = document.createElement('pre');
  out.id = 'seen';
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
  const rules = passes.map(({ id }) => id);
  out.textContent = JSON.stringify({ count: figures.length, faults: [...own, ...others], rules, isDark });
  document.body.append(out);
}
