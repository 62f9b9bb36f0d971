// What `require('wasmgrad')` gets where it cannot load ES modules.

throw new Error(
  "wasmgrad is an ES module, which require() loads from Node 20.19 and 22.12 on: write `await import('wasmgrad')`, use a newer Node, run Jest with --experimental-vm-modules and no transform to CommonJS, or bundle with webpack 5 instead of 4",
);
