import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** From here, or from where this is built to. */
const root = ['../../', '../../../']
  .map((up) => new URL(up, import.meta.url))
  .find((folder) => existsSync(new URL('package.json', folder)));

/** A file of the package by its path from the root. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, root));
}
