import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import plugin from '../../frontends/http/index.ts';
import type { Frontend } from '../../src/plugin.ts';
import { folderWith } from '../config/temporary.ts';
import { certificateFor } from '../helper/certificate.ts';
import { runCommand } from '../helper/command.ts';
import { send } from '../helper/http-client.ts';
import { configure, frontendContext, recordIntake, waitFor } from '../helper/intake.ts';

const running: Frontend[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((frontend) => frontend.stop()));
});

const users = [
  { user: 'owner', password: 'secret-of-owner' },
  { user: 'other', password: 'secret-of-other' },
];
const basic = (user: string) => `Basic ${Buffer.from(`${user}:secret-of-${user}`).toString('base64')}`;

/** A drain with its configuration file. */
async function drain(block: object = { auth: { users } }) {
  const frontend = plugin.create(configure(plugin, { port: 0, ...block }), recordIntake(), frontendContext());
  running.push(frontend);
  const [address = ''] = await frontend.start();
  const folder = folderWith({
    'config.json': {
      frontends: [{ type: 'udp' }, { type: 'http', ...block, port: Number(new URL(address).port) }],
      backends: [{ type: 'console' }],
    },
  });
  return { address, folder };
}

/** Posts until the command has got what it waits for. */
async function posting<T>(run: Promise<T>, post: () => Promise<unknown>): Promise<T> {
  let over = false;
  const done = run.finally(() => {
    over = true;
  });
  await waitFor(async () => {
    if (!over) await post();
    return over;
  });
  return done;
}

describe('statsdrain capture', () => {
  it('writes what is posted, asked for as the configuration says', async () => {
    const { address, folder } = await drain();
    const post = () => send(`${address}/logs?app=shop`, 'count#a=1\n', { headers: { authorization: basic('owner') } });
    const { code, out, err } = await posting(
      runCommand(['capture', '--out', 'posted', '--limit', '2'], { cwd: folder }),
      post,
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`0001  204  POST /logs?app=shop  10 bytes
0002  204  POST /logs?app=shop  10 bytes
captured 2 requests in ${join(folder, 'posted')}
`);
    expect(readdirSync(join(folder, 'posted')).sort()).toEqual([
      '0001.body',
      '0001.headers.json',
      '0002.body',
      '0002.headers.json',
    ]);
    expect(readFileSync(join(folder, 'posted/0001.body'), 'utf8')).toBe('count#a=1\n');
    const head = JSON.parse(readFileSync(join(folder, 'posted/0001.headers.json'), 'utf8'));
    expect(head).toMatchObject({
      method: 'POST',
      path: '/logs?app=shop',
      status: 204,
      headers: { authorization: '***' },
    });
    expect(head).not.toHaveProperty('body');
  });

  it('says that nothing was posted', async () => {
    const { folder } = await drain();
    const { code, out } = await runCommand(['capture', '--out', 'posted', '--seconds', '1'], { cwd: folder });
    expect({ code, out }).toEqual({ code: 0, out: 'nothing was posted\n' });
  });

  it('asks at a URL, with its user or with the token of the environment', async () => {
    const { address, folder } = await drain({ auth: { users, tokens: ['t0k3n-of-mine'] } });
    const post = () => send(`${address}/logs`, 'a', { headers: { authorization: basic('owner') } });
    const args = ['--out', 'posted', '--limit', '1'];
    const withUser = `${address.replace('//', '//other:secret-of-other@')}/whatever`;
    const first = await posting(runCommand(['capture', withUser, ...args], { cwd: folder }), post);
    expect(first).toMatchObject({ code: 0, err: '' });
    const env = { STATSDRAIN_TOKEN: 't0k3n-of-mine' };
    const again = ['capture', address, '--out', 'more', '--limit', '1'];
    expect(await posting(runCommand(again, { cwd: folder, env }), post)).toMatchObject({ code: 0, err: '' });
    const refused = await runCommand(['capture', address, '--out', 'third'], { cwd: folder });
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(/^statsdrain: http:\/\/127\.0\.0\.1:\d+\/drains\/capture answered 401: This needs/);
  });

  it('trusts the certificate of the configuration over TLS, and no other', async () => {
    const files = folderWith({});
    const write = (name: string) => {
      // For a name that this machine is not called by.
      const { cert, key } = certificateFor('drain.example');
      writeFileSync(join(files, `${name}.crt`), cert);
      writeFileSync(join(files, `${name}.key`), key);
      return { cert: join(files, `${name}.crt`), key: join(files, `${name}.key`), pem: cert };
    };
    const { pem, ...tls } = write('own');
    const { address, folder } = await drain({ auth: { users }, tls });
    const checked = { ca: pem, headers: { authorization: basic('owner'), host: 'drain.example' } };
    const post = () => send(`${address}/logs`, 'a', checked).catch(() => undefined);
    const run = runCommand(['capture', '--out', 'posted', '--seconds', '1'], { cwd: folder });
    expect(await posting(run, post)).toMatchObject({ code: 0, err: '' });

    const other = write('other');
    const port = Number(new URL(address).port);
    const block = { type: 'http', port, auth: { users }, tls: { cert: other.cert, key: other.key } };
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ frontends: [block], backends: [{ type: 'console' }] }));
    const refused = await runCommand(['capture', '--out', 'more'], { cwd: folder });
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('shows another certificate than that in') });
  });

  it('asks as a user that is named, of a front-end that is named', async () => {
    const { address, folder } = await drain();
    const post = () => send(`${address}/logs`, 'a', { headers: { authorization: basic('owner') } });
    const args = ['capture', '--out', 'posted', '--limit', '1', '--user', 'other', '--frontend', 'http'];
    expect(await posting(runCommand(args, { cwd: folder }), post)).toMatchObject({ code: 0 });
  });

  it.each([
    [[], 64, 'capture: needs --out, the folder to write to'],
    [['--out', 'x', 'a', 'b'], 64, 'capture: unexpected argument "b": it takes one file or URL'],
    [['--out', 'x', '--limit', '0'], 64, 'capture: --limit "0" is no whole number over 0'],
    [['--out', 'x', '--seconds', '1s'], 64, 'capture: --seconds "1s" is no whole number over 0'],
    [['--out', 'x', 'http://h', '--user', 'a'], 64, 'capture: --user belongs to a configuration, not to a URL'],
    [['--out', 'x', 'http://'], 64, 'capture: what begins like a URL is none'],
    [
      ['--out', 'x', '--user', 'ownr'],
      64,
      'capture: front-end "http" knows no "ownr"; did you mean "owner"? (it knows owner, other)',
    ],
    [
      ['--out', 'x', '--frontend', 'udp'],
      64,
      'capture: there is no front-end "udp" that can be asked (there are: http)',
    ],
    [
      ['--out', 'x', '--frontend', 'htp'],
      64,
      'capture: there is no front-end "htp" that can be asked; did you mean "http"? (there are: http)',
    ],
    [
      ['--out', 'x', 'none.json'],
      1,
      'no front-end of the configuration can be asked; add one of the type "http", or give a URL',
    ],
    [['--out', 'x', 'two.json'], 64, 'capture: needs --frontend, one of a, b'],
    [
      ['--out', 'x', 'any.json'],
      1,
      'the port of front-end "http" is 0: the system chose it; give the URL that the log names',
    ],
  ])('refuses %j', async (args, code, problem) => {
    const backends = [{ type: 'console' }];
    const cwd = folderWith({
      'config.json': { frontends: [{ type: 'udp' }, { type: 'http', auth: { users } }], backends },
      'none.json': { frontends: [{ type: 'udp' }], backends },
      'two.json': {
        frontends: ['a', 'b'].map((name, index) => ({ type: 'http', name, port: 9000 + index })),
        backends,
      },
      'any.json': { frontends: [{ type: 'http', port: 0 }], backends },
    });
    expect(await runCommand(['capture', ...args], { cwd })).toEqual({
      code,
      out: '',
      err: `statsdrain: ${problem}\n`,
      served: [],
    });
    expect(readdirSync(cwd)).not.toContain('x');
  });

  it('says where nobody listens', async () => {
    const { address, folder } = await drain();
    await running.pop()?.stop();
    expect(await runCommand(['capture', '--out', 'x'], { cwd: folder })).toMatchObject({
      code: 1,
      err: `statsdrain: ${address}: nobody listens there; is the server running, and is this its address?\n`,
    });
  });
});
