import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { writeCaptured } from '../../src/commands/captured.ts';
import { folderWith } from '../config/temporary.ts';
import { runCommand } from '../helper/command.ts';

const outage = fileURLToPath(new URL('../fixtures/logplex/outage.logplex', import.meta.url));
const backends = [{ type: 'console' }];
const http = { type: 'http', auth: { users: [{ user: 'drain', password: 'secret-of-drain' }] } };

function folder(files: Record<string, unknown> = {}): string {
  return folderWith({ 'config.json': { frontends: [{ type: 'udp' }, http], backends }, ...files });
}

const replay = (args: readonly string[], cwd: string) => runCommand(['replay', ...args], { cwd });

describe('statsdrain replay', () => {
  it('reads a body as POST /logs does', async () => {
    const cwd = folder({ 'body.txt': 'count#a=1 source=eu\nhello\n' });
    expect(await replay(['body.txt', '--app', 'shop'], cwd)).toEqual({
      code: 0,
      err: '',
      served: [],
      out: `body.txt  POST /logs?app=shop  raw  204
  count#a=1 source=eu
    counter a 1 {source:eu, app:shop}
  hello
    - no metric in it

1 request, 2 lines, 1 metric
1 line with metrics, 1 without
  1  no metric in it
`,
    });
  });

  it.each([
    ['its headers', ['--header', 'content-type: application/logplex-1']],
    ['the path of its sender', ['--path', '/drain/logplex']],
  ])('reads octet framing that is told by %s', async (_, args) => {
    const { out } = await replay([outage, ...args], folder());
    expect(out).toContain('counter heroku.errors 1 {code:L10}');
    expect(out).toContain('3 lines with metrics, 0 without');
  });

  it('reads a folder of captures in its order, and one of them', async () => {
    const cwd = folder();
    const head = { method: 'POST', path: '/logs?app=blog', headers: { authorization: '***', 'x-a': '1' } };
    writeCaptured(cwd, 2, { ...head, status: 204, body: Buffer.from('count#second') });
    writeCaptured(cwd, 1, { ...head, status: 204, body: Buffer.from('count#first') });
    const { out } = await replay(['.', '--app', 'shop'], cwd);
    expect(out.split('\n').filter((line) => /POST|counter/.test(line))).toEqual([
      '0001  POST /logs?app=blog  raw  204',
      '    counter first 1 {app:blog}',
      '0002  POST /logs?app=blog  raw  204',
      '    counter second 1 {app:blog}',
    ]);
    expect((await replay(['0002.body'], cwd)).out).toContain('1 request, 1 line, 1 metric');
  });

  it('prints JSON', async () => {
    const { out } = await replay(['body.txt', '--json'], folder({ 'body.txt': 'unique#u=bob' }));
    const [line, request, summary] = out.split('\n').map((row) => (row === '' ? undefined : JSON.parse(row)));
    expect(line).toEqual({
      request: 'body.txt',
      line: 1,
      text: 'unique#u=bob',
      metrics: [{ type: 'set', name: 'u', value: 'bob' }],
      reasons: [],
    });
    expect(request).toMatchObject({ status: 204, sender: 'raw' });
    expect(summary.summary).toMatchObject({ requests: 1, lines: 1, metrics: 1 });
  });

  it('goes by the keys of the front-end that is named', async () => {
    const frontends = [
      { ...http, name: 'one' },
      { ...http, port: 8081, name: 'two', procIdAsSource: false },
    ];
    const cwd = folder({ 'two.json': { frontends, backends } });
    writeFileSync(join(cwd, 'body.txt'), '<190>1 2024-05-01T10:00:01Z host app web.1 - count#a=1');
    expect((await replay(['body.txt', '--config', 'two.json', '--frontend', 'one'], cwd)).out).toContain(
      'counter a 1 {source:web.1}\n',
    );
    expect((await replay(['body.txt', '--config', 'two.json', '--frontend', 'two'], cwd)).out).toContain(
      'counter a 1\n',
    );
  });

  it('tells what the configuration would say of another profile or other rules', async () => {
    const cwd = folder({ 'body.txt': 'count#a' });
    const { code, err } = await replay(['body.txt', '--profile', 'no-such-profile'], cwd);
    expect(code).toBe(78);
    expect(err).toMatch(/^statsdrain: .*config\.json: frontends\[0\]\.profile: /);
    const rules = await replay(['body.txt', '--rules', 'no-such-rules.json'], cwd);
    expect(rules.code).toBe(78);
    expect(rules.err).toMatch(/^statsdrain: .*config\.json: frontends\[0\]\.rules: /);
  });

  it.each([
    [[], 64, 'replay: needs a file or a folder: "statsdrain replay body.txt"'],
    [['a', 'b'], 64, 'replay: unexpected argument "b": it takes one file or folder'],
    [['a', '--path', 'logs'], 64, 'replay: --path "logs" does not begin with "/"'],
    [['a', '--header', 'nothing'], 64, 'replay: --header "nothing" is not "name: value"'],
    [['captures', '--path', '/x'], 64, 'replay: --path belongs to a body alone; FOLDER/captures has what was sent'],
    [
      ['captures', '--header', 'a: b'],
      64,
      'replay: --header belongs to a body alone; FOLDER/captures has what was sent',
    ],
    [['none.txt'], 1, 'FOLDER/none.txt: no such file'],
    [
      ['body.txt', '--config', 'udp.json'],
      1,
      'no front-end of the configuration takes requests; add one of the type "http"',
    ],
    [['body.txt', '--config', 'two.json'], 64, 'replay: needs --frontend, one of a, b'],
    [
      ['body.txt', '--frontend', 'htp'],
      64,
      'replay: there is no front-end "htp" that takes requests; did you mean "http"? (there are: http)',
    ],
    [
      ['body.txt', '--config', 'udp.json', '--frontend', 'udp'],
      64,
      'replay: there is no front-end "udp" that takes requests (there are: none)',
    ],
  ])('refuses %j', async (args, code, problem) => {
    const cwd = folder({
      'body.txt': 'x',
      'captures/1.headers.json': { method: 'POST', path: '/logs', headers: {} },
      'captures/1.body': 'x',
      'udp.json': { frontends: [{ type: 'udp' }], backends },
      'two.json': {
        frontends: ['a', 'b'].map((name, index) => ({ type: 'http', name, port: 9000 + index })),
        backends,
      },
    });
    const outcome = await replay(args, cwd);
    expect({ ...outcome, err: outcome.err.replaceAll(cwd, 'FOLDER') }).toEqual({
      code,
      out: '',
      err: `statsdrain: ${problem}\n`,
      served: [],
    });
  });
});
