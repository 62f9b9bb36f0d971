/** assembly/blocks.ts is read by asc and by tsc: an i32 is a number here. */
type i32 = number;
type bool = boolean;

/** Kernels that are inlined: the main module and the side modules by the build, all in one by tests. */
declare module '#core.wasm' {
  export default function bytes(): Uint8Array<ArrayBuffer>;
}
declare module '#small.wasm' {
  export default function bytes(): Uint8Array<ArrayBuffer>;
}
declare module '#slim.wasm' {
  export default function bytes(): Uint8Array<ArrayBuffer>;
}
declare module '#sides/*.wasm' {
  export default function bytes(): Uint8Array<ArrayBuffer>;
}

/** Other builds of the kernels: where their files are. */
declare module '#*.wasm' {
  export default function url(): URL;
}

/** The kernels as a file beside the package's entries: the user's bundler makes a module of it. */
declare module '*/core.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
declare module '*/core.wasm?module' {
  const module: WebAssembly.Module;
  export default module;
}
