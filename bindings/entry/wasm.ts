// The types of the package's wasm files, for bundlers that make a module of an imported one.

declare const module: WebAssembly.Module;
export default module;
