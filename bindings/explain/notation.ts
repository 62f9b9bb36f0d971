// Formulas in two notations that are made together: plain text, as a terminal shows it, and LaTeX. Not here: which
// formula an op has (rules.ts).

/** How tightly what is written holds together: a formula in one that holds tighter gets parentheses. */
const SUM = 0;
const NEGATIVE = 1;
const PRODUCT = 2;
const POWER = 3;
const ATOM = 4;

/** A formula as plain text and as LaTeX. */
export interface Formula {
  readonly text: string;
  readonly latex: string;
}

/** A formula that others can be made of. */
export interface Term extends Formula {
  readonly level: number;
  /** What stands behind its minus sign. */
  readonly minus?: Term | undefined;
  readonly isNumber?: boolean | undefined;
  /** What it is the transpose of. */
  readonly untransposed?: Term | undefined;
}

const term = (text: string, latex: string, level: number): Term => ({ text, latex, level });

/** In parentheses, if it does not hold together as tightly as that. */
function held(t: Term, level: number): Term {
  return t.level >= level ? t : term(`(${t.text})`, `\\left(${t.latex}\\right)`, ATOM);
}

const GREEK =
  /^(alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega)$/;

/** A name of a program as LaTeX has it: x1 is x with an index, and more than one letter are upright. */
function latexName(name: string): string {
  const [, letters, index] = /^([A-Za-z]+?)_?(\d*)$/.exec(name) ?? [];
  if (!letters) return `\\mathrm{${escaped(name)}}`;
  const base = GREEK.test(letters) ? `\\${letters}` : letters.length > 1 ? `\\mathrm{${letters}}` : letters;
  return index ? `${base}_{${index}}` : base;
}

/** Text within LaTeX: what has a meaning there is escaped. */
const escaped = (text: string): string =>
  text.replace(/[\\{}$&#%_^~]/g, (c) => (/[\\^~]/.test(c) ? '\\text{-}' : `\\${c}`));

/** A quantity by its name. */
export const symbol = (name: string, latex = latexName(name)): Term => term(name, latex, ATOM);

/** Words in place of a formula. */
export const words = (text: string): Term => term(text, `\\text{${escaped(text)}}`, ATOM);

/** A number with so many significant digits. */
export function number(value: number, digits: number): Term {
  if (value < 0) return negative(number(-value, digits));
  const text = numberText(value, digits);
  const [mantissa, exponent] = text.split('e');
  if (exponent !== undefined) {
    return { ...term(text, `${mantissa} \\cdot 10^{${+exponent}}`, PRODUCT), isNumber: true };
  }
  const latex = value === Infinity ? '\\infty' : Number.isNaN(value) ? '\\mathrm{NaN}' : text;
  return { ...term(text, latex, ATOM), isNumber: true };
}

/** A number with so many significant digits, without zeros at its end; never -0. */
export function numberText(value: number, digits: number): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞';
  const whole = Math.abs(value) < 1e9 && Number.isInteger(value);
  return String(whole ? value : +value.toPrecision(digits));
}

/** -t. */
export function negative(t: Term): Term {
  if (t.minus) return t.minus;
  const inner = held(t, PRODUCT);
  return { ...term(`-${inner.text}`, `-${inner.latex}`, NEGATIVE), minus: inner, isNumber: t.isNumber };
}

/** a + b + …; a negative one is subtracted. */
export function sum(terms: readonly Term[]): Term {
  const [first, ...rest] = terms as [Term, ...Term[]];
  if (rest.length === 0) return first;
  const join = (key: 'text' | 'latex') =>
    rest.reduce(
      (all, t) => `${all} ${t.minus ? '-' : '+'} ${held(t.minus ?? t, t.minus ? NEGATIVE : SUM)[key]}`,
      first[key],
    );
  return term(join('text'), join('latex'), SUM);
}

export const difference = (a: Term, b: Term): Term => sum([a, negative(b.level === SUM ? held(b, NEGATIVE) : b)]);

/** a·b·…, or elementwise a ⊙ b; a factor of 1 is left out, and a number stands right before a letter. */
export function product(factors: readonly Term[], elementwise = false): Term {
  const kept = factors.filter(({ text }) => text !== '1');
  if (kept.length < 2) return kept[0] ?? factors[0]!;
  const [first, ...rest] = kept as [Term, ...Term[]];
  if (first.minus) return negative(product([first.minus, ...rest], elementwise));
  const join = (key: 'text' | 'latex') => {
    const dot = key === 'text' ? (elementwise ? ' ⊙ ' : '·') : elementwise ? ' \\odot ' : ' \\cdot ';
    return rest.reduce((all, t, i) => {
      const next = held(t, PRODUCT)[key];
      const close = i === 0 && first.isNumber && !elementwise && !t.isNumber && /^[a-df-zA-Zσ√(\\]/.test(next);
      return `${all}${close ? '' : dot}${next}`;
    }, held(first, PRODUCT)[key]);
  };
  return term(join('text'), join('latex'), PRODUCT);
}

/** a·b of two numbers, as they are: with a factor of 1, too. */
export function multiplied(a: Term, b: Term): Term {
  if (a.minus) return negative(multiplied(a.minus, b));
  const [left, right] = [held(a, PRODUCT), held(b, PRODUCT)];
  return term(`${left.text}·${right.text}`, `${left.latex} \\cdot ${right.latex}`, PRODUCT);
}

export function fraction(top: Term, bottom: Term): Term {
  if (top.minus) return negative(fraction(top.minus, bottom));
  if (bottom.text === '1') return top;
  return term(
    `${held(top, PRODUCT).text}/${held(bottom, POWER).text}`,
    `\\frac{${top.latex}}{${bottom.latex}}`,
    PRODUCT,
  );
}

export function power(base: Term, exponent: Term): Term {
  const inner = held(base, ATOM);
  const raised = exponent.text === '2' ? '²' : exponent.text === '3' ? '³' : `^${held(exponent, ATOM).text}`;
  return term(`${inner.text}${raised}`, `${braced(inner.latex)}^{${exponent.latex}}`, POWER);
}

/** LaTeX allows no second exponent, as of xᵀ². */
const braced = (latex: string): string => (latex.includes('^') ? `{${latex}}` : latex);

/** f(a, b …). */
export function call(name: string, args: readonly Term[], latexOf = `\\mathrm{${escaped(name)}}`): Term {
  const join = (key: 'text' | 'latex') => args.map((t) => t[key]).join(', ');
  return term(`${name}(${join('text')})`, `${latexOf}\\left(${join('latex')}\\right)`, POWER);
}

export const root = (of: Term): Term => term(`√${held(of, ATOM).text}`, `\\sqrt{${of.latex}}`, POWER);

export const absolute = (of: Term): Term => term(`|${of.text}|`, `\\left|${of.latex}\\right|`, ATOM);

/** Σ of all elements. */
export function total(of: Term): Term {
  const inner = held(of, POWER);
  return term(`Σ ${inner.text}`, `\\sum ${inner.latex}`, PRODUCT);
}

export function transposed(of: Term): Term {
  if (of.untransposed) return of.untransposed;
  const inner = held(of, ATOM);
  return { ...term(`${inner.text}ᵀ`, `${braced(inner.latex)}^{\\top}`, POWER), untransposed: of };
}

/** ∂of/∂by. */
export const partial = (of: Term, by: Term): Term =>
  term(`∂${of.text}/∂${by.text}`, `\\frac{\\partial ${of.latex}}{\\partial ${by.latex}}`, POWER);
