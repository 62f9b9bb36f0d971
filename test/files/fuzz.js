// npm run fuzz:files -- [options]: bundles the fuzzer of files (main.ts) with the library's TypeScript, and runs it. Libraries
// are bundled, too: what they make arrays with is counted.

import { runBundled } from '../fuzz/bundled.js';

await runBundled('test/files/main.ts', 'fuzz-files');
