// Bytes as printable ASCII, for wasm inside of JavaScript. On the wire everything is compressed anyway, and a compressor
// finds in this text what it finds in the bytes, which it does not in base64: of 46.9 kB of wasm, gzip leaves 9.9 kB of
// the bytes, 10.1 kB of this text and 15.3 kB of base64. Deflated first, then base64: 9.9 kB, but brotli leaves 9.9 kB
// of that and 8.4 kB of this, and it would need DecompressionStream, which not every runtime has.
//
// A byte is a digit 0 … 88 in one of three planes; the most frequent bytes, 250 … 255 and 0 … 82, are in the first. A
// digit of another plane has that plane's mark, 89 or 90, before it. Digits are the characters from '#' on without '\'.

const DIGITS = 89;
const ROTATION = 6;

const digit = (value) => String.fromCharCode(value + 35 < 92 ? value + 35 : value + 36);

/** The text of `bytes`. It holds no character that a JavaScript string has to escape. */
export function encode(bytes) {
  let text = '';
  for (const byte of bytes) {
    const value = (byte + ROTATION) & 255;
    const plane = Math.floor(value / DIGITS);
    text += (plane > 0 ? digit(DIGITS - 1 + plane) : '') + digit(value % DIGITS);
  }
  return text;
}

/** The bytes of `text`. It stands alone: its source goes into the bundle. */
export function decode(text) {
  const bytes = new Uint8Array(text.length);
  let size = 0;
  let plane = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const value = code - (code < 92 ? 35 : 36);
    if (value > 88) plane = (value - 88) * 89;
    else {
      bytes[size++] = value + plane - 6;
      plane = 0;
    }
  }
  return bytes.subarray(0, size);
}

/** Rollup's and Vite's: `import bytes from './x.wasm'` is a function that returns the file's bytes. */
export const wasmModule = (bytes) =>
  `const text = ${JSON.stringify(encode(bytes))};\n${decode}\nexport default () => decode(text);\n`;
