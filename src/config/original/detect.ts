import { originalKeys } from './schema.ts';

/** The configuration of the original daemon: its keys, or its lists of module names, and not statsdrain's front-ends. */
export function looksOriginal(root: object): boolean {
  if ('frontends' in root) return false;
  if ('backends' in root && Array.isArray(root.backends) && root.backends.length > 0) {
    if (root.backends.every((item) => typeof item === 'string')) return true;
  }
  return Object.keys(root).some((key) => originalKeys.has(key) && !sharedKeys.has(key));
}

/** Keys that statsdrain has too. */
const sharedKeys: ReadonlySet<string> = new Set(['backends', 'flushInterval', 'title']);
