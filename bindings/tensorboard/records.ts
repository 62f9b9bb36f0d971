// The frame of a record in an event file, as in TFRecord files: its length, a check sum of that, the bytes, a check sum
// of these.

/** What each byte does to the sum: CRC-32C (Castagnoli), not the sum of zip and PNG. */
const TABLE = /*@__PURE__*/ Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0x82f63b78 : 0);
  return sum;
});

/** CRC-32C of some bytes. */
export function crc32c(bytes: Uint8Array): number {
  let sum = -1;
  for (const byte of bytes) sum = (sum >>> 8) ^ TABLE[(sum ^ byte) & 255]!;
  return ~sum >>> 0;
}

/**
 * The sum as it is stored: turned by 15 bits, and a constant more, so that a sum of bytes that hold sums is not one of
 * them.
 */
function masked(bytes: Uint8Array): number {
  const sum = crc32c(bytes);
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}

/** A record as it lies in the file. */
export function recordOf(bytes: Uint8Array): Uint8Array {
  const record = new Uint8Array(16 + bytes.length);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(bytes.length), true);
  view.setUint32(8, masked(record.subarray(0, 8)), true);
  record.set(bytes, 12);
  view.setUint32(12 + bytes.length, masked(bytes), true);
  return record;
}
