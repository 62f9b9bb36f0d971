// A thread of compile.mjs: runs asc with the arguments of each message.

import { parentPort } from 'node:worker_threads';
import asc from 'assemblyscript/asc';

parentPort.on('message', async (args) => {
  const { error, stderr } = await asc.main(args);
  parentPort.postMessage({ hasFailed: error !== null, said: `${stderr}` });
});
