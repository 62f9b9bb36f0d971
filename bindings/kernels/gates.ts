// Cells by the number of their gates: 1 a simple one, 3 a gru, 4 an lstm; and how wide the rows are that a recurrence
// keeps of them. Not here: their kernels (recurrence.ts), which a program without them does not have.

export const GRU = 3;
export const LSTM = 4;

/** How many times `units` a row of `saved` is, by the number of gates. */
export const savedWidth = (gates: number): number => (gates === LSTM ? 6 : gates === GRU ? 5 : 1);

/** The same of the gradient. */
export const gradWidth = (gates: number): number => (gates === 1 ? 1 : 4);
