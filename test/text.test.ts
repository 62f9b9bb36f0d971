// The text forms of graph, plan and tape, which show what each stage does.

import { describe, expect, it } from 'vitest';
import { fuse } from '../bindings/fuse.js';
import { gradients } from '../bindings/grad.js';
import { graphOf, graphText } from '../bindings/graph.js';
import { input } from '../bindings/ops/movement.js';
import { plan, planText } from '../bindings/plan.js';
import { Program } from '../bindings/program.js';
import { createJsRunner } from '../bindings/run/js.js';
import { tapeText } from '../bindings/tapetext.js';
import { inputOf } from '../bindings/tensor.js';

function dense() {
  const [x, y, w, b] = [inputOf('x', [4, 2]), inputOf('y', [4], 'int32'), inputOf('w', [2, 3]), inputOf('b', [3])];
  const loss = x.matMul(w).add(b).sigmoid().crossEntropy(y).mean();
  return graphOf({ outputs: [loss, ...gradients(loss, [w, b]).map((g) => g!)], effects: [] });
}

describe('the text of', () => {
  it('a graph has a line a tensor', () => {
    expect(graphText(dense())).toMatchInlineSnapshot(`
      "%0 = input() {name: x}  float32[4, 2]
      %1 = input() {name: y}  int32[4]
      %2 = input() {name: w}  float32[2, 3]
      %3 = input() {name: b}  float32[3]
      %4 = matMul(%0, %2)  float32[4, 3]
      %5 = add(%4, %3)  float32[4, 3]
      %6 = sigmoid(%5)  float32[4, 3]
      %7 = crossEntropy(%6, %1)  float32[4]
      %8 = sum(%7) {to: 1}  float32[]
      %9 = constant() {data: 0.25}  float32[]
      %10 = mul(%8, %9)  float32[]
      %11 = constant() {data: 1}  float32[]
      %12 = mul(%11, %9)  float32[]
      %13 = reshape(%12)  float32[1]
      %14 = broadcastTo(%13)  float32[4]
      %15 = crossEntropyGrad(%14, %6, %1)  float32[4, 3]
      %16 = sigmoidGrad(%15, %6)  float32[4, 3]
      %17 = sum(%16) {to: 1}  float32[3]
      %18 = matMul(%0, %16) {transA}  float32[2, 3]"
    `);
  });

  it('a fused graph shows what went into the matrix product', () => {
    expect(graphText(fuse(dense()))).toMatchInlineSnapshot(`
      "%0 = input() {name: x}  float32[4, 2]
      %1 = input() {name: y}  int32[4]
      %2 = input() {name: w}  float32[2, 3]
      %3 = input() {name: b}  float32[3]
      %4 = matMul(%0, %2, %3) {bias, epilogue: sigmoid}  float32[4, 3]
      %5 = crossEntropy(%4, %1)  float32[4]
      %6 = sum(%5) {to: 1}  float32[]
      %7 = constant() {data: 0.25}  float32[]
      %8 = mul(%6, %7)  float32[]
      %9 = reshape(%7)  float32[1]
      %10 = crossEntropyGrad(%9, %4, %1)  float32[4, 3]
      %11 = sigmoidGrad(%10, %4)  float32[4, 3]
      %12 = sum(%11) {to: 1}  float32[3]
      %13 = matMul(%0, %11) {transA}  float32[2, 3]"
    `);
  });

  it('a plan has a line a buffer', () => {
    expect(planText(plan(fuse(dense()), new Set()))).toMatchInlineSnapshot(`
      "arena of 960 bytes
      @0 +32  alive -1..14  input
      @64 +16  alive -1..14  input
      @128 +24  alive -1..14  input
      @192 +12  alive -1..14  input
      @256 +384  alive 4..4  scratch of matMul
      @256 +16  alive 5..6  crossEntropy
      @256 +448  alive 13..13  scratch of matMul
      @640 +48  alive 4..11  matMul
      @704 +48  alive 10..13  crossEntropyGrad
      @768 +24  alive 13..14  matMul
      @832 +12  alive 12..14  sum
      @896 +4  alive 6..14  sum
      constants of 64 bytes
      @0 +4  alive -1..14  constant"
    `);
  });

  it('a program has a line an instruction', () => {
    const { outputs, effects, nodes } = dense();
    const inputs = nodes.filter(({ op }) => op === input);
    expect(tapeText(new Program(createJsRunner(), { outputs, effects }, { inputs }).tape)).toMatchInlineSnapshot(`
      "matMul slope=0 out=@704 a=@64 b=@192 m=4 n=3 k=2 transA=0 transB=0 bias=@256 epilogue=sigmoid y=@0 scratch=@320
      crossEntropy out=@320 logits=@704 labels=@128 rows=4 cols=3
      sum out=@960 x=@320 outer=1 k=4 inner=1
      mul slope=0 out=@960 a=@960 b=@1024 rows=1 cols=1 aRow=0 aCol=1 bRow=0 bCol=1
      crossEntropyGrad out=@768 g=@1024 gStep=0 logits=@704 labels=@128 rows=4 cols=3
      sigmoidGrad slope=0 out=@768 a=@768 b=@704 rows=1 cols=12 aRow=0 aCol=1 bRow=0 bCol=1
      sum out=@896 x=@768 outer=1 k=4 inner=3
      matMul slope=0 out=@832 a=@64 b=@768 m=2 n=3 k=4 transA=1 transB=0 bias=@0 epilogue=0 y=@0 scratch=@320
      halt"
    `);
  });
});
