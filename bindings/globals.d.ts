/** assembly/blocks.ts is read by asc and by tsc: an i32 is a number here. */
type i32 = number;

/** A wasm file, inlined by the build: its bytes. */
declare module '*.wasm' {
  export default function bytes(): Uint8Array<ArrayBuffer>;
}
