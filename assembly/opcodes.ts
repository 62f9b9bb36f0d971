// The instruction set: the ONE list, read by asc and by tsc. Not here: what the operands are (bindings/instructions.ts
// says it once for the encoder, the text form and the TypeScript runner) and what an instruction does (kernels/).
//
// An instruction on the tape is [opcode, words in this instruction, operand words …]. `halt` ends the tape.

export const enum Op {
  halt,

  // kernels/movement.ts
  copy,
  permute,
  write,
  gather,
  scatterAdd,
  takeRows,
  advance,
  record,

  // kernels/elementwise.ts: one input
  neg,
  abs,
  sign,
  square,
  sqrt,
  exp,
  log,
  relu,
  leakyRelu,
  sigmoid,
  tanh,
  softplus,
  expm1,
  log1p,
  sin,
  cos,
  atan,
  erf,
  floor,
  ceil,
  round,
  toFloat,

  // kernels/elementwise.ts: two inputs, broadcast
  add,
  sub,
  mul,
  div,
  maximum,
  minimum,
  equal,
  greater,
  greaterEqual,
  pow,
  equalInt,
  reluGrad,
  leakyReluGrad,
  sigmoidGrad,
  tanhGrad,

  // kernels/elementwise.ts: three inputs of one shape
  where,

  // kernels/reduce.ts
  sum,
  argMax,
  max,
  cumSum,

  // kernels/sort.ts
  argSort,

  // kernels/softmax.ts
  softmax,
  logSoftmax,
  crossEntropy,
  crossEntropyGrad,

  // kernels/gemm.ts, kernels/matmul.ts
  matMul,
  batchMatMul,

  // kernels/optim.ts
  sgdUpdate,
  momentumUpdate,
  rmspropUpdate,
  adagradUpdate,
  adamUpdate,
}
