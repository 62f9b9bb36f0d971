// npm run test:onnx: the node tests of ONNX, which Debian's package python3-onnx makes, on the package as it is built.
// `-- --list` names those that did not pass, and why.

import { init, tensor } from 'wasmgrad';
import { functionFromOnnx } from 'wasmgrad/onnx';
import { isThere, runNodeTests } from './nodes.js';

if (!isThere()) {
  console.log('test:onnx: SKIPPED, since there is no /usr/bin/python3 with onnx: apt-get install python3-onnx');
  process.exit(0);
}

await init({ seed: 1 });
const results = await runNodeTests({ functionFromOnnx, tensor });
const names = { passed: [], failed: [], excepted: [], unknown: [], partly: [], others: [] };
for (const one of results) names[one.kind].push(one);

const supported = names.passed.length + names.failed.length;
console.log(`${results.length} node tests of ONNX`);
console.log(`${supported} of supported ops: ${names.passed.length} passed, ${names.failed.length} failed`);
console.log(`${names.excepted.length} that can't pass, for reasons that test/onnx/nodes.js names`);
console.log(`${names.unknown.length} refused, since an op is not supported`);
console.log(
  `${names.partly.length} refused, since something of a supported op is not: more axes, indices, random masks`,
);
console.log(`${names.others.length} of texts, sequences and optional values`);
if (process.argv.includes('--list')) {
  for (const { kind, name, result, why } of results)
    if (kind !== 'passed') console.log(`${kind} ${name}: ${why ?? result}`);
}
for (const { name, result } of names.failed) console.error(`${name}: ${result}`);
if (names.failed.length > 0 || supported < 750) process.exit(1);
