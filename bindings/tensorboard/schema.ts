// The messages of an event file, as far as they are written: event.proto, summary.proto, histogram.proto and
// tensor.proto of TensorBoard 2.21.

import { type Given, message } from '../files/protobuf.js';

const image = message({ height: [1, 'int'], width: [2, 'int'], colorspace: [3, 'int'], png: [4, 'bytes'] });

const histogram = message({
  min: [1, 'double'],
  max: [2, 'double'],
  count: [3, 'double'],
  sum: [4, 'double'],
  squares: [5, 'double'],
  limits: [6, 'packed'],
  buckets: [7, 'packed'],
});

const metadata = message({ plugin: [1, 'one', message({ name: [1, 'text'] })] });

const shape = message({ dims: [2, 'many', message({ size: [1, 'int'] })] });

/** A tensor of strings. */
const tensor = message({ dtype: [1, 'int'], shape: [2, 'one', shape], strings: [8, 'texts'] });

const value = message({
  tag: [1, 'text'],
  scalar: [2, 'float'],
  image: [4, 'one', image],
  histogram: [5, 'one', histogram],
  tensor: [8, 'one', tensor],
  metadata: [9, 'one', metadata],
});

/** One record of a file. */
export const event = message({
  time: [1, 'double'],
  step: [2, 'int'],
  version: [3, 'text'],
  summary: [5, 'one', message({ values: [1, 'many', value] })],
});

/** What is shown under one tag. */
export type SummaryValue = Given<typeof value>;
/** The message of a histogram. */
export type HistogramMessage = Given<typeof histogram>;

/** `DT_STRING` of types.proto. */
export const STRING = 7;
