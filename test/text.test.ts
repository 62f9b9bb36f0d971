// The stages in their readable form.

import { describe, expect, it } from 'vitest';
import { fuse } from '../bindings/fuse.js';
import { gradients } from '../bindings/grad.js';
import { graphOf, graphText } from '../bindings/graph.js';
import { plan, planText } from '../bindings/plan.js';
import { Program } from '../bindings/program.js';
import { createJsRunner } from '../bindings/run/js.js';
import { inputOf } from '../bindings/tensor.js';

function dense() {
  const [x, y, w, b] = [inputOf('x', [4, 2]), inputOf('y', [4], 'int32'), inputOf('w', [2, 3]), inputOf('b', [3])];
  const loss = x.matMul(w).add(b).sigmoid().crossEntropy(y).mean();
  return graphOf({ outputs: [loss, ...gradients(loss, [w, b]).map((g) => g!)], effects: [] });
}

describe('the text of', () => {
  it('a graph has a line a tensor', () => {
    expect(graphText(dense())).toMatchInlineSnapshot(`
      "%0 = input( {name: x})  float32[4, 2]
      %1 = input( {name: y})  int32[4]
      %2 = input( {name: w})  float32[2, 3]
      %3 = input( {name: b})  float32[3]
      %4 = matMul(%0, %2)  float32[4, 3]
      %5 = add(%4, %3)  float32[4, 3]
      %6 = sigmoid(%5)  float32[4, 3]
      %7 = crossEntropy(%6, %1)  float32[4]
      %8 = sum(%7 {from: 0, to: 1})  float32[]
      %9 = constant( {0.25})  float32[]
      %10 = mul(%8, %9)  float32[]
      %11 = constant( {1})  float32[]
      %12 = mul(%11, %9)  float32[]
      %13 = reshape(%12)  float32[1]
      %14 = broadcastTo(%13)  float32[4]
      %15 = crossEntropyGrad(%14, %6, %1)  float32[4, 3]
      %16 = sigmoidGrad(%15, %6)  float32[4, 3]
      %17 = sum(%16 {from: 0, to: 1})  float32[3]
      %18 = matMul(%0, %16 {transA: true})  float32[2, 3]"
    `);
  });

  it('a fused graph shows what went into the matrix product', () => {
    expect(graphText(fuse(dense()))).toMatchInlineSnapshot(`
      "%0 = input( {name: x})  float32[4, 2]
      %1 = input( {name: y})  int32[4]
      %2 = input( {name: w})  float32[2, 3]
      %3 = input( {name: b})  float32[3]
      %4 = matMul(%0, %2, %3 {bias: true, epilogue: 15})  float32[4, 3]
      %5 = crossEntropy(%4, %1)  float32[4]
      %6 = sum(%5 {from: 0, to: 1})  float32[]
      %7 = constant( {0.25})  float32[]
      %8 = mul(%6, %7)  float32[]
      %9 = constant( {1})  float32[]
      %10 = mul(%9, %7)  float32[]
      %11 = reshape(%10)  float32[1]
      %12 = crossEntropyGrad(%11, %4, %1)  float32[4, 3]
      %13 = sigmoidGrad(%12, %4)  float32[4, 3]
      %14 = sum(%13 {from: 0, to: 1})  float32[3]
      %15 = matMul(%0, %13 {transA: true})  float32[2, 3]"
    `);
  });

  it('a plan has a line a buffer', () => {
    expect(planText(plan(fuse(dense()), new Set()))).toMatchInlineSnapshot(`
      "arena of 960 bytes
      @0 +256  alive 4..4  scratch of matMul
      @0 +16  alive 5..6  crossEntropy
      @0 +4  alive 10..12  mul
      @0 +320  alive 15..15  scratch of matMul
      @256 +48  alive 4..13  matMul
      @320 +48  alive 12..15  crossEntropyGrad
      @384 +32  alive -1..16  input
      @448 +24  alive -1..16  input
      @512 +24  alive 15..16  matMul
      @576 +16  alive -1..16  input
      @640 +12  alive -1..16  input
      @704 +12  alive 14..16  sum
      @768 +4  alive 6..16  sum
      @832 +4  alive -1..16  constant
      @896 +4  alive -1..16  constant"
    `);
  });

  it('a program has a line an instruction', () => {
    const { outputs, effects } = dense();
    expect(String(new Program(createJsRunner(), { outputs, effects }))).toMatchInlineSnapshot(`
      "matMul out=@320 a=@448 b=@512 m=4 n=3 k=2 transA=0 transB=0 bias=@704 epilogue=15 y=@0 p=0 scratch=@64
      crossEntropy out=@64 logits=@320 labels=@640 rows=4 cols=3
      sum out=@832 x=@64 outer=1 k=4 inner=1
      mul out=@832 a=@832 b=@896 rows=1 cols=1 aRow=0 aCol=1 bRow=0 bCol=1 p=0
      mul out=@64 a=@960 b=@896 rows=1 cols=1 aRow=0 aCol=1 bRow=0 bCol=1 p=0
      crossEntropyGrad out=@384 g=@64 gStep=0 logits=@320 labels=@640 rows=4 cols=3
      sigmoidGrad out=@384 a=@384 b=@320 rows=1 cols=12 aRow=0 aCol=1 bRow=0 bCol=1 p=0
      sum out=@768 x=@384 outer=1 k=4 inner=3
      matMul out=@576 a=@448 b=@384 m=2 n=3 k=4 transA=1 transB=0 bias=@0 epilogue=0 y=@0 p=0 scratch=@64
      halt"
    `);
  });
});
