// importOnnx: a model from an ONNX file. Its function runs the graph; its parameters are those of layers that do
// nothing but have them, so that they have names as all others.

import { check, checkIs, isRecord, lookup, messageOf, WasmgradError } from '../../errors.js';
import { FileError } from '../../files/fileerror.js';
import { type FileSource, readFile } from '../../files/source.js';
import { reachable } from '../../graph.js';
import { type Context, type Layer, layer, type ParameterSpec, type StateSpec } from '../../layers/layer.js';
import { type Model, model } from '../../model/model.js';
import { foldIn } from '../../ops/random.js';
import { callable, options, type Rules, rule } from '../../options.js';
import { runner } from '../../run/runtime.js';
import { inTrace } from '../../scope.js';
import { checkShape, type Shape } from '../../shape.js';
import { constantOf, inputOf, type Tensor } from '../../tensor.js';
import type { Elements } from '../elements.js';
import { type OnnxEnd, type OnnxGraph, readGraph } from './file.js';
import { constantsOf, type FunctionFromOnnxOptions, fileRules } from './function.js';
import type { Surroundings } from './op.js';
import { runGraph } from './run.js';

/** Options of `importOnnx`. */
export interface ImportOnnxOptions extends FunctionFromOnnxOptions {
  /** Shapes of one sample, by the names of the inputs, where the file does not say them. */
  readonly shapes?: Readonly<Record<string, Shape>> | undefined;
  /** Whether a parameter is trained, by its name in the file; by default all are. */
  readonly trainable?: ((name: string) => boolean) | undefined;
}

const importOptions = options({
  ...fileRules,
  shapes: rule<Readonly<Record<string, Shape>>, undefined>(undefined, (what, given) => {
    checkIs(isRecord(given), what, 'an object of shapes by name', given);
  }),
  trainable: callable<(name: string) => boolean>(),
} satisfies Rules<ImportOnnxOptions>);

/**
 * Makes a model of an ONNX file, of PyTorch, Keras, scikit-learn or of `exportOnnx`. It predicts what the file says,
 * and can be compiled and trained further.
 *
 * Arrays of real numbers are its parameters, but for scalars and those whose values are needed to make the graph, which
 * are constants; running means and variances of batch norms are states, which training updates. Names are those of the
 * file: 'block.0.weight' is 'block_0.weight' here, since the last '.' or '/' divides a layer from its parameter. The
 * first axis of each input is that of the samples. Images stay as the file has them, mostly [n, channels, height,
 * width].
 *
 * @typeParam In  a tensor; an object of tensors by name, if the file has several inputs
 * @typeParam Out the same for the outputs
 * @param from a path, bytes, a Response, a Blob or a place
 * @throws FileError, before a model is made, if the file is damaged, or has an op that is not supported, which it names
 *
 * @example
 * const net = await importOnnx('digits.onnx');
 * net.compile({ optimizer: adam(), loss: 'softmaxCrossEntropy' });
 */
export async function importOnnx<In = Tensor, Out = Tensor>(
  from: FileSource,
  options?: ImportOnnxOptions,
): Promise<Model<In, Out>> {
  const { outputs, maxBytes, shapes, trainable } = importOptions('importOnnx', options);
  runner(); // throws before init()
  const { what, bytes } = await readFile('importOnnx', from, maxBytes);
  const graph = readGraph(what, bytes, outputs);
  const ends = endsOf(graph, shapes ?? {}, outputs !== undefined);
  const { needed, kept } = usesOf(graph, ends);
  const isVariable = ([name, { data, shape }]: readonly [string, Elements]): boolean =>
    data instanceof Float32Array && shape.length > 0 && data.length > 0 && !needed.has(name);
  const holders = holdersOf([...graph.initializers].filter(isVariable), kept, trainable ?? (() => true));
  const net = withHint(graph, ends, () => modelOf(graph, ends, holders));
  net.setWeights(weightsOf(graph, holders));
  return net as unknown as Model<In, Out>;
}

/** An input of the model: in the file, and here. */
interface Input extends OnnxEnd {
  readonly own: string;
  readonly sample: Shape;
}

/** A part of a name: without '.' and '/', and nothing that every object has. */
function partOf(name: string): string {
  const part = name.replace(/[./]/g, '_') || '_';
  return part in {} ? `_${part}` : part;
}

/** The inputs, whose shapes must be known. */
function endsOf(
  { what, inputs, nodes, outputs }: OnnxGraph,
  shapes: Readonly<Record<string, Shape>>,
  isCut: boolean,
): Input[] {
  const read = new Set([...outputs, ...nodes.flatMap((node) => node.inputs)]);
  const used = isCut ? inputs.filter(({ name }) => read.has(name)) : inputs;
  const known = Object.fromEntries(used.map(({ name }) => [name, true]));
  for (const name of Object.keys(shapes)) lookup('input', name, known);
  check(used.length > 0, () => `${what} has no inputs: import it by functionFromOnnx`);
  return used.map((end) => {
    const given = Object.hasOwn(shapes, end.name) ? shapes[end.name] : undefined;
    if (given !== undefined) checkShape(`importOnnx: shapes.${end.name}`, given);
    const sample = given ?? end.shape?.slice(1);
    const isKnown = sample?.every((d) => typeof d === 'number') && end.shape?.length !== 0;
    check(isKnown === true, () => {
      const shape = end.shape ? `[${end.shape.map((d) => d ?? '?').join(', ')}]` : 'not said';
      return `${what}: the shape of the input ${end.name} is ${shape}: say that of one sample by { shapes: { '${end.name}': […] } }`;
    });
    return { ...end, own: partOf(end.name), sample: sample as Shape };
  });
}

/** Samples of the run in which it is found what initializers are. */
const SAMPLES = 3;

/** Which initializers are needed as values to make the graph, and which are kept as states: by their names. */
function usesOf(graph: OnnxGraph, ends: readonly Input[]): { needed: Set<string>; kept: Set<string> } {
  const values = constantsOf(graph);
  const names = new Map([...values].map(([name, t]) => [t, name]));
  const [needed, kept] = [new Set<string>(), new Set<string>()];
  const add = (to: Set<string>, t: Tensor): void => {
    for (const leaf of reachable([t])) if (names.has(leaf)) to.add(names.get(leaf)!);
  };
  for (const { name, sample, dtype } of ends) values.set(name, inputOf(name, [SAMPLES, ...sample], dtype));
  const around: Surroundings = { opset: graph.opset, needs: (t) => add(needed, t), keeps: (t) => add(kept, t) };
  inTrace('the graph of an ONNX file', () => withHint(graph, ends, () => runGraph(graph, values, around)));
  return { needed, kept };
}

/** Says so in an error, if the file was made for a number of samples. */
function withHint<T>({ what }: OnnxGraph, ends: readonly Input[], run: () => T): T {
  try {
    return run();
  } catch (error) {
    const fixed = ends.map(({ shape }) => shape?.[0]).find((n) => typeof n === 'number');
    if (fixed === undefined || !(error instanceof WasmgradError)) throw error;
    const message = messageOf(error).replace(`${what}: `, '');
    throw new FileError(
      `${what}: ${message}; the file is for ${fixed} samples at once: export it for any number of them`,
    );
  }
}

/** A variable of the model, by the name of the array in the file. */
interface Held {
  readonly name: string;
  readonly part: string;
  readonly shape: Shape;
  readonly isState: boolean;
  readonly trainable: boolean;
}

/** A layer that has variables, and gives them. */
interface Holder {
  readonly name: string;
  readonly held: readonly Held[];
}

/** The layer and the name in it of an array: divided by the last '.' or '/'. */
function placeOf(name: string): [string, string] {
  const at = Math.max(name.lastIndexOf('.'), name.lastIndexOf('/'));
  return [partOf(at > 0 ? name.slice(0, at) : 'onnx'), partOf(name.slice(at + 1))];
}

function holdersOf(
  arrays: readonly (readonly [string, Elements])[],
  kept: ReadonlySet<string>,
  trainable: (name: string) => boolean,
): Holder[] {
  const holders = new Map<string, Held[]>();
  for (const [name, { shape }] of arrays) {
    const [layerName, wanted] = placeOf(name);
    const held = holders.get(layerName) ?? [];
    const isTaken = (part: string): boolean => held.some((other) => other.part === part);
    let part = wanted;
    for (let i = 1; isTaken(part); i++) part = `${wanted}_${i}`;
    const isState = kept.has(name);
    held.push({ name, part, shape, isState, trainable: isState || trainable(name) === true });
    holders.set(layerName, held);
  }
  return [...holders].map(([name, held]) => ({ name, held }));
}

const specsOf = <T>(held: readonly Held[], isState: boolean, of: (one: Held) => T): Record<string, T> =>
  Object.fromEntries(held.filter((one) => one.isState === isState).map((one) => [one.part, of(one)]));

type Variables = Readonly<Record<string, Tensor>>;

/** The layer of a holder; it tells its context, by which states are updated. */
function layerOf({ name, held }: Holder, tell: (context: Context) => void): Layer<Tensor, Variables> {
  return layer<Record<string, ParameterSpec>, Record<string, StateSpec>, Tensor, Variables>({
    kind: 'onnx',
    name,
    build: () => ({
      parameters: specsOf(held, false, ({ shape, trainable }) => ({ shape, trainable, initializer: 'zeros' as const })),
      state: specsOf(held, true, ({ shape }) => ({ shape, initializer: 'zeros' as const })),
    }),
    call: (_, parameters, context) => {
      tell(context as Context);
      return { ...parameters, ...context.state };
    },
  });
}

/** The model whose function runs the graph. */
function modelOf(graph: OnnxGraph, ends: readonly Input[], holders: readonly Holder[]): Model<never, unknown> {
  const contexts = new Map<Holder, Context>();
  const layers = holders.map((holder) => layerOf(holder, (context) => void contexts.set(holder, context)));
  const variables = new Set(holders.flatMap(({ held }) => held.map(({ name }) => name)));
  const constants = [...constantsOf(graph)].filter(([name]) => !variables.has(name));
  const forward = (given: Tensor | Variables, context: Context): Tensor | Variables => {
    const inputs = ends.length === 1 ? [given as Tensor] : ends.map(({ own }) => (given as Variables)[own]!);
    const values = new Map([...constants, ...ends.map(({ name }, i) => [name, inputs[i]!] as const)]);
    const states = new Map<Tensor, { context: Context; name: string }>();
    holders.forEach((holder, i) => {
      const tensors = layers[i]!(inputs[0]!);
      for (const { name, part, isState } of holder.held) {
        values.set(name, tensors[part]!);
        if (isState) states.set(tensors[part]!, { context: contexts.get(holder)!, name: part });
      }
    });
    const results = runGraph(graph, values, {
      opset: graph.opset,
      stateOf: (t) => states.get(t),
      nextKey: keysOf(context),
    });
    const floats = results.map((t) => t.toFloat());
    return floats.length === 1
      ? floats[0]!
      : Object.fromEntries(graph.outputs.map((name, i) => [partOf(name), floats[i]!]));
  };
  const specs = ends.map(({ own, sample, dtype }) => [own, { shape: sample, dtype }] as const);
  const inputs = specs.length === 1 ? specs[0]![1] : Object.fromEntries(specs);
  return model(inputs, forward as never) as unknown as Model<never, unknown>;
}

/** A key for each dropout of a training step. */
function keysOf(context: Context): () => Tensor | undefined {
  let count = 0;
  return () => (context.training ? foldIn(context.key, count++) : undefined);
}

/** The values of all variables, by their names in the model. */
function weightsOf({ initializers }: OnnxGraph, holders: readonly Holder[]): Record<string, Tensor> {
  const named = ({ name, held }: Holder) =>
    held.map(
      ({ name: array, part, shape }) =>
        [`${name}.${part}`, constantOf(initializers.get(array)!.data, [...shape])] as const,
    );
  return Object.fromEntries(holders.flatMap(named));
}
