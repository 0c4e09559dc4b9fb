import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kitIn } from '../../src/config/kit.ts';
import { folderWith, loadIn, problemsOf } from './temporary.ts';

describe('a path', () => {
  it.each([
    ['./cert.pem', '/etc/statsdrain/cert.pem'],
    ['cert.pem', '/etc/statsdrain/cert.pem'],
    ['../cert.pem', '/etc/cert.pem'],
    ['/run/cert.pem', '/run/cert.pem'],
    ['a b/ü.pem', '/etc/statsdrain/a b/ü.pem'],
  ])('%s starts at the folder', (path, absolute) => {
    expect(kitIn('/etc/statsdrain').path().parse(path)).toBe(absolute);
  });

  const block = (key: unknown) => ({
    frontends: [{ type: 'http', port: 0, tls: { cert: './cert.pem', key } }],
    backends: [{ type: 'console' }],
  });

  it('of a plugin starts at the folder of the configuration file', async () => {
    const folder = folderWith({ 'config.json': block(`\${KEY}`) });
    const { frontends } = await loadIn(folder, { KEY: 'keys/one.pem' });
    expect(frontends[0]?.config).toMatchObject({
      tls: { cert: join(folder, 'cert.pem'), key: join(folder, 'keys/one.pem') },
    });
  });

  const pem = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----\n';
  const expected = 'is not a path (such as "./file.pem", not what the file holds)';

  it.each<[key: unknown, problem: string]>([
    ['', `"" ${expected}`],
    [1, `the value ${expected}`],
    [pem, `the value ${expected}`],
    [pem.replaceAll('\n', '\\n'), `the value ${expected}`],
    [{ file: './key.pem' }, `the content of "./key.pem" ${expected}`],
    [`\${PEM}`, `"\${PEM}" ${expected}`],
    [undefined, 'required key is missing (a path (such as "./file.pem", not what the file holds))'],
  ])('%j is refused, and no key is quoted', async (key, problem) => {
    expect(await problemsOf(block(key), { PEM: pem }, { 'key.pem': pem })).toEqual([
      `config.json: frontends[0].tls.key: ${problem}`,
    ]);
  });
});
