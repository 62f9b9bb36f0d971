// The code of a page of documentation, as programs that can be run. Not here: what they are checked by (check.js).
//
// A block that calls init starts a program; those behind it go on with the same names, and may import more. A comment
// `// → …` behind or below a statement says what its value is, or what it prints; `// throws …` which error it ends with; the lines
// after it that start with `//  ` belong to it. A block of text behind a block of code is all that this prints.

import ts from 'typescript';

/** A block of code. */
interface Block {
  readonly language: 'js' | 'ts';
  readonly code: string;
  /** The line of the page on which it begins. */
  readonly line: number;
  readonly prints: string | undefined;
}

function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  for (const { 1: language, 2: code, index } of page.matchAll(/^```(js|ts)\n(.*?)^```$/gms)) {
    const line = page.slice(0, index).split('\n').length + 1;
    const after = page.slice(index + language!.length + code!.length + 8);
    const prints = /^\s*```text\n(.*?)^```$/ms.exec(after);
    const isNext = prints?.index === 0;
    blocks.push({ language: language as 'js', code: code!, line, prints: isNext ? prints[1] : undefined });
  }
  return blocks;
}

/** A program: a module, in JavaScript, and what it was written in, if that is TypeScript. */
export interface PageProgram {
  readonly module: string;
  readonly typed: string | undefined;
}

/** The programs of a page; `name` is what errors call it. */
export function programsOf(name: string, page: string): PageProgram[] {
  const programs: Block[][] = [];
  for (const block of blocksOf(page)) {
    if (/\bawait init\(/.test(block.code) || programs.length === 0) programs.push([]);
    programs.at(-1)!.push(block);
  }
  return programs.map((blocks) => {
    const isTyped = blocks.some(({ language }) => language === 'ts');
    const imports = importsOf(blocks);
    const checked = blocks.map((block) => checkedCode(name, block)).join('\n');
    const module = `${imports}import * as check from '../../test/guide/check.js';\n${checked}`;
    const plain = blocks.map((block) => bodyOf(block)).join('\n');
    const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    return {
      module: isTyped ? ts.transpileModule(module, { compilerOptions: options }).outputText : module,
      typed: isTyped ? `${imports}${plain}` : undefined,
    };
  });
}

const parse = (code: string): ts.SourceFile => ts.createSourceFile('block.ts', code, ts.ScriptTarget.ES2022, true);

/** All imports of the blocks, each name once. */
function importsOf(blocks: readonly Block[]): string {
  const names = new Map<string, Set<string>>();
  const others = new Set<string>();
  for (const node of blocks.flatMap(({ code }) => parse(code).statements.filter(ts.isImportDeclaration))) {
    const bindings = node.importClause?.namedBindings;
    if (!bindings || !ts.isNamedImports(bindings)) {
      others.add(node.getText());
      continue;
    }
    const from = node.moduleSpecifier.getText();
    if (!names.has(from)) names.set(from, new Set());
    for (const element of bindings.elements) names.get(from)!.add(element.getText());
  }
  const named = [...names].map(([from, all]) => `import { ${[...all].join(', ')} } from ${from};`);
  return [...named, ...others].map((line) => `${line}\n`).join('');
}

/** A block without its imports. */
const bodyOf = ({ code }: Block): string =>
  parse(code)
    .statements.filter((node) => !ts.isImportDeclaration(node))
    .map((node) => node.getFullText())
    .join('\n');

/** What a comment behind a statement, or below it, says. */
const CLAIM = /^[ \t]*\n?[ \t]*\/\/ (→|throws) (.*(?:\n[ \t]*\/\/ {2,}.*)*)/;

/** A block without its imports, and with calls that check what its comments say. */
function checkedCode(name: string, block: Block): string {
  const { code, line, prints } = block;
  const file = parse(code);
  const parts = file.statements
    .filter((node) => !ts.isImportDeclaration(node))
    .map((node) => {
      const claim = CLAIM.exec(code.slice(node.end));
      if (!claim) return node.getText();
      const at = `${name}:${line + file.getLineAndCharacterOfPosition(node.end).line}`;
      const expected = claim[2]!.replace(/\n[ \t]*\/\/ +/g, ' ').trim();
      return claimed(node, claim[1]!, JSON.stringify(expected), JSON.stringify(at));
    });
  if (prints === undefined) return parts.join('\n');
  return ['check.begin();', ...parts, `check.printed(${JSON.stringify(prints)}, '${name}:${line}');`].join('\n');
}

function claimed(node: ts.Statement, kind: string, expected: string, at: string): string {
  const text = node.getText();
  if (kind === 'throws') return `await check.throws(async () => { ${text} }, ${expected}, ${at});`;
  if (ts.isVariableStatement(node)) {
    const { name } = node.declarationList.declarations.at(-1)!;
    return `${text}\ncheck.is(${ts.isIdentifier(name) ? name.text : `(${name.getText()})`}, ${expected}, ${at});`;
  }
  if (!ts.isExpressionStatement(node)) throw new Error(`${at}: there is no value here: ${text}`);
  const expression = node.expression.getText();
  if (!expression.startsWith('console.log(')) return `check.is(${expression}, ${expected}, ${at});`;
  return `check.begin();\n${text}\ncheck.printed(${expected}, ${at});`;
}
