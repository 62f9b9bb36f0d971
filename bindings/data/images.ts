// Images in files, as bytes [height, width, channels]: PNG and JPEG, or what a canvas has. Not here: the formats
// (images/).

import { check, checkIs, show } from '../errors.js';
import { checkFile } from '../files/fileerror.js';
import { type FileSource, readFile } from '../files/source.js';
import { checkTarget, type FileTarget, writeFile } from '../files/target.js';
import { MAX_BYTES } from '../files/zip.js';
import type { Shaped } from '../nested.js';
import { options, type Rule, type Rules, rule, whole } from '../options.js';
import { checkShape, shapeText } from '../shape.js';
import { isBytes } from '../typed.js';
import { decodeJpeg, isJpeg } from './images/jpeg.js';
import { type Channels, type Pixels, withChannels } from './images/pixels.js';
import { decodePng, isPng } from './images/png.js';
import { encodePng } from './images/pngwriter.js';
import { isShaped } from './rows.js';

/** What a canvas has: ImageData, as far as it is used, with red, green, blue and how opaque, for each pixel. */
export interface ImageDataLike {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** Options of `readImage` and `readImages`. */
export interface ImageOptions {
  /** 1 for grey, 3 for red, green and blue (default), 4 for how opaque a pixel is besides. */
  readonly channels?: Channels | undefined;
  /** The most bytes that an image, or reading it, may take; default 256 MiB. Of several it is that of each. */
  readonly maxBytes?: number | undefined;
}

const imageOptions = options({
  channels: rule<Channels, 3>(3, (what, given) => {
    checkIs(given === 1 || given === 3 || given === 4, what, '1, 3 or 4', given);
  }) as Rule<Channels>,
  maxBytes: whole(MAX_BYTES, 0),
} satisfies Rules<ImageOptions>);

/**
 * Reads an image, from a PNG or JPEG file or from the ImageData of a canvas: bytes of the shape [height, width,
 * channels], for an input of a model with `rescaling(1 / 255)`. Grey is 0.299 red + 0.587 green + 0.114 blue; of
 * samples of 16 bits the upper 8 are taken. Where pixels are not opaque there is no background: with 1 or 3 channels
 * the colour is as it stands in the file. An image is not turned as its EXIF data may say.
 *
 * @throws FileError if it is damaged, of another format, or would take more than `maxBytes`
 */
export async function readImage(from: FileSource | ImageDataLike, options?: ImageOptions): Promise<Shaped<Uint8Array>> {
  const { channels, maxBytes } = imageOptions('readImage', options);
  return shapedImage(await pixelsFrom('readImage', from, maxBytes), channels);
}

/**
 * Reads several images of one size, each as `readImage` does: bytes of the shape [n, height, width, channels].
 *
 * @throws FileError as `readImage`, and if one has another size
 */
export async function readImages(
  from: readonly (FileSource | ImageDataLike)[],
  options?: ImageOptions,
): Promise<Shaped<Uint8Array>> {
  const { channels, maxBytes } = imageOptions('readImages', options);
  checkIs(Array.isArray(from) && from.length > 0, 'readImages: the images', 'an array of one or more', from);
  let all: Uint8Array | undefined;
  let first: readonly number[] = [];
  for (let i = 0; i < from.length; i++) {
    const { data, shape } = shapedImage(await pixelsFrom(`readImages: image ${i}`, from[i]!, maxBytes), channels);
    if (all === undefined) {
      first = shape;
      checkShape('readImages', [from.length, ...shape]);
      all = new Uint8Array(from.length * data.length);
    }
    checkFile(
      shape.every((axis, k) => axis === first[k]),
      () => {
        return `readImages: image ${i} has the shape ${shapeText(shape)}, the first one ${shapeText(first)}: read them one by one, and resize them`;
      },
    );
    all.set(data, i * data.length);
  }
  return { data: all!, shape: [from.length, ...first] };
}

const shapedImage = (pixels: Pixels, channels: Channels): Shaped<Uint8Array> => ({
  data: withChannels(pixels, channels),
  shape: [pixels.height, pixels.width, channels],
});

async function pixelsFrom(where: string, from: FileSource | ImageDataLike, maxBytes: number): Promise<Pixels> {
  if (isImageData(from)) return { ...checkedImageData(where, from), channels: 4 };
  const { what, bytes } = await readFile(where, from);
  checkFile(isPng(bytes) || isJpeg(bytes), () => `${what} is no PNG and no JPEG file`);
  return isPng(bytes) ? decodePng(what, bytes, maxBytes) : decodeJpeg(what, bytes, maxBytes);
}

/** Whether it has what a canvas gives. */
const isImageData = (value: unknown): value is ImageDataLike =>
  value !== null && typeof value === 'object' && 'data' in value && 'width' in value && 'height' in value;

/** A copy of its bytes. */
function checkedImageData(where: string, { data, width, height }: ImageDataLike): Omit<Pixels, 'channels'> {
  const fits = isBytes(data) && data.length === width * height * 4 && data.length > 0;
  check(
    fits,
    () => `${where}: ${show(data)} is not four bytes for each of ${show(width)} times ${show(height)} pixels`,
  );
  return { width, height, data: Uint8Array.from(data) };
}

/** What can be written as an image: bytes of the shape [height, width] or [height, width, 1, 3 or 4], or ImageData. */
export type ImageLike = Shaped<Uint8Array | Uint8ClampedArray> | ImageDataLike;

/** Writes a PNG file, of 8 bits a sample. */
export async function writePng(to: FileTarget, image: ImageLike): Promise<void> {
  checkTarget('writePng', to);
  const { png } = await pngOf('writePng: the image', image);
  await writeFile('writePng', to, png);
}

/** An image as a PNG file, `where` in errors. */
export async function pngOf(where: string, image: ImageLike) {
  const { data, shape } = isImageData(image)
    ? { data: checkedImageData(where, image).data, shape: [image.height, image.width, 4] }
    : checkedImage(where, image);
  const [height = 0, width = 0, channels = 1] = shape;
  return { height, width, channels, png: await encodePng(data, height, width, channels as Channels) };
}

function checkedImage(where: string, image: unknown): Shaped<Uint8Array> {
  checkIs(isShaped(image), where, '{ data, shape } or ImageData', image);
  const { data, shape } = image;
  checkShape(where, shape);
  checkIs(isBytes(data), `${where}: its data`, 'bytes, 0 to 255', data);
  const [height = 0, width = 0, channels = 1] = shape;
  const isImage = (shape.length === 2 || shape.length === 3) && [1, 3, 4].includes(channels) && width > 0 && height > 0;
  check(
    isImage,
    () => `${where} has the shape ${shapeText(shape)}; expected [height, width] or [height, width, 1, 3 or 4]`,
  );
  check(
    data.length === width * height * channels,
    () => `${where}: ${show(data)} does not fit the shape ${shapeText(shape)}`,
  );
  return { data: data as Uint8Array, shape };
}
