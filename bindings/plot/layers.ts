// A directed graph in rows, each node below all that it depends on: in which row, in which order, at which x. (K.
// Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical system structures", 1981.) Not
// here: what nodes look like.

/** A node: how wide it is, and the numbers of the nodes that it depends on, which stand before it. */
export interface LaidNode {
  readonly width: number;
  readonly from: readonly number[];
}

/** Where nodes are. */
export interface Layout {
  /** By node: its row, and the middle of it. */
  readonly places: readonly { readonly row: number; readonly x: number }[];
  /** How many rows there are. */
  readonly rows: number;
  /** By row: its nodes, and the edges that go through it. */
  readonly loads: readonly { readonly nodes: number; readonly passages: number }[];
  /** Where an edge that is longer than a row goes through the rows between. */
  through(from: number, to: number): readonly { readonly row: number; readonly x: number }[];
}

/** Width of an edge that goes through a row. */
export const PASSAGE = 12;
const SWEEPS = 12;

interface Place {
  readonly width: number;
  readonly row: number;
  readonly above: Place[];
  readonly below: Place[];
  x: number;
}

/** Lays a graph out in so much width, with a gap between the nodes of a row. */
export function layered(nodes: readonly LaidNode[], width: number, gap: number): Layout {
  const rows = rowsOf(nodes);
  const count = Math.max(0, ...rows) + 1;
  const table: Place[][] = Array.from({ length: count }, () => []);
  const places = nodes.map(({ width }, i) => added(table, { width, row: rows[i]!, above: [], below: [], x: 0 }));
  const passages = new Map<string, Place[]>();
  nodes.forEach(({ from }, to) => {
    for (const start of new Set(from)) {
      const between = Array.from({ length: rows[to]! - rows[start]! - 1 }, (_, k) => {
        return added(table, { width: PASSAGE, row: rows[start]! + k + 1, above: [], below: [], x: 0 });
      });
      passages.set(`${start} ${to}`, between);
      const chain = [places[start]!, ...between, places[to]!];
      for (let k = 1; k < chain.length; k++) {
        chain[k - 1]!.below.push(chain[k]!);
        chain[k]!.above.push(chain[k - 1]!);
      }
    }
  });
  order(table);
  place(table, width, gap);
  const own = new Set(places);
  const loads = table.map((row) => {
    const nodes = row.filter((p) => own.has(p)).length;
    return { nodes, passages: row.length - nodes };
  });
  return { places, rows: count, loads, through: (from, to) => passages.get(`${from} ${to}`) ?? [] };
}

function added(table: Place[][], place: Place): Place {
  table[place.row]!.push(place);
  return place;
}

/** As low as what it depends on allows, and what depends on nothing right above its first reader. */
function rowsOf(nodes: readonly LaidNode[]): number[] {
  const rows = nodes.map(() => 0);
  nodes.forEach(({ from }, i) => void (rows[i] = Math.max(-1, ...from.map((k) => rows[k]!)) + 1));
  nodes.forEach(({ from }, i) => {
    const readers = nodes.flatMap((node, k) => (node.from.includes(i) ? [rows[k]!] : []));
    if (from.length === 0 && readers.length > 0) rows[i] = Math.min(...readers) - 1;
  });
  return rows;
}

/** Orders rows so that few edges cross: each node by the mean place of its neighbours, down and up again. */
function order(table: Place[][]): void {
  let best = { crossings: Infinity, rows: table.map((row) => [...row]) };
  for (let sweep = 0; sweep <= SWEEPS; sweep++) {
    const crossings = table.reduce((sum, row) => sum + crossingsBelow(row, table), 0);
    if (crossings < best.crossings) best = { crossings, rows: table.map((row) => [...row]) };
    const down = sweep % 2 === 0;
    for (const row of down ? table : [...table].reverse()) {
      const wanted = new Map(row.map((p, i) => [p, middle(down ? p.above : p.below, table) ?? i]));
      row.sort((a, b) => wanted.get(a)! - wanted.get(b)!);
    }
  }
  best.rows.forEach((row, i) => void (table[i] = row));
}

const indexIn = (p: Place, table: Place[][]): number => table[p.row]!.indexOf(p);

function middle(of: readonly Place[], table: Place[][]): number | undefined {
  if (of.length === 0) return undefined;
  return of.reduce((sum, p) => sum + indexIn(p, table) / table[p.row]!.length, 0) / of.length;
}

function crossingsBelow(row: readonly Place[], table: Place[][]): number {
  const edges = row.flatMap((p, i) => p.below.map((q) => [i, indexIn(q, table)] as const));
  let count = 0;
  for (const [a, b] of edges) for (const [c, d] of edges) if (a < c && b > d) count++;
  return count;
}

/** Gives each node the x that is nearest to the mean of its neighbours, with all of its row in their order. */
function place(table: Place[][], width: number, gap: number): void {
  for (const row of table)
    spread(
      row,
      row.map((_, i) => ((i + 0.5) * width) / row.length),
      width,
      gap,
    );
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (const row of down ? table : [...table].reverse()) {
      const wanted = row.map((p) => {
        const near = down ? p.above : p.below;
        const all = near.length > 0 ? near : [p];
        return all.reduce((sum, q) => sum + q.x, 0) / all.length;
      });
      spread(row, wanted, width, gap);
    }
  }
  center(table.flat(), width);
}

/** Moves all so that as much room is left of them as right. */
function center(places: readonly Place[], width: number): void {
  const left = Math.min(...places.map((p) => p.x - p.width / 2));
  const right = Math.max(...places.map((p) => p.x + p.width / 2));
  for (const p of places) p.x += (width - left - right) / 2;
}

/**
 * The places nearest to the wanted ones that keep the distances: of neighbours that would overlap, together (isotonic
 * regression).
 */
function spread(row: readonly Place[], wanted: readonly number[], width: number, gap: number): void {
  const offsets: number[] = [];
  row.forEach((p, i) => void offsets.push(i === 0 ? 0 : offsets[i - 1]! + (row[i - 1]!.width + p.width) / 2 + gap));
  const groups: { sum: number; count: number }[] = [];
  row.forEach((_, i) => {
    groups.push({ sum: wanted[i]! - offsets[i]!, count: 1 });
    for (let k = groups.length - 1; k > 0 && mean(groups[k - 1]!) > mean(groups[k]!); k--) {
      const last = groups.pop()!;
      groups[k - 1] = { sum: groups[k - 1]!.sum + last.sum, count: groups[k - 1]!.count + last.count };
    }
  });
  const low = (row[0]?.width ?? 0) / 2;
  const high = width - offsets.at(-1)! - (row.at(-1)?.width ?? 0) / 2;
  const starts = groups.flatMap((group) => Array.from({ length: group.count }, () => mean(group)));
  row.forEach((p, i) => void (p.x = Math.max(low, Math.min(high, starts[i]!)) + offsets[i]!));
}

const mean = ({ sum, count }: { readonly sum: number; readonly count: number }): number => sum / count;
