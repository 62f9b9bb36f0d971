// # Which class is taken for which

import { adam, confusionMatrix as counts, dense, init, measure, sequential } from 'wasmgrad';
import { readCsv, standardScaler, trainTestSplit } from 'wasmgrad/data';
import { confusionMatrix } from 'wasmgrad/plot';

await init({ seed: 1 });

const { x, y, classes } = await readCsv('examples/data/iris.csv', { target: 'species' });
const [xTrain, xTest, yTrain, yTest] = trainTestSplit(x, y, { testSize: 0.5, seed: 2, stratify: y });
const scaler = standardScaler();
const model = sequential([4], [dense(3, { activation: 'softmax' })]);
model.compile({ optimizer: adam(0.1), loss: 'categoricalCrossEntropy' });
await model.fit(scaler.fitTransform(xTrain), yTrain, { epochs: 30 });
const matrix = measure(counts(), yTest, model.predict(scaler.transform(xTest)));

export const figure = confusionMatrix(matrix, { classes });
