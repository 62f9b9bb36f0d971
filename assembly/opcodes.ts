// The instruction set: the ONE list, read by asc and by tsc. Not here: what the operands are (bindings/instructions.ts
// says it once for the encoder, the text form and the TypeScript runner) and what an instruction does (kernels/).
//
// An instruction on the tape is [opcode, words in this instruction, operand words …]. `halt` ends the tape.

export enum Op {
  halt,

  // kernels/movement.ts
  copy,
  permute,
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
  equalInt,
  reluGrad,
  leakyReluGrad,
  sigmoidGrad,
  tanhGrad,

  // kernels/reduce.ts
  sum,
  argMax,

  // kernels/softmax.ts
  softmax,
  logSoftmax,
  crossEntropy,
  crossEntropyGrad,

  // kernels/gemm.ts, kernels/matmul.ts
  matMul,

  // kernels/optim.ts
  sgdUpdate,
  momentumUpdate,
  rmspropUpdate,
  adagradUpdate,
  adamUpdate,
}
