// Reads event files, written from event.proto and the description of TFRecord files alone, and decoded by another
// library than the one that writes them (protobufjs). It checks every sum.

import { readdirSync, readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

const PROTO = `
syntax = "proto3";
message Event { double wall_time = 1; int64 step = 2; oneof what { string file_version = 3; Summary summary = 5; } }
message Summary {
  message Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }
  message Value {
    string tag = 1; SummaryMetadata metadata = 9;
    oneof value { float simple_value = 2; Image image = 4; HistogramProto histo = 5; TensorProto tensor = 8; }
  }
  repeated Value value = 1;
}
message SummaryMetadata { message PluginData { string plugin_name = 1; bytes content = 2; } PluginData plugin_data = 1; }
message HistogramProto {
  double min = 1; double max = 2; double num = 3; double sum = 4; double sum_squares = 5;
  repeated double bucket_limit = 6 [packed = true]; repeated double bucket = 7 [packed = true];
}
message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; }
message TensorProto { int32 dtype = 1; TensorShapeProto tensor_shape = 2; repeated bytes string_val = 8; }
`;

const Event = protobuf.parse(PROTO, { keepCase: true }).root.lookupType('Event');

/** Bit by bit, with the polynomial as it is written. */
export function castagnoli(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}

function isSum(bytes: Uint8Array, stored: number): boolean {
  const turned = (stored - 0xa282ead8) >>> 0;
  return ((turned >>> 17) | (turned << 15)) >>> 0 === castagnoli(bytes);
}

// biome-ignore lint/suspicious/noExplicitAny: what a library decodes
export type Decoded = any;

/** The events of a file. Throws where a record is not whole, or a sum is wrong. */
export function eventsIn(file: Uint8Array): Decoded[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const events: Decoded[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    if (!isSum(file.subarray(at, at + 8), view.getUint32(at + 8, true)))
      throw new Error(`the sum of a length at ${at}`);
    const bytes = file.subarray(at + 12, at + 12 + length);
    if (!isSum(bytes, view.getUint32(at + 12 + length, true))) throw new Error(`the sum of a record at ${at}`);
    events.push(Event.toObject(Event.decode(bytes), { longs: Number, defaults: true, oneofs: true }));
    at += 16 + length;
  }
  return events;
}

/** The events of the only file in a folder. */
export function eventsOf(folder: string): Decoded[] {
  const [file, ...others] = readdirSync(folder);
  if (others.length > 0) throw new Error(`${folder} has ${others.length + 1} files`);
  return eventsIn(new Uint8Array(readFileSync(`${folder}/${file}`)));
}

/** Values by tag: [step, value] of each event. */
export function valuesIn(events: readonly Decoded[]): Record<string, [number, Decoded][]> {
  const found: Record<string, [number, Decoded][]> = {};
  for (const { step, summary } of events) {
    for (const value of summary?.value ?? []) (found[value.tag] ??= []).push([step, value[value.value]]);
  }
  return found;
}
