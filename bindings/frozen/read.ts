// Reads the file of a frozen program (format.ts), strictly: what does not fit is refused before anything of a size that
// the file claims is made. Not here: what runs it (load.ts).

import { checkFile, FileError } from '../files/fileerror.js';
import { type Instruction, NAMES } from '../instructions.js';
import type { Shape } from '../shape.js';
import type { Extents } from './extents.js';
import {
  ALIGNMENT,
  type FrozenProgram,
  type FrozenSpec,
  HEAD_BYTES,
  type Header,
  MAGIC,
  operandsText,
  VERSION,
} from './format.js';
import { verify } from './verify.js';

/** A file whose header was checked, but not its tapes. */
export interface Sealed {
  /** What errors call it. */
  readonly what: string;
  readonly header: Header;
  /** The instructions that its tapes may have. */
  readonly used: readonly Instruction[];
  /** Their opcodes here, by those of the file. */
  readonly opcodes: ReadonlyMap<number, number>;
  /** Weights and constants, and behind them the tapes. */
  readonly rest: Uint8Array;
}

/** A file that was checked: its tapes may run. */
export interface Frozen extends Header {
  readonly used: readonly Instruction[];
  /** Weights and constants. */
  readonly bytes: Uint8Array;
  /** With the opcodes of this version. */
  readonly tapes: readonly Int32Array[];
}

/** Headers have names, shapes and addresses, a few kilobytes. */
const MAX_HEADER = 2 ** 20;

/** Of a batch, of a shape, of a memory: what is larger is a lie. */
const MAX_COUNT = 2 ** 31 - 2 ** 16;

/**
 * Checks the header of a file, and how much memory its programs need.
 *
 * @param what     the file, in errors
 * @param maxBytes how much memory they may have
 */
export function unseal(what: string, file: Uint8Array, maxBytes: number): Sealed {
  const { header, start } = readHeader(what, file);
  const { data, arena, programs } = header;
  const words = programs.reduce((sum, { words }) => sum + words, 0);
  const expected = start + data + 4 * words;
  checkFile(file.length === expected, () => `${what} has ${file.length} bytes, and ${expected} by its header`);
  checkFile(data + arena + 4 * words <= maxBytes, () => {
    return `${what} needs ${data + arena + 4 * words} bytes of memory, and ${maxBytes} are allowed; pass maxBytes to allow more`;
  });
  for (const program of programs) checkEnds(what, header, program);
  const used: Instruction[] = [];
  const opcodes = new Map<number, number>();
  for (const [name, known] of Object.entries(header.instructions)) {
    const opcode = NAMES.indexOf(name as Instruction);
    const isSame = opcode >= 0 && Array.isArray(known) && known[1] === operandsText(name as Instruction);
    checkFile(isSame, () => {
      return `${what} was frozen by another version of wasmgrad, whose instruction '${name.slice(0, 40)}' is not that of this one: freeze the model again`;
    });
    opcodes.set(known[0], opcode);
    used.push(name as Instruction);
  }
  return { what, header, used, opcodes, rest: file.subarray(start) };
}

/** Checks the tapes. `rules` must have those of all instructions that they may have. */
export function open({ what, header, used, opcodes, rest }: Sealed, rules: Extents): Frozen {
  const { data, arena, programs } = header;
  const space = { start: ALIGNMENT, arena: ALIGNMENT + data, end: ALIGNMENT + data + arena };
  let at = data;
  const tapes = programs.map(({ words }) => {
    const tape = new Int32Array(rest.slice(at, at + 4 * words).buffer);
    at += 4 * words;
    verify(what, tape, space, rules, opcodes);
    return tape;
  });
  return { ...header, used, bytes: rest.subarray(0, data), tapes };
}

function readHeader(what: string, file: Uint8Array): { header: Header; start: number } {
  const isOurs = file.length >= HEAD_BYTES && [...MAGIC].every((letter, i) => file[i] === letter.charCodeAt(0));
  checkFile(isOurs, () => `${what} is no frozen program: freeze of wasmgrad/io writes such files`);
  const head = new DataView(file.buffer, file.byteOffset, HEAD_BYTES);
  const [version, bytes] = [head.getUint32(8, true), head.getUint32(12, true)];
  checkFile(version === VERSION, () => {
    return `${what} was frozen in version ${version} of the format, and this wasmgrad runs version ${VERSION}: freeze the model again`;
  });
  const start = HEAD_BYTES + bytes;
  const fits = start % ALIGNMENT === 0 && start <= file.length && bytes <= MAX_HEADER;
  checkFile(fits, () => `${what} is cut short or damaged: a header of ${bytes} bytes in ${file.length}`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(HEAD_BYTES, start)));
  } catch {
    throw new FileError(`${what} is damaged: its header is no JSON`);
  }
  checkFile(isHeader(header), () => `${what} is damaged: its header is not as it should be`);
  return { header, start };
}

const isCount = (value: unknown, most = MAX_COUNT): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;

const isList = (value: unknown, isOne: (one: never) => boolean): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((one) => isOne(one as never));

function isSpec({ name, shape, dtype }: Partial<FrozenSpec>): boolean {
  const isNamed = name === undefined || typeof name === 'string';
  const isShape = Array.isArray(shape) && shape.length <= 32 && shape.every((n) => n > 0 && isCount(n));
  return isNamed && isShape && (dtype === 'float32' || dtype === 'int32');
}

/** Whether one is alone and has no name, or each has one of its own. */
const areNamed = (specs: readonly FrozenSpec[]): boolean =>
  specs.length === 1 || new Set(specs.map(({ name }) => name ?? '')).size === specs.length;

function isHeader(value: unknown): value is Header {
  const { inputs, outputs, instructions, data, arena, programs } = (value ?? {}) as Partial<Header>;
  const isProgram = ({ batch, words, inputs: at, outputs: to }: Partial<FrozenProgram>): boolean =>
    isCount(batch) &&
    batch > 0 &&
    isCount(words) &&
    isList(at, isCount) &&
    isList(to, isCount) &&
    at!.length === inputs!.length &&
    to!.length === outputs!.length;
  return (
    isList(inputs, isSpec) &&
    isList(outputs, isSpec) &&
    areNamed(inputs!) &&
    areNamed(outputs!) &&
    typeof instructions === 'object' &&
    instructions !== null &&
    isCount(data) &&
    isCount(arena) &&
    isCount(data + arena) &&
    (data % ALIGNMENT) + (arena % ALIGNMENT) === 0 &&
    isList(programs, isProgram)
  );
}

/** Throws unless inputs and outputs for a batch lie where they may. */
function checkEnds(
  what: string,
  { inputs, outputs, data, arena }: Header,
  { batch, inputs: at, outputs: to }: FrozenProgram,
) {
  const lies = (address: number, shape: Shape, from: number): boolean => {
    const words = shape.reduce((size, n) => size * n, batch);
    return address % 4 === 0 && address >= from && address + 4 * words <= ALIGNMENT + data + arena;
  };
  const holds =
    inputs.every(({ shape }, i) => at[i] === 0 || lies(at[i]!, shape, ALIGNMENT + data)) &&
    outputs.every(({ shape }, i) => lies(to[i]!, shape, ALIGNMENT));
  checkFile(holds, () => `${what} is damaged: inputs or outputs for ${batch} samples are not in its memory`);
}
