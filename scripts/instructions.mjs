// Writes what AssemblyScript needs of the instruction table (bindings/instructions.ts): opcodes, operands, the switch
// that calls the kernels, and what each side module exports. Fails if a kernel is missing. `--check` writes nothing,
// and fails if a file is not current.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';

const TABLE = 'bindings/instructions.ts';
const KERNELS = 'assembly/kernels';
const HEAD = `// Generated from ${TABLE} by scripts/instructions.mjs: edit the table, then \`npm run build:wasm\`.`;
/** What the tape loop carries out itself. */
const CONTROL = ['halt', 'loop'];
const HEADER_BYTES = 8;
const LINE = 120;

const TYPES = { int: 'i32', opcode: 'i32', double: 'f64', list: 'i32', tape: 'i32' };
/** Whether it is a count and as many words, which end the instruction. */
const isList = (kind) => kind === 'list' || kind === 'tape';
const typeOf = (kind) => TYPES[kind] ?? 'usize';

/** The table of a TypeScript source. */
export async function tableOf(source) {
  const { code } = await transform(source, { loader: 'ts', format: 'esm' });
  const { INSTRUCTIONS, FAMILIES, MODULES, BEYOND_SLIM } = await import(
    `data:text/javascript,${encodeURIComponent(code)}`
  );
  return { rows: INSTRUCTIONS, families: FAMILIES, modules: MODULES, beyondSlim: BEYOND_SLIM };
}

/** The names of the side modules. */
export async function sideModules() {
  const { modules } = await tableOf(readFileSync(TABLE, 'utf8'));
  return Object.keys(modules).filter((module) => module !== 'main');
}

/** The sources of the kernels by file. */
export function kernelSources() {
  const files = readdirSync(KERNELS).filter((name) => name.endsWith('.ts'));
  return Object.fromEntries(files.map((name) => [name.slice(0, -3), readFileSync(`${KERNELS}/${name}`, 'utf8')]));
}

const capital = (name) => name[0].toUpperCase() + name.slice(1);
const classOf = (name) => `${capital(name)}Operands`;

function check(condition, message) {
  if (!condition) throw new Error(`${TABLE}: ${message}`);
}

/** The name of the family that an instruction is of: it has the same operands. */
function familyOf({ families }, row) {
  const shape = (operands) =>
    Object.entries(operands)
      .map(([name, kind]) => `${name} ${typeOf(kind)}`)
      .join();
  return Object.keys(families).find((family) => shape(families[family]) === shape(row));
}

function checkRow(name, row) {
  const kinds = Object.values(row);
  for (const operand of Object.keys(row)) {
    check(
      !['op', 'length'].includes(operand),
      `${name}: '${operand}' is the name of a word that every instruction has`,
    );
  }
  const double = kinds.lastIndexOf('double');
  check(
    kinds.slice(0, double + 1).every((kind) => kind === 'double'),
    `${name}: doubles must come first`,
  );
  check(!kinds.slice(0, -1).some(isList), `${name}: a list must be the last operand`);
}

/**
 * The families of each module with the names of their instructions, which stand together: they are told by their range.
 * `kernel` is the function that carries them out.
 */
function groupsOf({ families, modules }) {
  return Object.entries(modules).flatMap(([module, rows]) => {
    const names = Object.keys(rows);
    return Object.keys(families).flatMap((family) => {
      const members = names.filter((name) => familyOf({ families }, rows[name]) === family);
      if (members.length === 0) return [];
      const together = names.slice(names.indexOf(members[0]), names.indexOf(members.at(-1)) + 1);
      const stranger = together.find((name) => !members.includes(name));
      check(!stranger, `${stranger} stands among the ${family} instructions, which must stand together`);
      return [{ module, family, members, kernel: module === 'main' ? family : `${module}${capital(family)}` }];
    });
  });
}

/** The kernels: function, class of its operands, and the file it is in. */
function kernelsOf(sources) {
  return Object.entries(sources).flatMap(([file, source]) => {
    const found = source.matchAll(/^export function (\w+)\(it: (\w+), part: i32, parts: i32\)/gm);
    return [...found].map(([, kernel, operands]) => ({ kernel, operands, file }));
  });
}

/** The texts of the generated files by name; throws an error that names what is missing. */
export function generate(table, sources) {
  const { rows, families, modules, beyondSlim } = table;
  for (const name of Object.keys(rows)) checkRow(name, rows[name]);
  const groups = groupsOf(table);
  const kernels = kernelsOf(sources);
  const find = (of, kernel, operands) => {
    const found = kernels.find((one) => one.operands === operands && (kernel === undefined || one.kernel === kernel));
    const signature = `export function ${kernel ?? of}(it: ${operands}, part: i32, parts: i32)`;
    if (!found) throw new Error(`no kernel for '${of}' in ${KERNELS}: write \`${signature}\``);
    return found;
  };
  // What each module calls: the families' kernels for all of their instructions, then those of one instruction.
  const called = Object.entries(modules).map(([module, own]) => {
    const ofFamilies = groups.filter((group) => group.module === module);
    const single = Object.keys(own).filter(
      (name) => !CONTROL.includes(name) && !ofFamilies.some((g) => g.members.includes(name)),
    );
    return {
      module,
      families: ofFamilies.map(({ family, members, kernel }) => ({
        members,
        ...find(members[0], kernel, classOf(family)),
      })),
      single: single.map((name) => ({ name, ...find(name, undefined, classOf(name)) })),
    };
  });
  checkCases(called, sources);
  checkStrangers(rows, called, kernels, sources);
  const single = called.flatMap(({ single }) => single.map(({ name }) => [name, rows[name]]));
  const control = CONTROL.filter((name) => name in rows && name !== 'halt').map((name) => [name, rows[name]]);
  const [main, ...sides] = called;
  return {
    opcodes: opcodesText(Object.keys(rows)),
    operands: operandsText([...Object.entries(families), ...control, ...single]),
    dispatch: dispatchText(main, sides, beyondSlim),
    ...Object.fromEntries(sides.map((side) => [`sides/${side.module}`, sideText(side)])),
  };
}

/** Every instruction of a family has a case in the file of its kernel. */
function checkCases(called, sources) {
  for (const { members, file } of called.flatMap(({ families }) => families)) {
    for (const name of members) {
      const has = new RegExp(`case Op\\.${name}:`).test(sources[file]);
      if (!has) throw new Error(`no kernel for '${name}' in ${KERNELS}/${file}.ts: add a case, \`case Op.${name}:\``);
    }
  }
}

/** Every kernel is called, and every case is that of an instruction of a family whose kernel is in the file. */
function checkStrangers(rows, called, kernels, sources) {
  const all = called.flatMap(({ families, single }) => [...families, ...single]);
  const unused = kernels.find(({ kernel }) => !all.some((one) => one.kernel === kernel));
  check(!unused, `the kernel '${unused?.kernel}' in ${KERNELS}/${unused?.file}.ts has no row`);
  for (const [file, source] of Object.entries(sources)) {
    const cases = [...source.matchAll(/case Op\.(\w+):/g)].map(([, name]) => name);
    const stranger = cases.find((name) => !all.some((one) => one.file === file && one.members?.includes(name)));
    const where = rows[stranger] ? 'a row of another module' : 'no row';
    check(!stranger, `the kernel '${stranger}' in ${KERNELS}/${file}.ts has ${where}`);
  }
}

const opcodesText = (names) => `${HEAD}

export const enum Op {
${names.map((name) => `  ${name},`).join('\n')}
}
`;

/** The classes, and a line for each that stops the compiler if a field is not where the encoder puts it. */
function operandsText(classes) {
  const texts = classes.map(([name, row]) => {
    let offset = HEADER_BYTES;
    const fields = [];
    const getters = [];
    let last = '';
    for (const [operand, kind] of Object.entries(row)) {
      last = isList(kind) ? `${operand}Count` : operand;
      fields.push(`  ${last}: ${typeOf(kind)};`);
      if (isList(kind))
        getters.push(
          `  /** The address of the list: its count, then its numbers. */\n  @inline\n  get ${operand}(): usize {\n    return changetype<usize>(this) + ${offset};\n  }`,
        );
      offset += kind === 'double' ? 8 : 4;
    }
    const at = offset - (Object.values(row).at(-1) === 'double' ? 8 : 4);
    const text = [
      `@unmanaged`,
      `export class ${classOf(name)} {`,
      `  op: i32;`,
      `  length: i32;`,
      ...fields,
      ...getters.map((getter) => `\n${getter}`),
      `}`,
    ].join('\n');
    const condition = `if (offsetof<${classOf(name)}>('${last}') !== ${at})`;
    const stop = `ERROR('${classOf(name)}: ${last} is not at ${at}');`;
    return `${text}\n${condition}${condition.length + stop.length < LINE ? ' ' : '\n  '}${stop}`;
  });
  return `${HEAD}
//
// The operands of each instruction as a structure over the tape, of which a kernel reads what it needs. The lines below
// the classes are for the compiler: it stops if it would read an operand where the encoder does not write it.

${texts.join('\n\n')}
`;
}

/** `import { … } from '…'`, as the formatter has it. */
function importText(names, from) {
  const sorted = [...new Set(names)].sort();
  const line = `import { ${sorted.join(', ')} } from '${from}';`;
  return line.length <= LINE ? line : `import {\n${sorted.map((name) => `  ${name},\n`).join('')}} from '${from}';`;
}

/** Statements that import the kernels, a line for each file. */
function importsOf(kernels, folder) {
  const files = [...new Set(kernels.map(({ file }) => file))].sort();
  return files.map((file) => {
    const inFile = kernels.filter((kernel) => kernel.file === file);
    return importText(
      inFile.map(({ kernel }) => kernel),
      `${folder}/${file}`,
    );
  });
}

const callOf = ({ kernel, operands }) => `return ${kernel}(changetype<${operands}>(ip), part, parts);`;
const casesOf = ({ single }, beyondSlim = []) =>
  single
    .map((one) => {
      const none = beyondSlim.includes(one.name) ? 'if (SLIM) return unreachable();\n      ' : '';
      return `    case Op.${one.name}:\n      ${none}${callOf(one)}\n`;
    })
    .join('');
const rangesOf = ({ families }) =>
  families
    .map(({ members, ...one }) => `      if (op >= Op.${members[0]} && op <= Op.${members.at(-1)}) ${callOf(one)}\n`)
    .join('');

function dispatchText(main, sides, beyondSlim) {
  const all = [main, ...sides].flatMap(({ families, single }) => [...families, ...single]);
  return `${HEAD}

${importsOf(all, './kernels').join('\n')}
import { Op } from './opcodes';
${importText(
  all.map(({ operands }) => operands),
  './operands',
)}

/** Part \`part\` of the instruction at ip. */
export function step(op: i32, ip: usize, part: i32, parts: i32): void {
  switch (op) {
${casesOf(main, beyondSlim)}    // The elementwise ones, by range: a case for each would become a comparison with one after the other.
    default:
${rangesOf(main)}      if (COMPLETE) return aside(op, ip, part, parts);
      // Kernels of side modules, which JavaScript puts at their opcodes.
      return call_indirect<void>(op, ip, part, parts);
  }
}

/** The instructions of side modules, in a build that has their kernels itself. */
function aside(op: i32, ip: usize, part: i32, parts: i32): void {
  switch (op) {
${sides.map((side) => casesOf(side)).join('')}    default:
${sides.map(rangesOf).join('')}      return unreachable();
  }
}
`;
}

/** A side module: its kernels by the names of their instructions. */
function sideText({ families, single }) {
  const named = [...single, ...families.flatMap(({ members, ...one }) => members.map((name) => ({ name, ...one })))];
  const files = [...new Set(named.map(({ file }) => file))].sort();
  const exports = files.map((file) => {
    const list = named
      .filter((one) => one.file === file)
      .sort((a, b) => (a.kernel < b.kernel ? -1 : Number(a.kernel > b.kernel))) // as the formatter has it
      .map(({ kernel, name }) => (kernel === name ? name : `${kernel} as ${name}`));
    const line = `export { ${list.join(', ')} } from '../kernels/${file}';`;
    return line.length <= LINE
      ? line
      : `export {\n${list.map((one) => `  ${one},\n`).join('')}} from '../kernels/${file}';`;
  });
  return `${HEAD}
//
// A side module: its kernels, by the names of their instructions.

${exports.join('\n')}
`;
}

/** Writes the files that are not current, or with \`checks\` throws an error that names one. */
export async function writeInstructions(checks = false) {
  const texts = generate(await tableOf(readFileSync(TABLE, 'utf8')), kernelSources());
  for (const [name, text] of Object.entries(texts)) {
    const file = `assembly/${name}.ts`;
    mkdirSync(dirname(file), { recursive: true });
    if (readFileSync(file, { encoding: 'utf8', flag: 'a+' }) === text) continue;
    if (checks) throw new Error(`${file} is not current: run \`npm run build:wasm\``);
    writeFileSync(file, text);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await writeInstructions(process.argv.includes('--check'));
}
