// What is used of libraries without declarations of their own, or with such that need others.

declare module 'papaparse' {
  export interface Parsed {
    readonly data: string[][];
    readonly errors: readonly { readonly code: string; readonly row: number }[];
    /** How many letters the rows take. */
    readonly meta: { readonly cursor: number };
  }
  export interface Papa {
    readonly Parser: new (config: {
      delimiter: string;
      newline: '\n';
    }) => {
      /** The last row is left out if it may go on. */
      parse(text: string, base: number, ignoreLastRow: boolean): Parsed;
    };
  }
  const papa: Papa;
  export default papa;
}

declare module 'jpeg-js/lib/decoder.js' {
  export interface Options {
    readonly useTArray: true;
    readonly formatAsRGBA: false;
    readonly tolerantDecoding: false;
    readonly maxResolutionInMP: number;
    readonly maxMemoryUsageInMB: number;
  }
  /** Of three bytes a pixel. */
  export default function decode(
    bytes: Uint8Array,
    options: Options,
  ): { width: number; height: number; data: Uint8Array };
}
