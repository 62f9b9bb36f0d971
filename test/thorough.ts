// npm test has a share of what is long: the largest shapes, the compilers in turn. npm run test:thorough has the whole,
// and CI runs the whole of some.

export const THOROUGH = globalThis.process?.env.THOROUGH === 'true'; // pages have no process
