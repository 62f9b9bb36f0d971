// What the benchmarks show: tables on the terminal, and the same as JSON.

import { writeFileSync } from 'node:fs';
import os from 'node:os';

/** What the numbers were measured on. */
export function machine() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    node: process.version,
    os: `${os.type()} ${os.arch()}`,
  };
}

export function machineText() {
  const { cpu, cores, node, os: system } = machine();
  return `${cpu}, ${cores} cores, ${system}, Node ${node}`;
}

/** A number with three significant digits. */
export function number(value) {
  if (!Number.isFinite(value)) return '-';
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}

/** A table with aligned columns: the first to the left, the others to the right unless `left` names them. */
export function table(head, rows, left = [0]) {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => [...line[column]].length)));
  const cell = (text, column) => {
    const space = ' '.repeat(widths[column] - [...text].length);
    return left.includes(column) ? text + space : space + text;
  };
  const [title, ...body] = lines.map((line) => line.map(cell).join('  ').trimEnd());
  return [title, widths.map((width) => '-'.repeat(width)).join('  '), ...body].join('\n');
}

/**
 * A suite that compares two sides.
 *
 * @param {string} suite
 * @param {(options, report: (result) => void) => Promise<void>} measure reports a result a line
 * @returns the suite's `run`: prints a table, returns the rows for the JSON file
 */
export function comparison(suite, measure) {
  return async (options) => {
    const results = [];
    await measure(options, (result) => {
      results.push(result);
      progress();
    });
    progressDone();
    console.log(`\n${suite}\n\n${comparisonTable(results)}`);
    return comparisonRows(suite, results);
  };
}

/** Shows progress on the terminal: a dot for each measurement. */
export const progress = () => void process.stderr.write('.');
export const progressDone = () => void process.stderr.write('\n');

function comparisonTable(results) {
  const [first, second] = Object.keys(results[0].sides);
  const head = ['name', 'unit', first, second, 'ratio', 'spread'];
  // A row may have other sides, which its name says.
  const rows = results.map(({ name, unit, perCall, sides, ratio }) => [
    name,
    unit,
    ...Object.values(sides).map(({ median }) => number(median * perCall)),
    number(ratio.median),
    `${number(ratio.min)}..${number(ratio.max)}`,
  ]);
  return table(head, rows, [0, 1]);
}

/** The same as rows of JSON: one a side. `ratio` is how many times as fast as the second one. */
function comparisonRows(suite, results) {
  return results.flatMap(({ name, unit, perCall, sides, ratio }) =>
    Object.entries(sides).map(([side, { median, min, max }], i) => {
      const rates = { median: median * perCall, min: min * perCall, max: max * perCall };
      return { suite, name, side, unit, ...rates, ratio: i === 0 ? ratio.median : 1 };
    }),
  );
}

/** Writes all rows to a file. */
export function writeJson(file, rows) {
  const round = (_, value) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
  const date = new Date().toISOString();
  writeFileSync(file, `${JSON.stringify({ date, machine: machine(), rows }, round, 2)}\n`);
}
