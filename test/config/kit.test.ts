import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kit, kitIn } from '../../src/config/kit.ts';
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

describe('a text of JSON', () => {
  const schema = kit.z.strictObject({ every: kit.duration(), names: kit.z.array(kit.z.string()).default([]) });

  it('is judged by a schema of the kit', () => {
    expect(kit.json(schema, '{"every":"10s"}')).toEqual({ ok: true, value: { every: 10_000, names: [] } });
  });

  it('that is none is told with the place of the mistake', () => {
    const text = 'expected a value, found "]"';
    expect(kit.json(schema, '{\n"every": ]')).toEqual({
      ok: false,
      problems: [{ path: [], place: 'line 2, column 10', text }],
    });
  });

  it('is told what is wrong with it, in its order', () => {
    const text = '{\n"names": ["a", 1],\n"every": 5,\n"every": "soon"\n}';
    expect(kit.json(schema, text)).toEqual({
      ok: false,
      problems: [
        { path: ['names', 1], place: 'names[1]', text: '1 is not a string' },
        { path: ['every'], place: 'every', text: 'given twice (lines 3 and 4)' },
        {
          path: ['every'],
          place: 'every',
          text: '"soon" is not a duration ("500ms", "10s", "5m", "1h" or a number of milliseconds)',
        },
      ],
    });
  });
});
