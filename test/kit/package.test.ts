import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot, packageVersion } from '../../src/kit/package.ts';

it('the package knows where it is, and its version', () => {
  expect(existsSync(join(packageRoot(), 'package.json'))).toBe(true);
  expect(packageVersion()).toMatch(/^\d+\.\d+\.\d+/);
});
