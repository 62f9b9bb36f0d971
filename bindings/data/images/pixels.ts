// Images as bytes, and with other channels.

/** Channels of an image: 1 is grey, 3 are red, green and blue, 4 these and how opaque a pixel is. */
export type Channels = 1 | 3 | 4;

/** An image that was read; one of two channels is grey, and how opaque. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  /** Row by row, the channels of a pixel side by side. */
  readonly data: Uint8Array;
}

/** The same image with these channels: opaque where it says nothing of that, else as it is, without its background. */
export function withChannels({ data, channels: from }: Pixels, to: Channels): Uint8Array {
  if (from === to) return data;
  const count = data.length / from;
  const out = new Uint8Array(count * to);
  const isGrey = from <= 2;
  for (let i = 0; i < count; i++) {
    const at = i * from;
    const [red, green, blue] = [data[at]!, data[at + (isGrey ? 0 : 1)]!, data[at + (isGrey ? 0 : 2)]!];
    if (to === 1) out[i] = isGrey ? red : greyOf(red, green, blue);
    else {
      out[i * to] = red;
      out[i * to + 1] = green;
      out[i * to + 2] = blue;
    }
    if (to === 4) out[i * 4 + 3] = from === 2 ? data[at + 1]! : 255;
  }
  return out;
}

/** How bright a colour is: ITU-R BT.601, in the whole numbers of Pillow. */
const greyOf = (red: number, green: number, blue: number): number =>
  (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
