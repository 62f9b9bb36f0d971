// summaryWriter: an event file of TensorBoard, record by record. Not here: what a training writes (callback.ts).

import { type ImageLike, pngOf } from '../data/images.js';
import { check, checkIs, checkWhole, messageOf } from '../errors.js';
import { type FileHandle, fileSystem, makeFolder } from '../files/disk.js';
import { FileError } from '../files/fileerror.js';
import { encodeMessage } from '../files/protobuf.js';
import { shapeText } from '../shape.js';
import { Tensor } from '../tensor.js';
import { histogramOf } from './histogram.js';
import { recordOf } from './records.js';
import { event, STRING, type SummaryValue } from './schema.js';

/** Writes what TensorBoard shows. Everything waits in memory until `flush` or `close`, which write whole records. */
export interface SummaryWriter {
  /** The file, once it is written to. */
  readonly path: string;
  /** A point of a curve. */
  scalar(tag: string, value: number, step: number): void;
  /** How numbers are spread: 30 buckets between the smallest and the largest. NaN and infinities are left out. */
  histogram(tag: string, values: Tensor | ArrayLike<number>, step: number): void;
  /**
   * A picture: a tensor [height, width] or [height, width, 1, 3 or 4] of numbers from 0 to 1, or what `writePng` takes.
   */
  image(tag: string, image: Tensor | ImageLike, step: number): void;
  /** Text, as Markdown. */
  text(tag: string, text: string, step: number): void;
  /** Waits until the file has all that was given. */
  flush(): Promise<void>;
  /** The same, and closes the file: nothing can be written to it afterwards. */
  close(): Promise<void>;
}

/** Files of one process that begin in the same second. */
let made = 0;

/**
 * Writes an event file into a folder, for TensorBoard: `tensorboard --logdir runs`. Each folder is a run, with a colour
 * of its own. In Node, Bun and Deno.
 *
 * @param directory is made if it is missing
 *
 * @example
 * const writer = summaryWriter('runs/first');
 * writer.scalar('reward', 3.5, 0);
 * await writer.close();
 */
export function summaryWriter(directory: string): SummaryWriter {
  return new Writer(directory);
}

class Writer implements SummaryWriter {
  readonly path: string;
  readonly #where: string;
  /** Records, or those that are on their way. */
  #waiting: (Uint8Array | Promise<Uint8Array>)[] = [];
  #file: FileHandle | undefined;
  #closed = false;
  /** Flushes, one after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(directory: string) {
    checkIs(typeof directory === 'string' && directory !== '', 'summaryWriter: the folder', 'a path', directory);
    const { process } = globalThis as { process?: { pid?: number } };
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
    this.path = `${directory.replace(/[/\\]+$/, '')}/events.out.tfevents.${seconds}.wasmgrad.${process?.pid ?? 0}.${made++}`;
    this.#where = `summaryWriter: ${this.path}`;
    this.#waiting.push(recordOf(encodeMessage(event, { time: Date.now() / 1000, version: 'brain.Event:2' })));
  }

  scalar(tag: string, value: number, step: number): void {
    checkIs(typeof value === 'number', 'summaryWriter: a scalar', 'a number', value);
    this.#add('scalar', { tag, scalar: value }, step);
  }

  histogram(tag: string, values: Tensor | ArrayLike<number>, step: number): void {
    const numbers = values instanceof Tensor ? values.data() : values;
    const isList = typeof numbers === 'object' && numbers !== null && typeof numbers.length === 'number';
    checkIs(isList, 'summaryWriter: the values of a histogram', 'a tensor or an array of numbers', values);
    const histogram = histogramOf(numbers);
    check(histogram !== undefined, () => `summaryWriter: the histogram ${tag} has no finite number`);
    this.#add('histogram', { tag, histogram }, step);
  }

  image(tag: string, image: Tensor | ImageLike, step: number): void {
    const encoding = pngOf('summaryWriter: the image', image instanceof Tensor ? bytesOf(image) : image);
    encoding.catch(() => {}); // flush tells
    const value = async (): Promise<SummaryValue> => {
      const { height, width, channels, png } = await encoding;
      return { tag, image: { height, width, colorspace: channels, png } };
    };
    this.#check('image', tag, step);
    const time = Date.now() / 1000;
    const record = value().then((one) => recordOf(encodeMessage(event, { time, step, summary: { values: [one] } })));
    record.catch(() => {});
    this.#waiting.push(record);
  }

  text(tag: string, text: string, step: number): void {
    checkIs(typeof text === 'string', 'summaryWriter: a text', 'a string', text);
    const tensor = { dtype: STRING, shape: { dims: [{ size: 1 }] }, strings: [text] };
    this.#add('text', { tag: `${tag}/text_summary`, tensor, metadata: { plugin: { name: 'text' } } }, step);
  }

  flush(): Promise<void> {
    this.#last = this.#last.catch(() => {}).then(() => this.#write());
    return this.#last;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  #check(what: string, tag: string, step: number): void {
    check(!this.#closed, () => `${this.#where} is closed: nothing can be added to it`);
    checkIs(typeof tag === 'string' && tag !== '', `summaryWriter: the tag of a ${what}`, 'a string', tag);
    checkWhole(`summaryWriter: the step of the ${what} ${tag}`, step, 0);
  }

  #add(what: string, value: SummaryValue, step: number): void {
    this.#check(what, value.tag!, step);
    this.#waiting.push(recordOf(encodeMessage(event, { time: Date.now() / 1000, step, summary: { values: [value] } })));
  }

  /**
   * Writes what waits with one call, so that a process that is killed leaves whole records, the last one perhaps aside.
   */
  async #write(): Promise<void> {
    const settled = await Promise.allSettled(this.#waiting.splice(0));
    const records = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (records.length > 0) await this.#append(records);
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason; // an image; the others are written
  }

  async #append(records: readonly Uint8Array[]): Promise<void> {
    const bytes = new Uint8Array(records.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const record of records) {
      bytes.set(record, at);
      at += record.length;
    }
    try {
      if (!this.#file) {
        await makeFolder(this.#where, this.path);
        this.#file = await (await fileSystem(this.#where)).open(this.path, 'ax');
      }
      await this.#file.writeFile(bytes);
    } catch (error) {
      if (error instanceof FileError) throw error;
      throw new FileError(`${this.#where} can't be written: ${messageOf(error)}`);
    }
  }
}

/** Numbers from 0 to 1 as bytes. */
function bytesOf(image: Tensor): ImageLike {
  const values = image.data();
  check(image.shape.length === 2 || image.shape.length === 3, () => {
    return `summaryWriter: the image has the shape ${shapeText(image.shape)}; expected [height, width] or [height, width, 1, 3 or 4]`;
  });
  return { data: Uint8ClampedArray.from(values, (value) => 255 * value), shape: image.shape };
}
