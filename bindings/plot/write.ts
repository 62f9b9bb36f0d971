// Figures as files. Not here: how a file is replaced as a whole (files/target.ts).

import { check, checkIs, messageOf, WasmgradError } from '../errors.js';
import { checkTarget, type FileTarget, writeFile } from '../files/target.js';
import { options, positive, type Rules } from '../options.js';
import { Figure } from './figure.js';

/** Options of `writeFigure`. */
export interface WriteFigureOptions {
  /** Of a PNG: how many of its pixels a pixel of the figure is wide; default 2. */
  readonly scale?: number | undefined;
}

const writeOptions = options({ scale: positive(2) } satisfies Rules<WriteFigureOptions>);

/**
 * Saves a figure as a file, an SVG or a PNG, as the end of its name says. A file that is there is replaced as a whole.
 * A PNG is drawn by the package `@resvg/resvg-js`, which is to be installed for that; one with the theme 'auto' is
 * light.
 *
 * @param to a path or a `file:` URL (Node, Bun, Deno), or a place of a page such as `download('curve.svg')`
 * @example await writeFigure(learningCurves(history), 'curves.svg');
 */
export async function writeFigure(figure: Figure, to: FileTarget, options?: WriteFigureOptions): Promise<void> {
  const where = 'writeFigure';
  checkIs(figure instanceof Figure, `${where}: the first argument`, 'a figure', figure);
  checkTarget(where, to);
  const { scale } = writeOptions(where, options);
  const name = nameOf(to);
  const [, ending] = /\.(svg|png)'?$/i.exec(name) ?? [];
  check(
    ending !== undefined,
    () => `${where}: the name of the file must end with .svg or .png, got '${name.slice(-40)}'`,
  );
  const bytes = ending!.toLowerCase() === 'png' ? await png(figure, scale) : new TextEncoder().encode(figure.svg);
  await writeFile(where, to, bytes);
}

const nameOf = (to: FileTarget): string => (typeof to === 'string' ? to : 'href' in to ? to.href : to.name);

/** What is used of the library. */
interface Library {
  readonly Resvg: new (
    svg: string,
    options: { fitTo: { mode: 'zoom'; value: number }; font: { loadSystemFonts: boolean } },
  ) => { render(): { asPng(): Uint8Array } };
}

const LIBRARY = '@resvg/resvg-js';

async function png(figure: Figure, scale: number): Promise<Uint8Array> {
  const { Resvg } = await library();
  const drawn = new Resvg(figure.svg, { fitTo: { mode: 'zoom', value: scale }, font: { loadSystemFonts: true } });
  return drawn.render().asPng();
}

/** The name is in a variable, so that no bundler looks for a package that need not be there. */
async function library(): Promise<Library> {
  const name = LIBRARY;
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as Library;
  } catch (error) {
    const why = /find|resolve/i.test(messageOf(error)) ? 'npm install it, or write an SVG' : messageOf(error);
    throw new WasmgradError(
      `writeFigure: a PNG is drawn by the package ${LIBRARY}, which can't be loaded here: ${why}`,
    );
  }
}
