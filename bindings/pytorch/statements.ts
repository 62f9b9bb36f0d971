// The statements of a Python function, written with numbers for its variables, which get names here: one is used again
// where the value that had it is not needed any more, as a programmer would do it. Not here: what they compute
// (structure.ts).

/** `target = text`; in texts a variable is `ref(number)`. */
export interface Statement {
  readonly target: number;
  readonly text: string;
  /** A call of one operand, which may be written around what makes it. */
  readonly wraps?: boolean | undefined;
  /** It only moves axes, and may be written within what reads it. */
  readonly moves?: boolean | undefined;
}

/** A variable in a text. */
export const ref = (variable: number): string => `\u00a7${variable}\u00a7`;

const REF = /\u00a7(\d+)\u00a7/g;

const refsOf = (text: string): number[] => [...text.matchAll(REF)].map(([, variable]) => Number(variable));

/** The longest expression that another call is written around. */
const SHORT = 60;

/**
 * The lines of a function.
 *
 * @param given   the names of the first variables: arguments
 * @param results the variables that are returned
 */
export function linesOf(
  statements: readonly Statement[],
  given: readonly string[],
  results: readonly number[],
): { lines: string[]; results: string[] } {
  return named(nested(needed(statements, results), results), given, results);
}

/** Without those whose value nobody reads. */
function needed(statements: readonly Statement[], results: readonly number[]): Statement[] {
  const read = new Set(results);
  const kept = [...statements].reverse().filter(({ target, text }) => {
    if (!read.has(target)) return false;
    for (const variable of refsOf(text)) read.add(variable);
    return true;
  });
  return kept.reverse();
}

/**
 * Calls of one operand around a short expression that makes it, and moved axes within what reads them, if nothing else
 * does.
 */
function nested(statements: readonly Statement[], results: readonly number[]): Statement[] {
  const uses = new Map<number, number>();
  for (const variable of [...statements.flatMap(({ text }) => refsOf(text)), ...results])
    uses.set(variable, (uses.get(variable) ?? 0) + 1);
  const out: Statement[] = [];
  for (const statement of statements) {
    const last = out.at(-1);
    const around = last && (statement.wraps || last.moves) && last.text.length < SHORT;
    if (around && statement.text.includes(ref(last.target)) && uses.get(last.target) === 1) {
      out[out.length - 1] = { ...statement, text: statement.text.replace(ref(last.target), last.text) };
    } else out.push(statement);
  }
  return out;
}

function named(
  statements: readonly Statement[],
  given: readonly string[],
  results: readonly number[],
): { lines: string[]; results: string[] } {
  const lastRead = new Map<number, number>();
  statements.forEach(({ text }, i) => {
    for (const variable of refsOf(text)) lastRead.set(variable, i);
  });
  for (const variable of results) lastRead.set(variable, statements.length);
  const names = new Map(given.map((name, variable) => [variable, name]));
  const alive = (name: string, i: number): boolean =>
    [...names].some(([variable, other]) => other === name && (lastRead.get(variable) ?? -1) > i);
  const nameFor = (operands: readonly number[], i: number): string => {
    const free = operands
      .map((variable) => names.get(variable)!)
      .find((name) => !alive(name, i) && (new Set(operands).size === 1 || given.length === 1 || !given.includes(name)));
    if (free !== undefined) return free;
    for (let n = 0; ; n++) {
      const name = n === 0 ? 'x' : `x${n}`;
      if (!alive(name, i) && !given.includes(name)) return name;
    }
  };
  const written = (text: string): string => text.replace(REF, (_, variable) => names.get(Number(variable))!);
  const lines = statements.flatMap(({ target, text }, i) => {
    const value = written(text);
    const name = nameFor(refsOf(text), i);
    names.set(target, name);
    return value === name ? [] : [`${name} = ${value}`];
  });
  return { lines, results: results.map((variable) => names.get(variable)!) };
}
