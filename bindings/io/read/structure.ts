// Makes values and layers of what a file says that a model is made of. Not here: how that is written (../structure.ts).

import { check, isRecord, show } from '../../errors.js';
import { checkFile } from '../../files/fileerror.js';
import { isLayer, type Layer } from '../../layers/layer.js';
import type { Named } from '../catalog.js';
import { fromJson } from './values.js';

/** All names in a structure that stand for functions of the library or the user. */
export function namesIn(json: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(json)) for (const part of json) namesIn(part, found);
  else if (isRecord(json)) {
    for (const [key, part] of Object.entries(json as object)) {
      if (typeof part === 'string' && /^\$(name|call|layer)$/.test(key)) found.add(part);
      else namesIn(part, found);
    }
  }
  return found;
}

/** Makes values and layers of what a file says. */
export class StructureReader {
  readonly #layers: Layer[] = [];

  /**
   * @param what     the file, as errors name it
   * @param named    what names stand for
   * @param modelOf  makes the layer of a model inside, by its number
   */
  constructor(
    readonly what: string,
    readonly named: Named,
    readonly modelOf: (index: number, options: unknown) => Layer,
  ) {}

  /** The layers of a chain. */
  layers(json: readonly unknown[]): Layer[] {
    return json.map((layer, i) => {
      const made = this.value(layer, `layer ${i}`);
      checkFile(isLayer(made), () => `${this.what}: layer ${i} is no layer`);
      return made;
    });
  }

  /** Any value that `StructureWriter.value` wrote. */
  value(json: unknown, path: string): unknown {
    return fromJson(json, path, (object, at) => this.#meant(object, at));
  }

  #meant(object: { readonly [name: string]: unknown }, path: string): unknown {
    const { $name, $call, $layer, $again, $model, args, options } = object;
    if ($name !== undefined) return this.#named($name, path);
    if ($call !== undefined) return this.#called($call, args, path);
    if ($again !== undefined) return this.#again($again, path);
    const made = $model === undefined ? this.#called($layer, args, path) : this.#model($model, options, path);
    this.#layers.push(made as Layer);
    return made;
  }

  #model(index: unknown, options: unknown, path: string): Layer {
    checkFile(Number.isSafeInteger(index), () => `${this.what}: ${path}: $model must be a number, got ${show(index)}`);
    return this.modelOf(index as number, this.value(options, path));
  }

  #again(index: unknown, path: string): Layer {
    const layer = this.#layers[index as number];
    checkFile(layer !== undefined, () => `${this.what}: ${path}: there is no layer ${show(index)} before it`);
    return layer;
  }

  #named(name: unknown, path: string): unknown {
    check(
      this.named.has(name as string),
      () =>
        `${this.what}: ${path} is ${show(name)}, which is none of the library: pass what it stands for, registry: { ${show(name).slice(1, -1)}: … }`,
    );
    return this.named.get(name as string);
  }

  #called(name: unknown, args: unknown, path: string): unknown {
    const made = this.#named(name, path);
    checkFile(
      typeof made === 'function' && Array.isArray(args),
      () => `${this.what}: ${path}: ${show(name)} can't be called with ${show(args)}`,
    );
    return made(...(this.value(args, `${path}, ${name}`) as unknown[]));
  }
}
