// Pieces of Python text: numbers, tuples, arguments, names.

/** A number, a truth value, text or a tuple as Python has it. */
export function py(value: unknown): string {
  if (Array.isArray(value)) return value.length === 1 ? `(${py(value[0])},)` : `(${value.map(py).join(', ')})`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === Infinity) return 'float("inf")';
  if (value === -Infinity) return '-float("inf")';
  if (Number.isNaN(value)) return 'float("nan")';
  return String(value).replace('e+', 'e');
}

/** One number for all axes, or a tuple. */
export const pyAxes = (values: readonly number[]): string =>
  py(values.every((value) => value === values[0]) ? values[0] : values);

/** Arguments of a call: those without a name, and those with one that are not `undefined`. */
export function pyArguments(
  given: readonly string[],
  named: Readonly<Record<string, string | undefined>> = {},
): string {
  const pairs = Object.entries(named).filter(([, value]) => value !== undefined);
  return [...given, ...pairs.map(([name, value]) => `${name}=${value}`)].join(', ');
}

/** The text of a value unless it is the default, which is left out. */
export const unless = (fallback: unknown, value: unknown): string | undefined =>
  py(value) === py(fallback) ? undefined : py(value);

/** The same of one number for all axes. */
export const unlessAll = (fallback: number, values: readonly number[]): string | undefined =>
  values.every((value) => value === fallback) ? undefined : pyAxes(values);

/** Words of Python, and names that a module of PyTorch has already. */
const TAKEN = new Set(
  `False None True and as assert async await break class continue def del elif else except finally for from global if
  import in is lambda nonlocal not or pass raise return try while with add_module apply bfloat16 buffers children compile
  cpu cuda double eval extra_repr float forward half load_state_dict modules named_buffers named_children
  named_modules named_parameters parameters register_buffer register_module register_parameter requires_grad_
  self share_memory state_dict to torch nn F train training type xpu zero_grad`.split(/\s+/),
);

/** A name of ours as one of Python: 'conv-1' is conv_1. */
export function pyName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=[0-9])/, '_');
  return TAKEN.has(plain) ? `${plain}_` : plain;
}
