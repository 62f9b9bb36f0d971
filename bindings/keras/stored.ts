// An array of a file.

/** An array of a file, whose numbers are read when they are asked for. */
export interface StoredArray {
  /** Its name in the file. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Throws unless all elements that its shape says are there, and are numbers. */
  check(): void;
  /** Its elements as float32, in the order of rows. */
  floats(): Float32Array;
}
