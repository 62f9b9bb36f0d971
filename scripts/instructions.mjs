// Writes what AssemblyScript needs of the instruction table (bindings/instructions.ts): opcodes, operands, and the switch
// that calls the kernels. Fails if a kernel is missing. `--check` writes nothing, and fails if a file is not current.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';

const TABLE = 'bindings/instructions.ts';
const KERNELS = 'assembly/kernels';
const HEAD = `// Generated from ${TABLE} by scripts/instructions.mjs: edit the table, then \`npm run build:wasm\`.`;
const HEADER_BYTES = 8;
const LINE = 120;

const TYPES = { int: 'i32', opcode: 'i32', float: 'f32', double: 'f64', list: 'i32' };
const typeOf = (kind) => TYPES[kind] ?? 'usize';

/** The table of a TypeScript source. */
export async function tableOf(source) {
  const { code } = await transform(source, { loader: 'ts', format: 'esm' });
  const { INSTRUCTIONS, FAMILIES } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return { rows: INSTRUCTIONS, families: FAMILIES };
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
  check(!kinds.slice(0, -1).includes('list'), `${name}: a list must be the last operand`);
}

/** The names of the instructions of each family, which stand together: they are told by their range. */
function membersOf({ rows, families }) {
  const names = Object.keys(rows);
  return Object.keys(families).map((family) => {
    const members = names.filter((name) => familyOf({ families }, rows[name]) === family);
    const together = names.slice(names.indexOf(members[0]), names.indexOf(members.at(-1)) + 1);
    const stranger = together.find((name) => !members.includes(name));
    check(!stranger, `${stranger} stands among the ${family} instructions, which must stand together`);
    return { family, members };
  });
}

/** The kernels by their operands' class: the function and the file it is in. */
function kernelsOf(sources) {
  const found = new Map();
  for (const [file, source] of Object.entries(sources)) {
    for (const [, kernel, operands] of source.matchAll(/^export function (\w+)\(it: (\w+), part: i32, parts: i32\)/gm))
      found.set(operands, { kernel, file });
  }
  return found;
}

/** The texts of the generated files by name; throws an error that names what is missing. */
export function generate(table, sources) {
  const { rows, families } = table;
  const groups = membersOf(table);
  const inFamily = new Set(groups.flatMap(({ members }) => members));
  const kernels = kernelsOf(sources);
  const single = Object.keys(rows).filter((name) => name !== 'halt' && !inFamily.has(name));
  const kernelOf = (name) => {
    const signature = `export function ${name}(it: ${classOf(name)}, part: i32, parts: i32)`;
    const kernel = kernels.get(classOf(name));
    if (!kernel) throw new Error(`no kernel for '${name}' in ${KERNELS}: write \`${signature}\``);
    return kernel;
  };
  for (const name of Object.keys(rows)) checkRow(name, rows[name]);
  for (const { family, members } of groups) {
    const { file } = kernelOf(family);
    for (const name of members) {
      const has = new RegExp(`case Op\\.${name}:`).test(sources[file]);
      if (!has) throw new Error(`no kernel for '${name}' in ${KERNELS}/${file}.ts: add a case, \`case Op.${name}:\``);
    }
  }
  for (const [file, source] of Object.entries(sources)) {
    const cases = [...source.matchAll(/case Op\.(\w+):/g)].map(([, name]) => name);
    const called = [...kernels].filter(([, kernel]) => kernel.file === file).map(([operands]) => operands);
    const classes = new Set([...Object.keys(families), ...single].map(classOf));
    const stranger = cases.find((name) => !rows[name]) ?? called.find((operands) => !classes.has(operands));
    const kernel = kernels.get(stranger)?.kernel ?? stranger;
    check(!stranger, `the kernel '${kernel}' in ${KERNELS}/${file}.ts has no row`);
  }
  const classes = [...Object.entries(families), ...single.map((name) => [name, rows[name]])];
  return {
    opcodes: opcodesText(Object.keys(rows)),
    operands: operandsText(classes),
    dispatch: dispatchText(single, groups, kernelOf),
  };
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
      last = kind === 'list' ? `${operand}Count` : operand;
      fields.push(`  ${last}: ${typeOf(kind)};`);
      if (kind === 'list')
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

function dispatchText(single, groups, kernelOf) {
  const called = [...groups.map(({ family }) => family), ...single];
  const files = [...new Set(called.map((name) => kernelOf(name).file))].sort();
  const imports = files.map((file) => {
    const inFile = called.map(kernelOf).filter((kernel) => kernel.file === file);
    return importText(
      inFile.map(({ kernel }) => kernel),
      `./kernels/${file}`,
    );
  });
  const call = (name) => `return ${kernelOf(name).kernel}(changetype<${classOf(name)}>(ip), part, parts);`;
  const cases = single.map((name) => `    case Op.${name}:\n      ${call(name)}`);
  const ranges = groups.map(({ family, members: [first, ...rest] }) => {
    return `      if (op >= Op.${first} && op <= Op.${rest.at(-1) ?? first}) ${call(family)}`;
  });
  return `${HEAD}

${imports.join('\n')}
import { Op } from './opcodes';
${importText(called.map(classOf), './operands')}

/** Part \`part\` of the instruction at ip. */
export function step(op: i32, ip: usize, part: i32, parts: i32): void {
  switch (op) {
${cases.join('\n')}
    // The elementwise ones, by range: a case for each would become a comparison with one after the other.
    default:
${ranges.join('\n')}
      return unreachable();
  }
}
`;
}

/** Writes the files that are not current, or with \`checks\` throws an error that names one. */
export async function writeInstructions(checks = false) {
  const texts = generate(await tableOf(readFileSync(TABLE, 'utf8')), kernelSources());
  for (const [name, text] of Object.entries(texts)) {
    const file = `assembly/${name}.ts`;
    if (readFileSync(file, { encoding: 'utf8', flag: 'a+' }) === text) continue;
    if (checks) throw new Error(`${file} is not current: run \`npm run build:wasm\``);
    writeFileSync(file, text);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await writeInstructions(process.argv.includes('--check'));
}
