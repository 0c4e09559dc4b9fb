import { join } from 'node:path';
import { packageRoot } from '../kit/package.ts';

export { packageRoot, packageVersion } from '../kit/package.ts';

/** The configuration that runs where there is none. Absolute. */
export function bundledExample(): string {
  return join(packageRoot(), 'config.example.json');
}
