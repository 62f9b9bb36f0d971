// graphDiagram: a traced computation as a graph, with value and gradient at each node; or the network of its backward
// pass.

import { checkIs } from '../../errors.js';
import type { Explanation } from '../../explain/explanation.js';
import { dataOf, type FunctionData } from '../../explain/formulas.js';
import type { PlainValues } from '../../explain/values.js';
import { walkOf } from '../../explain/walk.js';
import { flag, options, type Rules } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import type { AnyFunction, FeedAll } from '../../transforms/call.js';
import { type Box, draw, type FigureOptions, figureRules } from '../draw.js';
import type { Figure } from '../figure.js';
import { type Layout, layered, PASSAGE } from '../layers.js';
import { type Marks, mark } from '../mark.js';
import { fitted, numberText, SIZE, textWidth } from '../text.js';
import { seriesPaint } from '../theme.js';

/** Options of `graphDiagram`. */
export interface GraphDiagramOptions extends FigureOptions {
  /**
   * The network of the backward pass in place of that of the forward pass: from the result to the inputs; default
   * false.
   */
  readonly backward?: boolean | undefined;
}

const diagramOptions = options({ ...figureRules, backward: flag(false) } satisfies Rules<GraphDiagramOptions>);

/**
 * Draws a function at a point as a graph: each step with its formula, its value and the gradient of the result by it.
 * With `backward: true` it is the network of the backward pass, from the result to the inputs, with the local
 * derivative at each edge.
 *
 * @param f as `explain` takes it
 * @example graphDiagram(({ w, b }) => w.mul(2).add(b.mul(3)).mul(b.mul(2).add(1)))({ w: 3, b: 4 })
 */
export function graphDiagram<A extends unknown[]>(
  f: (...args: A) => Tensor,
  options?: GraphDiagramOptions,
): (...args: FeedAll<A>) => Figure;
/** The same for what `explain(f)(x)` returned. */
export function graphDiagram(explanation: Explanation<FunctionData>, options?: GraphDiagramOptions): Figure;
export function graphDiagram(what: unknown, options?: GraphDiagramOptions): unknown {
  const given = diagramOptions(WHERE, options);
  if (typeof what === 'function') {
    // Not explain, which brings all words along.
    return (...args: unknown[]) =>
      drawn(dataOf(walkOf(WHERE, what as AnyFunction, args, [], DIGITS), MAX_NUMBERS), given);
  }
  const data = (what as Partial<Explanation<FunctionData>> | null)?.data;
  checkIs(data?.kind === 'function', `${WHERE}: what is drawn`, 'a function, or what explain(f)(x) returned', what);
  return drawn(data, given);
}

const WHERE = 'graphDiagram';
/** Of a longer computation the last steps are drawn. */
const MAX_STEPS = 40;
const DIGITS = 4;
/** Of larger arrays only the shape is shown. */
const MAX_NUMBERS = 3;
const PADDING = 10;
const LINE = 16;
const GAP = 20;
const ROW_GAP = 46;
/** With room for the derivatives at the edges. */
const BACK_GAP = 78;
const LEAST = 46;
const NODE_HEIGHT = 3 * LINE + 10;
const PAINTS = { input: seriesPaint(0), step: 'muted', result: seriesPaint(1) } as const;

interface Node {
  readonly name: string;
  readonly kind: keyof typeof PAINTS;
  /** Each as it is written where there is room, and shorter. */
  readonly lines: readonly (readonly string[])[];
  /** Whole, for who rests the pointer on it. */
  readonly title: string;
  readonly from: readonly number[];
}

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

function drawn(data: FunctionData, given: ReturnType<typeof diagramOptions>): Figure {
  const { backward, width } = given;
  const { nodes, edges, left } = graphOf(data, backward);
  const { rows, places, loads } = layered(
    nodes.map(({ from }) => ({ width: 0, from })),
    1,
    0,
  );
  const widths = nodes.map(({ lines }, i) => {
    const { nodes: count, passages } = loads[places[i]!.row]!;
    const most = (width - 28 - passages * (PASSAGE + GAP) - (count - 1) * GAP) / count;
    const wanted = Math.max(...lines.map(([line], k) => textWidth(line!, SIZE.small, k === 0))) + 2 * PADDING;
    return Math.max(LEAST, Math.min(most, wanted));
  });
  const { result, value, inputs } = data;
  const slopes = inputs.map((input) => `∂${result}/∂${input.name} = ${shownValues(input.gradient)}`);
  return draw(WHERE, given, {
    title: `${backward ? 'Backward pass' : 'Forward pass'} of ${result} = ${wholeOf(data)}`,
    description: [
      `${result} = ${numberText(value)}.`,
      ...data.steps.map(({ name, formula, value }) => `${name} = ${formula.text} = ${shownValues(value)}.`),
      `${slopes.join(', ')}.`,
    ].join(' '),
    height: 90 + rows * NODE_HEIGHT + (rows - 1) * (backward ? BACK_GAP : ROW_GAP),
    legend: [
      { name: 'input', paint: PAINTS.input, kind: 'square' },
      ...(data.steps.length > 1 ? [{ name: 'step', paint: PAINTS.step, kind: 'square' } as const] : []),
      { name: 'result', paint: PAINTS.result, kind: 'square' },
    ],
    notes: left > 0 ? [`the first ${left} steps are not drawn`] : [],
    marks: (box) => marksOf(box, nodes, widths, edges),
  });
}

const wholeOf = ({ steps }: FunctionData): string => steps.at(-1)!.formula.text;

/** Numbers as a node has room for them: a few, or the shape of many. */
function shownValues(values: PlainValues | null): string {
  if (values === null) return '0';
  if (typeof values === 'number') return numberText(values);
  const numbers = Array.isArray(values) ? (values.flat(9) as number[]) : undefined;
  if (numbers && numbers.length <= 3) return `[${numbers.map(numberText).join('  ')}]`;
  return shapeOf(values).join('×');
}

function shapeOf(values: PlainValues): readonly number[] {
  if (typeof values === 'number') return [];
  if ('shape' in values) return values.shape;
  return [values.length, ...(values.length > 0 ? shapeOf(values[0]!) : [])];
}

/** Nodes before those that read them, forward or backward; `left` steps are not among them. */
function graphOf(data: FunctionData, backward: boolean): { nodes: Node[]; edges: Edge[]; left: number } {
  const { result, inputs, constants } = data;
  const left = Math.max(0, data.steps.length - MAX_STEPS);
  const steps = data.steps.slice(left);
  const read = new Set(steps.flatMap((step) => step.inputs));
  const cut = data.steps.slice(0, left).filter(({ name }) => read.has(name));
  const leaves = [...inputs, ...constants, ...cut].filter(({ name }) => read.has(name));
  const gradientLine = (name: string, gradient: PlainValues | null): readonly string[] => {
    const value = shownValues(gradient);
    return gradient === null ? [] : [`∂${result}/∂${name} = ${value}`, `∂ = ${value}`];
  };
  const all = [
    ...leaves.map(({ name, value, gradient }) => ({
      name,
      kind: 'input' as const,
      lines: [[name], [`= ${shownValues(value)}`], gradientLine(name, gradient)],
      reads: [] as readonly string[],
    })),
    ...steps.map(({ name, formula, value, gradient, inputs }) => ({
      name,
      kind: name === result ? ('result' as const) : ('step' as const),
      lines: [[`${name} = ${formula.text}`, name], [`= ${shownValues(value)}`], gradientLine(name, gradient)],
      reads: inputs,
    })),
  ];
  const known = backward ? all.filter(({ lines }) => lines[2]!.length > 0) : all;
  const order = backward ? [...known].reverse() : known;
  const at = new Map(order.map(({ name }, i) => [name, i]));
  const labels = new Map(steps.flatMap((step) => step.back.map((way) => [`${way.input} ${step.name}`, way] as const)));
  const edges = known.flatMap(({ name, reads }) => {
    return [...new Set(reads)].flatMap((input): Edge[] => {
      const way = labels.get(`${input} ${name}`);
      const [a, b] = [at.get(input), at.get(name)];
      if (a === undefined || b === undefined) return [];
      if (!backward) return [{ from: a, to: b, label: '' }];
      const local = way?.local ?? null;
      const label = local === null ? '' : `∂${name}/∂${input} = ${shownValues(local)}`;
      return way ? [{ from: b, to: a, label }] : [];
    });
  });
  const nodes = order.map(({ name, kind, lines }, i): Node => {
    const shown = (backward ? [lines[2]!, lines[0]!] : lines).filter((line) => line.length > 0);
    return {
      name,
      kind,
      lines: shown,
      title: lines.flatMap(([line]) => line ?? []).join('\n'),
      from: edges.filter(({ to }) => to === i).map(({ from }) => from),
    };
  });
  return { nodes, edges, left };
}

interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function marksOf(box: Box, nodes: readonly Node[], widths: readonly number[], edges: readonly Edge[]): Marks {
  const laid = layered(
    nodes.map(({ from }, i) => ({ width: widths[i]!, from })),
    box.width,
    GAP,
  );
  const pitch = laid.rows > 1 ? (box.height - NODE_HEIGHT - 6) / (laid.rows - 1) : 0;
  const top = (row: number): number => box.top + 4 + row * pitch;
  const paths = edges.map((edge) => pathOf(edge, laid, box.left, top));
  const taken: Rectangle[] = nodes.map((_, i) => {
    const { row, x } = laid.places[i]!;
    return around(box.left + x, top(row) + NODE_HEIGHT / 2, widths[i]!, NODE_HEIGHT);
  });
  return [
    paths.map((points) => arrow(points)),
    edges.map(({ label }, i) => (label === '' ? undefined : edgeLabel(label, paths[i]!, box, taken))),
    nodes.map((node, i) => nodeMarks(node, widths[i]!, box.left + laid.places[i]!.x, top(laid.places[i]!.row))),
  ];
}

type Point = readonly [x: number, y: number];

/** From the bottom of one node to the top of the other, through the rows between. */
function pathOf({ from, to }: Edge, laid: Layout, left: number, top: (row: number) => number): readonly Point[] {
  const [a, b] = [laid.places[from]!, laid.places[to]!];
  const between = laid.through(from, to).flatMap(({ row, x }): Point[] => [
    [left + x, top(row)],
    [left + x, top(row) + NODE_HEIGHT],
  ]);
  return [[left + a.x, top(a.row) + NODE_HEIGHT], ...between, [left + b.x, top(b.row) - 7]];
}

function arrow(points: readonly Point[]): Marks {
  const [x, y] = points.at(-1)!;
  const line = points.map(([px, py], i) => {
    const [qx, qy] = points[i - 1] ?? [px, py];
    const half = (qy + py) / 2;
    return i === 0 ? `M${at(px)},${at(py)}` : `C${at(qx)},${at(half)} ${at(px)},${at(half)} ${at(px)},${at(py)}`;
  });
  return [
    mark('path', { class: 'edge', d: line.join(''), fill: 'none', stroke: 'muted', 'stroke-width': 1.3 }),
    mark('path', { d: `M${at(x - 4)},${at(y)}L${at(x + 4)},${at(y)}L${at(x)},${at(y + 6)}Z`, fill: 'muted' }),
  ];
}

const at = (v: number): number => Math.round(v * 100) / 100;

const around = (x: number, y: number, width: number, height: number): Rectangle => ({
  left: x - width / 2,
  right: x + width / 2,
  top: y - height / 2,
  bottom: y + height / 2,
});

/** Where on an edge a label may stand, from its start. */
const FRACTIONS = [0.5, 0.62, 0.38, 0.72, 0.28, 0.78, 0.22];

/** A label on an edge, where it is over no other and no node; none if there is no such place. */
function edgeLabel(label: string, points: readonly Point[], box: Box, taken: Rectangle[]): Marks {
  const width = textWidth(label, SIZE.small) + 8;
  for (let k = points.length - 1; k > 0; k--) {
    const [[ax, ay], [bx, by]] = [points[k - 1]!, points[k]!];
    for (const t of FRACTIONS) {
      // The curve of `arrow` at its parameter t.
      const on = ax * (1 - t) ** 2 * (1 + 2 * t) + bx * t ** 2 * (3 - 2 * t);
      const x = Math.max(box.left + width / 2, Math.min(box.left + box.width - width / 2, on));
      const y = ay + (by - ay) * (1.5 * t * (1 - t) ** 2 + 1.5 * t ** 2 * (1 - t) + t ** 3);
      const place = around(x, y, width, LINE);
      if (taken.some((other) => overlap(place, other))) continue;
      taken.push(place);
      return [
        mark('rect', { x: place.left, y: place.top, width, height: LINE, fill: 'paper' }),
        mark('text', { class: 'slope', x, y: y + 4, 'text-anchor': 'middle', fill: 'ink' }, label),
      ];
    }
  }
  return undefined;
}

const overlap = (a: Rectangle, b: Rectangle): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

function nodeMarks({ name, kind, lines, title }: Node, width: number, x: number, top: number): Marks {
  const first = top + NODE_HEIGHT / 2 - ((lines.length - 1) * LINE) / 2 + 4;
  const look = { fill: 'paper', stroke: PAINTS[kind], 'stroke-width': kind === 'step' ? 1.3 : 2.2 };
  return [
    mark(
      'rect',
      { class: `node ${kind}`, x: x - width / 2, y: top, width, height: NODE_HEIGHT, rx: 7, ...look },
      mark('title', {}, title),
    ),
    lines.map((line, i) =>
      mark(
        'text',
        {
          class: `of-${/^\w+$/.test(name) ? name : 'node'}`,
          x,
          y: first + i * LINE,
          'text-anchor': 'middle',
          'font-weight': i === 0 ? 600 : undefined,
          fill: i === 2 ? 'muted' : 'ink',
        },
        firstThatFits(line, width - 2 * PADDING + 8, i === 0),
      ),
    ),
  ];
}

const firstThatFits = (lines: readonly string[], width: number, bold: boolean): string =>
  lines.find((line) => textWidth(line, SIZE.small, bold) <= width) ?? fitted(lines.at(-1)!, SIZE.small, width, bold);
