// What every function of wasmgrad/plot returns. Not here: how it is drawn (draw.ts), and saved (write.ts).

import { checkIs } from '../errors.js';

/** What is used of a document. */
export interface DocumentLike<E> {
  createElement(name: 'div'): { innerHTML: string; readonly firstElementChild: E | null };
}

/** A figure: an SVG as text, with what stands for it where it can't be seen. */
export class Figure {
  constructor(
    /** The SVG, complete: a file, or a part of a page. */
    readonly svg: string,
    readonly title: string,
    /** What the figure shows, in words and numbers: its text alternative. */
    readonly description: string,
    readonly width: number,
    readonly height: number,
  ) {}

  /** The SVG. */
  toString(): string {
    return this.svg;
  }

  /**
   * An element to put into a page: `document.body.append(figure.element(document))`.
   *
   * @param document by default the page's own
   */
  element<E = unknown>(document?: DocumentLike<E>): E {
    const page = document ?? (globalThis as { document?: unknown }).document;
    const holds = typeof (page as DocumentLike<E> | undefined)?.createElement === 'function';
    checkIs(holds, 'figure.element: the document', 'that of a page, which is there in browsers only', page);
    const holder = (page as DocumentLike<E>).createElement('div');
    holder.innerHTML = this.svg;
    return holder.firstElementChild as E;
  }

  /** How notebooks with a kernel of Deno show it. */
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'image/svg+xml': this.svg, 'text/plain': `${this.title}\n${this.description}` };
  }
}
