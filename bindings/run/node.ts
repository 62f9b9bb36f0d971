// Loads modules of Node, which Bun and Deno have, too.

/** Imports `node:NAME`. The name is put together at run time, so that no bundler for pages looks for the module. */
export function nodeModule<T>(name: string): Promise<T> {
  const specifier = ['node', name].join(':');
  return import(/* @vite-ignore */ /* webpackIgnore: true */ specifier) as Promise<T>;
}
