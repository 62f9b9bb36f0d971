// What the types refuse, each for the reason beside it: tsc complains where a line compiles.

import * as wg from 'wasmgrad';
import { type Sequential, Tensor } from 'wasmgrad';
import * as ops from 'wasmgrad/ops';

declare const x: Tensor;

interface Params {
  w: Tensor;
  b: Tensor;
}
const loss = ({ w, b }: Params): Tensor => w.add(b).sum();

// @ts-expect-error: an object like an array is refused when it runs
wg.tensor({ length: 1, 0: 1 });
// @ts-expect-error: numbers are no BigInts
wg.tensor(new BigInt64Array(1));
// @ts-expect-error: not of strings
wg.tensor(['1']);
// @ts-expect-error: there is no operator for tensors
x * 2;
// @ts-expect-error: tensors are made by functions; the class is a type only
new Tensor();
// @ts-expect-error: and so are models
new (null as unknown as Sequential)();
// @ts-expect-error: sin is a function
x.sin();
// @ts-expect-error: it is a function of wasmgrad/ops, not of wasmgrad
wg.sin(x);
// @ts-expect-error: a product of matrices takes no number
ops.matMul(x, 2);
// @ts-expect-error: options are those of the method
ops.sum(x, 0, { keepdims: true });
declare const model: Sequential;
// @ts-expect-error: compile calls a loss with (yTrue, yPred), those of wasmgrad/ops have the prediction first
model.compile({ optimizer: wg.sgd(), loss: ops.softmaxCrossEntropy });
// @ts-expect-error: what only derivatives need is no function
ops.reluGrad(x, x);
// @ts-expect-error: what is internal is not declared
x.op;

// @ts-expect-error: in a traced function all leaves are tensors, numbers too
wg.grad((p: { w: number }) => x.mul(p.w));
// @ts-expect-error: a string is no leaf
wg.grad((p: { w: Tensor; name: string }) => p.w);
// @ts-expect-error: nor is a function
wg.grad((p: { w: Tensor; activation: (z: Tensor) => Tensor }) => p.activation(p.w));
// @ts-expect-error: a function is no nest
wg.grad((p: () => Tensor) => p());
// @ts-expect-error: nor is a Map
wg.grad((p: Map<string, Tensor>) => p.get('w') ?? x);
// @ts-expect-error: nor is a Set
wg.valueAndGrad((p: ReadonlySet<Tensor>) => [...p][0] ?? x);
// @ts-expect-error: nor is a Date
wg.minimize((_: Date) => x, new Date());
// @ts-expect-error: the value must be a tensor, not a number
wg.grad((p: Params) => loss(p).item());
// @ts-expect-error: the function must not be async
wg.grad(async (p: Params) => loss(p));
// @ts-expect-error: with hasAux it returns a pair
wg.grad(loss, { hasAux: true });

// @ts-expect-error: b is missing
wg.grad(loss)({ w: 1 });
// @ts-expect-error: an array of numbers is a nest of numbers; a vector is a typed array
wg.grad(loss)({ w: [1, 2], b: 1 });
// @ts-expect-error: a string is no tensor
wg.valueAndGrad(loss)({ w: '1', b: 1 });
// @ts-expect-error: numbers are float32
wg.lbfgs(loss, { w: 1n, b: 1 });
// @ts-expect-error: the tangent has the form of the argument
wg.jvp(loss, { w: 1, b: 1 }, { w: 1 });
// @ts-expect-error: the cotangent has the form of the value
wg.vjp((p: Params) => ({ y: p.w }), { w: 1, b: 1 }).pull({ z: x });

// @ts-expect-error: a jitted function must not be async
wg.jit(async (p: Params) => loss(p));
// @ts-expect-error: nor take what is no tensor
wg.jit((v: Tensor, mode: string) => (mode ? v : v.neg()));
// @ts-expect-error: nor return it
wg.jit((v: Tensor) => `${v}`);
// @ts-expect-error: in a nest, too
wg.jit((v: Tensor) => ({ v, shape: v.shape }));
// @ts-expect-error: nor a function
wg.jit((v: Tensor) => () => v);
// @ts-expect-error: nor nothing
wg.jit((v: Tensor) => void v.exp());

// @ts-expect-error: an axis is a number or null
wg.vmap((v: Tensor) => v, { inAxes: 'first' });
// @ts-expect-error: a mapped function takes tensors
wg.vmap((v: Tensor, name: string) => (name ? v : v.neg()));
// @ts-expect-error: and returns them
wg.vmap((v: Tensor) => v.shape.length);
// @ts-expect-error: the function returns { value, saved }
wg.customVjp(loss, () => [null]);
const sum = (v: Tensor, w: Tensor) => ({ value: v.add(w), saved: 0 });
// @ts-expect-error: a gradient for each argument
wg.customVjp(sum, (_, g) => [g]);
const ofW = (p: Params) => ({ value: p.w, saved: 0 });
// @ts-expect-error: in the form of the argument
wg.customVjp(ofW, (_, g) => [{ w: g }]);
// @ts-expect-error: the trees have one form
wg.treeMap((p, g) => p.add(g), { w: x }, { v: x });
// @ts-expect-error: of tensors and numbers
wg.treeMap((t) => t, { name: 'w' });

// @ts-expect-error: there is no such option
wg.sgd(0.1, { momentun: 0.9 });
// @ts-expect-error: there is no such name
wg.dense(1, { activation: 'gelu' });
// @ts-expect-error: a module is not any object
wg.init({ module: { some: 'object' } });
