// The main entry and wasmgrad/ops in one file, for a <script type="module">.

export * from '../index.js';
export * as ops from '../ops.js';
