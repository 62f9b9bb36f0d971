// Modules of Node, which Bun and Deno have, too. Not here: when one is needed.

/** `node:NAME`. The name is put together where no bundler follows it: a bundle for pages must not ask for it. */
export function nodeModule<T>(name: string): Promise<T> {
  const specifier = ['node', name].join(':');
  return import(/* @vite-ignore */ /* webpackIgnore: true */ specifier) as Promise<T>;
}
