// Bytes as printable ASCII, for wasm inside of JavaScript. On the wire everything is compressed anyway, and a
// compressor finds in this text what it finds in the bytes, which it does not in base64: of 42.2 kB of wasm, gzip
// leaves 13.1 kB of the bytes, 13.3 kB of this text and 19.7 kB of base64. Deflated first, then base64: 13.2 kB, but
// brotli leaves 13.2 kB of that and 11.2 kB of this, and it would need DecompressionStream, which not every runtime
// has.
//
// A byte is a digit 0 … 88 in one of three planes: the 89 most frequent bytes are in the first, and all others in the
// next two, whose marks, 89 and 90, stand before their digits. Digits are the characters from '#' on without '\'. The
// first 64 characters say which bytes are the frequent ones: four in each hexadecimal digit.

const DIGITS = 89;

const digit = (value) => String.fromCharCode(value + 35 < 92 ? value + 35 : value + 36);

/** Which bytes are among the 89 most frequent ones, of equally frequent ones the smaller. */
function frequent(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const order = counts.map((_, byte) => byte).sort((a, b) => counts[b] - counts[a] || a - b);
  return new Set(order.slice(0, DIGITS));
}

/** The text of `bytes`. It holds no character that a JavaScript string has to escape. */
export function encode(bytes) {
  const common = frequent(bytes);
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  const table = [...all.filter((byte) => common.has(byte)), ...all.filter((byte) => !common.has(byte))];
  let text = '';
  for (let byte = 0; byte < 256; byte += 4) {
    text += [0, 1, 2, 3].reduce((bits, k) => bits + (common.has(byte + k) ? 1 << k : 0), 0).toString(16);
  }
  for (const byte of bytes) {
    const value = table.indexOf(byte);
    const plane = Math.floor(value / DIGITS);
    text += (plane > 0 ? digit(DIGITS - 1 + plane) : '') + digit(value % DIGITS);
  }
  return text;
}

/** The bytes of `text`. It stands alone: its source goes into the bundle. */
export function decode(text) {
  const common = [];
  const rare = [];
  for (let byte = 0; byte < 256; byte++) {
    ((parseInt(text[byte >> 2], 16) >> (byte & 3)) & 1 ? common : rare).push(byte);
  }
  const table = common.concat(rare);
  const bytes = new Uint8Array(text.length);
  let size = 0;
  let plane = 0;
  for (let i = 64; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const value = code - (code < 92 ? 35 : 36);
    if (value > 88) plane = (value - 88) * 89;
    else {
      bytes[size++] = table[value + plane];
      plane = 0;
    }
  }
  return bytes.subarray(0, size);
}

/** Rollup's and Vite's: `import bytes from './x.wasm'` is a function that returns the file's bytes. */
export const wasmModule = (bytes) =>
  `const text = ${JSON.stringify(encode(bytes))};\n${decode}\nexport default () => decode(text);\n`;
