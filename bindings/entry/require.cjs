// What `require('wasmgrad')` gets where it cannot load ES modules.

throw new Error(
  "wasmgrad is an ES module: write `await import('wasmgrad')`, or take Node 20.19, 22.12 or newer, where require() loads it (Jest needs --experimental-vm-modules and no transform to CommonJS; webpack 4 is too old)",
);
