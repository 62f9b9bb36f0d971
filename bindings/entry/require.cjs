// What `require('wasmgrad')` gets where it cannot load ES modules.

throw new Error(
  "wasmgrad is an ES module: require() loads it in Node 20.19, 22.12 or newer, elsewhere `await import('wasmgrad')` does (in Jest with NODE_OPTIONS=--experimental-vm-modules; webpack 4 cannot bundle it, webpack 5 can)",
);
