import { isAbsolute, relative } from 'node:path';

/** How messages name a file: relative to the working folder where it is below it. */
export function displayName(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') || isAbsolute(path) ? file : path;
}
