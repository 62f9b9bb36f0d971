// What is used of a library that is loaded on demand. Such a file imports nothing else, so that its chunk is the
// library alone.

export { Inflate, zlibSync } from 'fflate';
