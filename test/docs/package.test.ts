import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('the tarball holds what runs, the examples and the pages, and neither benches nor tests', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const json = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
  });
  const [{ files }] = JSON.parse(json) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  for (const path of ['dist/src/cli.js', 'examples/my-backend.js', 'README.md', 'docs/METRICS.md', 'LICENSE']) {
    expect(paths).toContain(path);
  }
  expect(paths.filter((path) => /^(dist\/)?(bench|test)\//.test(path))).toEqual([]);
});

test('the built command may be run, which is what `npx statsdrain` in a clone needs', () => {
  const program = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
  expect(statSync(program).mode & 0o111).toBe(0o111);
});
