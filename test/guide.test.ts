// Every block of code of the README and the guide, run in Node with the package as it is built: what comments and
// blocks of text say of values, prints and errors is true.

import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { type PageProgram, programsOf } from './guide/blocks.js';
import { THOROUGH } from './thorough.js';

const OUT = 'build/guide';
mkdirSync(OUT, { recursive: true });

const PAGES = ['README.md', ...readdirSync('docs/guide').map((file) => `docs/guide/${file}`)];

const fileName = (page: string): string => page.replace('.md', '').replaceAll('/', '-');

/** Runs the programs of a page in one process. */
async function run(name: string, programs: readonly PageProgram[]): Promise<void> {
  const files = programs.map(({ module }, i) => {
    const file = `${OUT}/${fileName(name)}-${i}.mjs`;
    writeFileSync(file, module);
    return file;
  });
  await promisify(execFile)(process.execPath, ['test/guide/run.js', ...files]);
}

describe.concurrent('the code of', () => {
  it.each(THOROUGH ? PAGES : PAGES.filter((_, i) => i % 5 === 0))('%s does what the page says', async (name) => {
    await run(name, programsOf(name, readFileSync(name, 'utf8')));
  });

  it('a page that says what is not true is found', async () => {
    const page = (claim: string): string => `Text.\n\n\`\`\`js\nconst x = 0.30001;\n${claim}\n\`\`\`\n`;
    const failing = async (claim: string) => run('wrong.md', programsOf('wrong.md', page(claim)));
    await failing('x; // → 0.3000');
    await failing('console.log([x, { y: "z" }]); // → [0.3…, { y: \'z\' }]');
    await expect(failing('x; // → 0.3001')).rejects.toThrow('wrong.md:5: the page shows 0.3001, it is 0.30001');
    await expect(failing('console.log(2); // → 3')).rejects.toThrow('wrong.md:5: the page shows 3, it is 2');
    await expect(failing('x; // throws Error: …')).rejects.toThrow('it is nothing thrown');
    await expect(failing('console.log(x);\n```\n\n```text\n0.4')).rejects.toThrow('wrong.md:4: the page shows 0.4');
  });
});

it('the programs of tables, which reach the scores of scikit-learn, have less than 40 lines', () => {
  const pages = ['classify-a-table', 'predict-a-number'].map((page) => readFileSync(`docs/guide/${page}.md`, 'utf8'));
  const blocks = pages.flatMap((page) => [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code!.trim()));
  const programs = blocks.filter((code) => code.includes('await init('));
  expect(programs).toHaveLength(5);
  for (const code of programs) expect(code.split('\n').length).toBeLessThan(40);
});

it.runIf(THOROUGH)('what is written in TypeScript compiles with strict settings', () => {
  const files = PAGES.flatMap((name) =>
    programsOf(name, readFileSync(name, 'utf8')).flatMap(({ typed }, i) => {
      if (typed === undefined) return [];
      const file = `${OUT}/${fileName(name)}-${i}.mts`;
      writeFileSync(file, typed);
      return [file];
    }),
  );
  expect(files.length).toBeGreaterThan(0);
  const program = ts.createProgram(files, {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
  });
  const messages = ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) => {
    return `${file?.fileName} ${file?.text.slice(start, start! + 60)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(messages).toEqual([]);
});
