// Bytes as printable characters, in which the vocabularies of GPT-2 and its successors are written: a space is 'Ġ', a
// line end 'Ċ'.

/** The bytes in the order of GPT-2's vocabulary: those that are printable characters of Latin-1, then all others. */
export const BYTE_ORDER: readonly number[] = bytesInOrder();

function bytesInOrder(): number[] {
  const isPrintable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  return [...bytes.filter(isPrintable), ...bytes.filter((byte) => !isPrintable(byte))];
}

/** How many of them are printable, and stand for themselves; the others are characters from 256 on, in their order. */
const PRINTABLE = 188;

/** The characters, by bytes. */
const LETTERS: readonly string[] = lettersOfBytes();

function lettersOfBytes(): string[] {
  const letters: string[] = [];
  BYTE_ORDER.forEach((byte, i) => {
    letters[byte] = String.fromCharCode(i < PRINTABLE ? byte : 256 + i - PRINTABLE);
  });
  return letters;
}

const BYTES: ReadonlyMap<string, number> = new Map(LETTERS.map((letter, byte) => [letter, byte]));

/** Bytes in this writing. */
export const lettersOf = (bytes: ArrayLike<number>): string => Array.from(bytes, (byte) => LETTERS[byte]!).join('');

/** The bytes that something in this writing stands for; undefined if it is in none. */
export function bytesOf(letters: string): Uint8Array | undefined {
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) {
    const byte = BYTES.get(letters[i]!);
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
