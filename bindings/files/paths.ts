// Paths of files, as users give them.

/** A path, or a `file:` URL. */
export type FilePath = string | { readonly href: string };

/** Whether it is a URL object, of any realm. */
const isUrl = (value: unknown): value is { readonly href: string } =>
  Object.prototype.toString.call(value) === '[object URL]';

/** Whether it is a path, or a URL object. */
export const isPath = (value: unknown): value is FilePath => typeof value === 'string' || isUrl(value);

/** A path as errors show it. */
export const pathText = (path: FilePath): string => (typeof path === 'string' ? path : path.href);
