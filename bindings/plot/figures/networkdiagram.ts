// networkDiagram: a model layer by layer, from left to right: units as circles with activations, and δ below them;
// other layers as boxes.

import { checkIs } from '../../errors.js';
import { type NetworkWalk, type WalkedLayer, walkNetwork } from '../../explain/network.js';
import type { Values } from '../../explain/values.js';
import { endNames } from '../../model/ends.js';
import { type DataOf, type LabelsOf, Model } from '../../model/model.js';
import { options, type Rules } from '../../options.js';
import { type Box, draw, type FigureOptions, figureRules } from '../draw.js';
import type { Figure } from '../figure.js';
import { type Marks, mark } from '../mark.js';
import { counted, fitted, numberText, SIZE } from '../text.js';
import { seriesPaint } from '../theme.js';

/** Options of `networkDiagram`. */
export type NetworkDiagramOptions = FigureOptions;

const networkOptions = options(figureRules satisfies Rules<NetworkDiagramOptions>);

const WHERE = 'networkDiagram';

/**
 * Draws a model layer by layer: a circle for each unit, with its activation for the first sample of `x`, and below it
 * δ = ∂L/∂z, the loss being that of all samples given. Large layers are abbreviated; layers that are no rows of units
 * are boxes with their shapes.
 *
 * @param x samples; without them only the structure is drawn
 * @param y labels, of a model that was compiled; without them there is no δ
 */
export function networkDiagram<In, Out>(
  model: Model<In, Out>,
  x?: DataOf<In>,
  y?: LabelsOf<Out>,
  options?: NetworkDiagramOptions,
): Figure {
  const given = networkOptions(WHERE, options);
  checkIs(model instanceof Model, `${WHERE}: the model`, 'made by sequential() or model()', model);
  return model.look(WHERE, ({ network, training, inputs, data }) => {
    const { inputs: ends } = network.definition;
    const trained = y === undefined ? undefined : training();
    const rows = x === undefined || trained ? undefined : inputs(x);
    const labelled = trained && data(x, y);
    const walk = walkNetwork(
      network,
      trained,
      labelled ?? (rows && { count: rows[0]!.count, inputs: rows, labels: [] }),
    );
    const names = endNames('x', ends);
    const first = ends.specs.map(({ shape }, i) => inputColumn(names[i]!, shape, walk.inputs[i], -i));
    const columns = abbreviated([...first, ...walk.layers.map(layerColumn)], given.width);
    return draw(WHERE, given, {
      title: 'Network',
      description: descriptionOf(walk, columns),
      height: 130 + Math.max(...columns.map(({ units }) => units.length), 3) * PITCH,
      legend: legendOf(walk),
      notes: [
        ...(walk.samples > 1 ? [`activations of the first of ${walk.samples} samples`] : []),
        ...columns.flatMap((column, i) => readsOf(column, i, columns)),
      ],
      marks: (box) => marksOf(box, columns),
    });
  });
}

const PITCH = 58;
const RADIUS = 20;
const HEADER = 40;
/** Of a layer with more units the first and the last ones are drawn. */
const MAX_UNITS = 7;
/** Between the middles of two columns, at least. */
const LEAST_PITCH = 84;
const INPUT = seriesPaint(0);
const UNIT = seriesPaint(2);
const POSITIVE = seriesPaint(0);
const NEGATIVE = seriesPaint(1);

/** A circle; undefined stands for those that are left out. */
type Unit =
  | { readonly index: number; readonly value: number | undefined; readonly delta: number | undefined }
  | undefined;

interface Column {
  readonly name: string;
  readonly what: string;
  /** Circles; none of a box. */
  readonly units: readonly Unit[];
  readonly shape: string;
  readonly isInput: boolean;
  /** Weights [in, out] from the units of the column before. */
  readonly weights: Values | undefined;
  readonly count: number;
  /** Its number, and those of what it reads; undefined of a box for several. */
  readonly number: number | undefined;
  readonly from: readonly number[];
}

const shapeText = (shape: readonly number[]): string => shape.join('×') || '1';

function inputColumn(name: string, shape: readonly number[], values: Values | undefined, number: number): Column {
  const units = shape.length === 1 ? unitsOf(shape[0]!, values, undefined) : [];
  return {
    name,
    what: 'input',
    units,
    shape: shapeText(shape),
    isInput: true,
    weights: undefined,
    count: shape[0] ?? 1,
    number,
    from: [],
  };
}

function layerColumn({ name, kind, a, shape, activation, delta, parameters, z, number, from }: WalkedLayer): Column {
  const sample = shape ?? [];
  const isRow =
    sample.length === 1 && (kind === 'dense' || kind === 'activation' || z !== undefined || kind === 'prelu');
  const weights = isRow
    ? parameters.find(({ part, values }) => part === 'kernel' && values.shape.length === 2)
    : undefined;
  const what = activation && activation !== 'linear' && kind !== 'activation' ? activation : kind === name ? '' : kind;
  return {
    name,
    what: kind === 'activation' ? (activation ?? '') : what,
    units: isRow ? unitsOf(sample[0]!, a, delta) : [],
    shape: shapeText(sample),
    isInput: false,
    weights: weights?.values,
    count: sample[0] ?? 1,
    number,
    from,
  };
}

/** The units of a layer with the numbers of the first sample. */
function unitsOf(count: number, a: Values | undefined, delta: Values | undefined): Unit[] {
  const unit = (index: number): Unit => ({ index, value: a?.data[index], delta: delta?.data[index] });
  if (count <= MAX_UNITS) return Array.from({ length: count }, (_, i) => unit(i));
  const half = (MAX_UNITS - 1) / 2;
  const ends = Array.from({ length: half }, (_, i) => i);
  return [...ends.map(unit), undefined, ...ends.map((i) => unit(count - half + i))];
}

/** As many columns as there is room for: of more those in the middle are one box. */
function abbreviated(columns: readonly Column[], width: number): readonly Column[] {
  const most = Math.max(3, Math.floor((width - 28) / LEAST_PITCH));
  if (columns.length <= most) return columns;
  const [head, tail] = [Math.ceil((most - 1) / 2), Math.floor((most - 1) / 2)];
  const left = columns.length - head - tail;
  const between = {
    name: '…',
    what: '',
    units: [],
    shape: counted(left, 'layer'),
    isInput: false,
    weights: undefined,
    count: 0,
    number: undefined,
    from: [],
  };
  return [...columns.slice(0, head), between, ...columns.slice(-tail)];
}

/** What a layer reads that is not the column before it: no line leads there. */
function readsOf({ name, from, number }: Column, i: number, columns: readonly Column[]): string[] {
  const before = columns[i - 1];
  if (number === undefined || !before || before.number === undefined) return [];
  const others = from.filter((source) => source !== before.number);
  const names = others.map((source) => columns.find((column) => column.number === source)?.name ?? '…');
  return names.length > 0 ? [`${name} reads ${from.includes(before.number) ? 'also ' : ''}${names.join(' and ')}`] : [];
}

function legendOf({ loss, inputs, layers }: NetworkWalk) {
  const weights = layers.some(({ parameters }) => parameters.some(({ part }) => part === 'kernel'));
  return [
    { name: inputs.length > 0 ? 'input, with its value' : 'input', paint: INPUT, kind: 'ring' as const },
    { name: inputs.length > 0 ? 'unit, with its activation' : 'unit', paint: UNIT, kind: 'ring' as const },
    ...(loss === undefined ? [] : [{ name: 'δ below: ∂L/∂z', paint: 'muted', kind: 'dot' as const }]),
    ...(weights
      ? [
          { name: 'weight above 0', paint: POSITIVE },
          { name: 'below 0', paint: NEGATIVE, dash: '4 3' },
        ]
      : []),
  ];
}

function descriptionOf({ loss, samples }: NetworkWalk, columns: readonly Column[]): string {
  const sentences = columns.map(({ name, what, shape, units }) => {
    const values = units.flatMap((unit) => (unit?.value === undefined ? [] : [numberText(unit.value)]));
    const deltas = units.flatMap((unit) => (unit?.delta === undefined ? [] : [numberText(unit.delta)]));
    const said = [
      values.length > 0 ? `: ${values.join(', ')}` : '',
      deltas.length > 0 ? `; δ ${deltas.join(', ')}` : '',
    ];
    return `${name}${what ? ` (${what})` : ''}, ${shape}${said.join('')}.`;
  });
  return [
    ...sentences,
    ...(loss === undefined ? [] : [`Loss ${numberText(loss)} of ${counted(samples, 'sample')}.`]),
  ].join(' ');
}

function marksOf(box: Box, columns: readonly Column[]): Marks {
  const pitch = box.width / columns.length;
  const x = (column: number): number => box.left + (column + 0.5) * pitch;
  const middle = box.top + HEADER + (box.height - HEADER) / 2 - 6;
  const most = Math.max(1, ...columns.map(({ units }) => units.length));
  const step = Math.min(PITCH, (box.height - HEADER) / most);
  const y = (column: number, unit: number): number => middle + (unit - (columns[column]!.units.length - 1) / 2) * step;
  const gaps = columns.slice(1).map((column, i) => {
    const before = columns[i]!;
    const isRead = before.number === undefined || column.number === undefined || column.from.includes(before.number);
    if (!isRead) return undefined;
    const { weights } = column;
    if (weights && before.units.length > 0 && weights.shape[0] === before.count && column.from.length === 1) {
      return weightLines(
        before,
        column,
        weights,
        (k) => [x(i), y(i, k)],
        (k) => [x(i + 1), y(i + 1, k)],
      );
    }
    return arrow(x(i) + side(before, pitch), x(i + 1) - side(column, pitch), middle);
  });
  return [
    gaps,
    columns.map((column, i) => [
      headerOf(column, x(i), box.top + 14, pitch - 8),
      column.units.length > 0
        ? column.units.map((unit, k) => unitMarks(unit, column, x(i), y(i, k)))
        : boxMarks(column, x(i), middle, pitch),
    ]),
  ];
}

const side = ({ units }: Column, pitch: number): number => (units.length > 0 ? RADIUS : (pitch - 22) / 2);

function headerOf({ name, what }: Column, x: number, y: number, width: number): Marks {
  const text = (line: string, at: number, bold: boolean) =>
    mark(
      'text',
      {
        class: 'layer',
        x,
        y: at,
        'text-anchor': 'middle',
        'font-weight': bold ? 600 : undefined,
        fill: bold ? 'ink' : 'muted',
      },
      fitted(line, SIZE.small, width, bold),
    );
  return [text(name, y, true), what === '' ? undefined : text(what, y + 16, false)];
}

function unitMarks(unit: Unit, { isInput }: Column, x: number, y: number): Marks {
  if (!unit)
    return mark(
      'text',
      { class: 'left-out', x, y: y + 5, 'text-anchor': 'middle', 'font-size': 18, fill: 'muted' },
      '⋮',
    );
  const { value, delta } = unit;
  const text = (what: string, line: string, at: number, fill: string) =>
    mark('text', { class: what, x, y: at, 'text-anchor': 'middle', 'font-size': 11, fill }, line);
  return [
    mark('circle', {
      class: 'unit',
      cx: x,
      cy: y,
      r: RADIUS,
      fill: 'paper',
      stroke: isInput ? INPUT : UNIT,
      'stroke-width': 2,
    }),
    value === undefined
      ? undefined
      : text('activation', short(value, value > -1 && value < 0 ? 2 : undefined), y + 4, 'ink'),
    delta === undefined
      ? undefined
      : [
          mark('rect', { x: x - 30, y: y + RADIUS + 1.5, width: 60, height: 14, fill: 'paper' }),
          text('delta', `δ ${short(delta)}`, y + RADIUS + 12, 'muted'),
        ],
  ];
}

/** A number in a circle. */
function short(value: number, digits = Math.abs(value) < 0.1 ? 2 : 3): string {
  if (!Number.isFinite(value) || value === 0) return numberText(value);
  const size = Math.abs(value);
  if (size >= 1e4 || size < 1e-3) return value.toExponential(0).replace('e+', 'e').replaceAll('-', '−');
  return numberText(+value.toPrecision(digits));
}

function boxMarks({ shape }: Column, x: number, y: number, pitch: number): Marks {
  const width = pitch - 22;
  return [
    mark('rect', {
      class: 'box',
      x: x - width / 2,
      y: y - 26,
      width,
      height: 52,
      rx: 7,
      fill: 'paper',
      stroke: 'muted',
      'stroke-width': 1.5,
    }),
    mark(
      'text',
      { class: 'shape', x, y: y + 4, 'text-anchor': 'middle', fill: 'ink' },
      fitted(shape, SIZE.small, width - 6),
    ),
  ];
}

const arrow = (from: number, to: number, y: number): Marks => [
  mark('line', { x1: from + 2, y1: y, x2: to - 6, y2: y, stroke: 'muted', 'stroke-width': 1.3 }),
  mark('path', {
    d: `M${round(to - 8)},${round(y - 4)}L${round(to - 8)},${round(y + 4)}L${round(to - 2)},${round(y)}Z`,
    fill: 'muted',
  }),
];

const round = (v: number): number => Math.round(v * 100) / 100;

/** A line for each weight, the wider the larger it is. */
function weightLines(
  from: Column,
  to: Column,
  { shape, data }: Values,
  start: (unit: number) => readonly [number, number],
  end: (unit: number) => readonly [number, number],
): Marks {
  const finite = Array.from(data).filter(Number.isFinite);
  const largest = finite.reduce((most, w) => Math.max(most, Math.abs(w)), 0) || 1;
  return from.units.map((a, i) =>
    to.units.map((b, j) => {
      if (!a || !b) return undefined;
      const weight = data[a.index * shape[1]! + b.index]!;
      const [[x1, y1], [x2, y2]] = [start(i), end(j)];
      const width = Number.isFinite(weight) ? 0.6 + (2.2 * Math.abs(weight)) / largest : 0.6;
      return mark(
        'line',
        {
          class: 'weight',
          x1,
          y1,
          x2,
          y2,
          stroke: weight < 0 ? NEGATIVE : POSITIVE,
          'stroke-width': width,
          'stroke-dasharray': weight < 0 ? '4 3' : undefined,
          opacity: 0.75,
        },
        mark('title', {}, numberText(weight)),
      );
    }),
  );
}
