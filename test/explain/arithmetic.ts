// Works out what an explanation prints: 1/(2·1.5), √u, σ(x), [x > 0]. So that its formulas can be held against its
// numbers.

const FUNCTIONS: Readonly<Record<string, (...args: number[]) => number>> = {
  ln: Math.log,
  σ: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sin: Math.sin,
  cos: Math.cos,
  arctan: Math.atan,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: Math.round,
  max: Math.max,
  min: Math.min,
};

const RELATIONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '≥': (a, b) => a >= b,
  '≤': (a, b) => a <= b,
  '=': (a, b) => a === b,
};

/** Whether it is a word of formulas, and no name. */
export const isFunction = (name: string): boolean => name === 'e' || name in FUNCTIONS;

/** The value of a formula in plain text. */
export function computed(text: string): number {
  const tokens = text.match(/\d+(\.\d+)?(e-?\d+)?|[a-zσ]+|[^\s]/g) ?? [];
  let at = 0;
  const peek = (): string | undefined => tokens[at];
  const take = (token?: string): string => {
    if (token !== undefined && tokens[at] !== token) throw new Error(`${token} expected at ${at} of ${text}`);
    return tokens[at++]!;
  };
  /** What comes after this token. */
  const after = (read: () => number): number => {
    take();
    return read();
  };
  const sum = (): number => {
    let value = peek() === '-' ? -after(product) : product();
    while (peek() === '+' || peek() === '-') value = take() === '+' ? value + product() : value - product();
    return value;
  };
  const product = (): number => {
    let value = power();
    for (;;) {
      if (peek() === '·') value *= after(power);
      else if (peek() === '/') value /= after(power);
      else if (/^[a-zσ√([]/.test(peek() ?? '')) value *= power();
      else return value;
    }
  };
  const power = (): number => {
    let value = atom();
    for (;;) {
      if (peek() === '²') value **= after(() => 2);
      else if (peek() === '³') value **= after(() => 3);
      else if (peek() === '^') value **= after(atom);
      else return value;
    }
  };
  const atom = (): number => {
    const token = take();
    if (/^\d/.test(token)) return Number(token);
    if (token === 'e') return Math.E;
    if (token === '√') return Math.sqrt(atom());
    if (token === '(') return closed(sum(), ')');
    if (token === '|') return Math.abs(closed(sum(), '|'));
    if (token === '[') {
      const left = sum();
      const relation = RELATIONS[take()]!;
      return closed(+relation(left, sum()), ']');
    }
    take('(');
    const args = [sum()];
    while (peek() === ',') args.push(after(sum));
    return closed(FUNCTIONS[token]!(...args), ')');
  };
  const closed = <T>(value: T, token: string): T => {
    take(token);
    return value;
  };
  const value = sum();
  if (at < tokens.length) throw new Error(`'${tokens[at]}' is left of ${text}`);
  return value;
}
