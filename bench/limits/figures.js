// The machine's own figures, as tables and as rows for the JSON file.

import { number, table } from '../report.js';

/**
 * Working sets: the first fits into the L1 cache, the second into L2, the third into L3 (if there is one), the last into
 * none.
 */
const WORKING_SETS = { '16 KiB': 2 ** 14, '256 KiB': 2 ** 18, '4 MiB': 2 ** 22, '128 MiB': 2 ** 27 };
const WALKS = ['read', 'fill', 'copy', 'triad'];

/** @param limits what machineLimits returns */
export function machineFigures(limits, pace) {
  const walks = bandwidths(limits, pace);
  return { text: `${arithmeticTable(limits)}\n\n${bandwidthTable(walks)}`, rows: rowsOf(limits, walks) };
}

/** GB/s of walks over working sets. */
function bandwidths({ bandwidth }, pace) {
  const sets = Object.entries(WORKING_SETS).slice(0, pace === 'smoke' ? 1 : undefined);
  return WALKS.map((name) => ({ name, rates: sets.map(([size, bytes]) => [size, bandwidth(name, bytes)]) }));
}

function bandwidthTable(walks) {
  const head = ['memory, GB/s', ...walks[0].rates.map(([size]) => size)];
  const rows = walks.map(({ name, rates }) => [name, ...rates.map(([, rate]) => number(rate))]);
  return table(head, rows);
}

function arithmeticTable({ gigahertz, multiplyAdd, fused }) {
  const perCycle = ({ rate }) => `${number(rate / gigahertz)} a cycle`;
  const cells = (limit) => (limit ? [number(limit.rate), perCycle(limit)] : ['-', 'not in this engine']);
  const rows = [
    ['clock, GHz', number(gigahertz), ''],
    ['multiply and add, GFLOP/s', ...cells(multiplyAdd)],
    ['fused multiply-add, GFLOP/s', ...cells(fused)],
  ];
  return table(['4 lanes, one thread', 'measured', ''], rows, [0, 2]);
}

function rowsOf({ gigahertz, multiplyAdd, fused }, walks) {
  const row = (name, unit, median) => ({ suite: 'limits', name, unit, median });
  return [
    row('clock', 'GHz', gigahertz),
    row('multiply and add', 'GFLOP/s', multiplyAdd.rate),
    ...(fused ? [row('fused multiply-add', 'GFLOP/s', fused.rate)] : []),
    ...walks.flatMap(({ name, rates }) => rates.map(([size, rate]) => row(`${name} of ${size}`, 'GB/s', rate))),
  ];
}
