// What test/ops.test.ts uses of Vitest, for a page: tests are collected as they are declared; results() runs them.

const tests = [];
const hooks = [];
let group = [];

const titleOf = (title, row) =>
  title.replace('$name', row?.name).replace('%s', () => String(Array.isArray(row) ? row[0] : row));

/** `declare(title, body)` for each row of a table, as Vitest's each has it. */
const withEach = (declare) =>
  Object.assign(declare, {
    each: (rows) => (title, body) => {
      for (const row of rows) declare(titleOf(title, row), () => body(...(Array.isArray(row) ? row : [row])));
    },
  });

export const describe = withEach((title, body) => {
  const outer = group;
  group = [...outer, title];
  body();
  group = outer;
});

export const it = withEach((title, body) => {
  tests.push({ title: [...group, title].join(' > '), body });
});

export const afterEach = (hook) => {
  hooks.push(hook);
};

/** Runs all tests; `failed` has their titles and messages. */
export async function results() {
  const failed = [];
  for (const { title, body } of tests) {
    try {
      await body();
      for (const hook of hooks) await hook();
    } catch (error) {
      failed.push(`${title}: ${error.message}`);
    }
  }
  return { passed: tests.length - failed.length, failed };
}

const show = (value) =>
  Array.isArray(value) ? `[${value.map(show).join(', ')}]` : Object.is(value, -0) ? '-0' : String(value);

const same = (a, b) =>
  Array.isArray(a) && Array.isArray(b)
    ? a.length === b.length && a.every((value, i) => same(value, b[i]))
    : Object.is(a, b);

export function expect(actual, where = '') {
  const check = (holds, what) => {
    if (!holds) throw new Error(`${where ? `${where}: ` : ''}${show(actual)} is not ${what}`);
  };
  return {
    toBe: (expected) => check(Object.is(actual, expected), show(expected)),
    toEqual: (expected) => check(same(actual, expected), show(expected)),
    toBeUndefined: () => check(actual === undefined, 'undefined'),
    toThrow: (message) => {
      let thrown = 'no error';
      try {
        actual();
      } catch (error) {
        thrown = error.message;
      }
      if (!message.test(thrown)) throw new Error(`${where}: expected an error like ${message}, got ${thrown}`);
    },
  };
}
