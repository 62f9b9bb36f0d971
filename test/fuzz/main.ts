// The command line of the fuzzer; see USAGE.

import { parseArgs } from 'node:util';
import { type Found, search } from './fuzz.js';
import { KINDS, type Kind } from './kinds.js';

const USAGE = `usage: npm run fuzz -- [options]

options
  --seconds N    how long, default 60
  --seed N       a whole number; a fresh one by default, which is printed
  --kind A,B     only these kinds of cases: ${Object.keys(KINDS).join(', ')}
  --path P       with the seed and the kind, one case that was found before
  --help`;

interface Arguments {
  readonly seconds: number;
  readonly seed: number;
  readonly kinds: readonly Kind[];
  readonly path?: string;
}

class UsageError extends Error {}

function readArguments(): Arguments | undefined {
  const { values } = parse();
  if (values.help) return undefined;
  const names = values.kind?.split(',') ?? Object.keys(KINDS);
  for (const name of names) if (!Object.hasOwn(KINDS, name)) throw new UsageError(`there is no kind '${name}'`);
  return {
    seconds: wholeOf('seconds', values.seconds ?? '60'),
    seed: wholeOf('seed', values.seed ?? `${Math.floor(Math.random() * 2 ** 31)}`),
    kinds: names.map((name) => KINDS[name as keyof typeof KINDS] as Kind),
    path: values.path,
  };
}

function parse() {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ options: { seconds: text, seed: text, kind: text, path: text, help: { type: 'boolean' } } });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function wholeOf(option: string, text: string): number {
  if (!/^\d{1,9}\d?$/.test(text)) throw new UsageError(`--${option} ${text}: expected a whole number`);
  return Number(text);
}

/** How many cases are tried in a row: some tenths of a second. */
const TURN = 50;
const PROGRESS_MS = 10_000;

/** How many cases of a kind were tried, and in which time. */
interface Tally {
  cases: number;
  ms: number;
}

const rate = ({ cases, ms }: Tally): string => `${cases} (${Math.round((1000 * cases) / Math.max(ms, 1))}/s)`;

const summary = (tallies: ReadonlyMap<Kind, Tally>): string =>
  [...tallies].map(([{ name }, tally]) => `${name} ${rate(tally)}`).join(', ');

function report(kind: Kind, seed: number, { text, error, path }: Found): void {
  console.error(`\n${kind.name}: ${error instanceof Error ? error.stack : error}\n\n${text}\n`);
  console.error(`again: npm run fuzz -- --kind ${kind.name} --seed ${seed} --path ${path}`);
}

/** Turns, the kind that has had the least of its share first, until the time is over. False if a case failed. */
async function fuzz({ seconds, seed, kinds, path }: Arguments): Promise<boolean> {
  const start = performance.now();
  const tallies = new Map(kinds.map((kind): [Kind, Tally] => [kind, { cases: 0, ms: 0 }]));
  let shown = start;
  for (let turn = 0; performance.now() - start < seconds * 1000; turn++) {
    const [kind, tally] = [...tallies].reduce((a, b) => (b[1].ms / b[0].share < a[1].ms / a[0].share ? b : a));
    const before = performance.now();
    const { cases, found } = await search(kind, { seed: seed + turn, cases: path ? 1 : TURN, path });
    if (found) {
      report(kind, seed + turn, found);
      return false;
    }
    tally.cases += cases;
    tally.ms += performance.now() - before;
    if (path) break;
    if (performance.now() - shown < PROGRESS_MS) continue;
    shown = performance.now();
    console.log(`${Math.round((shown - start) / 1000)} s: ${summary(tallies)}`);
  }
  console.log(`no differences in ${summary(tallies)}`);
  return true;
}

try {
  const given = readArguments();
  if (!given) console.log(USAGE);
  else {
    console.log(`seed ${given.seed}`);
    if (!(await fuzz(given))) process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
