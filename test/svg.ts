// Reads SVGs of figures: a strict parser, and the numbers that marks stand for, from the ticks of the axes.

/** An element. */
export interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (Node | string)[];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const TOKEN = /<\/([\w-]+)>|<([\w-]+)((?: [\w:-]+="[^"<]*")*)(\/?)>|([^<]+)/y;

function plain(text: string): string {
  return text.replace(/&([^;]*;?)/g, (all, name: string) => {
    const entity = ENTITIES[name.slice(0, -1)];
    if (entity === undefined || !name.endsWith(';')) throw new Error(`not an entity: ${all}`);
    return entity;
  });
}

/** The root element. Throws if it is not well-formed, or has a number that is none. */
export function parse(svg: string): Node {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML has no way to write
  if (/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|NaN|Infinity|undefined|\[object/.test(svg.replace(/>[^<]*</g, '><')))
    throw new Error('a number that is none');
  const root: Node = { name: '', attributes: {}, children: [] };
  const open = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < svg.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(svg);
    if (!match) throw new Error(`not well-formed at ${at}: ${svg.slice(at, at + 80)}`);
    const [, closes, opens, attributes, ends, text] = match;
    if (text !== undefined) open.at(-1)!.children.push(plain(text));
    else if (closes !== undefined) {
      if (open.pop()!.name !== closes) throw new Error(`</${closes}> closes nothing`);
    } else {
      const pairs = [...attributes!.matchAll(/ ([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, plain(value!)]);
      const node = { name: opens!, attributes: Object.fromEntries(pairs), children: [] };
      open.at(-1)!.children.push(node);
      if (!ends) open.push(node);
    }
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error('not one element');
  return root.children[0] as Node;
}

/** All elements, from outside in. */
export function all(node: Node, name?: string, className?: string): Node[] {
  const inside = node.children.flatMap((child) => (typeof child === 'string' ? [] : all(child, name, className)));
  const fits = (!name || node.name === name) && (!className || node.attributes['class'] === className);
  return fits ? [node, ...inside] : inside;
}

/** The text in an element, without titles. */
export const textOf = (node: Node): string =>
  node.children.map((c) => (typeof c === 'string' ? c : c.name === 'title' ? '' : textOf(c))).join('');

/** The title of an element: what a page shows beside the pointer. */
export const titleOf = (node: Node): string | undefined => {
  const title = node.children.find((c): c is Node => typeof c !== 'string' && c.name === 'title');
  return title && textOf(title);
};

export const number = (node: Node, key: string): number => Number(node.attributes[key]);

const tickOf = (text: string): number => Number(text.replaceAll('−', '-').replaceAll(',', ''));

/** The number at a pixel of an axis, from two of its ticks. */
export function axisOf(root: Node, axis: 'x' | 'y', log = false): (pixel: number) => number {
  const group = all(root, 'g', `${axis}-axis`)[0]!;
  const ticks = all(group, 'line').map((line, i) => {
    return [number(line, `${axis}1`), tickOf(textOf(all(group, 'text', 'tick')[i]!))] as const;
  });
  const [[p0, v0], [p1, v1]] = [ticks[0]!, ticks.at(-1)!];
  if (p0 === p1) throw new Error('an axis with one tick');
  const part = (pixel: number) => (pixel - p0) / (p1 - p0);
  return (pixel) => (log ? v0 * (v1 / v0) ** part(pixel) : v0 + (v1 - v0) * part(pixel));
}

/** The corners of a path, in pieces: a gap begins a new one. */
export function pieces(path: Node): [x: number, y: number][][] {
  const moves = path.attributes['d']!.split('M').slice(1);
  return moves.map((piece) => [...piece.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]));
}

/** The points of a path in the numbers of the axes. */
export function points(root: Node, path: Node, log: { x?: boolean; y?: boolean } = {}): [x: number, y: number][][] {
  const [x, y] = [axisOf(root, 'x', log.x), axisOf(root, 'y', log.y)];
  return pieces(path).map((piece) => piece.map(([a, b]) => [x(a), y(b)]));
}

/** The paths that have such a title. */
export const titled = (root: Node, title: string | RegExp, name = 'path'): Node[] =>
  all(root, name).filter((node) => {
    const text = titleOf(node);
    return text !== undefined && (typeof title === 'string' ? text === title : title.test(text));
  });
