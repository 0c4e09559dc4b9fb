import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { main } from '../../src/commands/main.ts';
import { folderWith, problemsOf } from '../config/temporary.ts';

const frontends = [{ type: 'udp', port: 0 }];
const backends = [{ type: 'console' }];

async function check(config: object, ...args: readonly string[]) {
  let out = '';
  const cwd = folderWith({ 'config.json': config });
  const code = await main(['check', ...args], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      out += text;
    },
    color: false,
    cwd,
    env: {},
    read: () => '',
    serve: async () => 0,
  });
  return { code, out };
}

describe('what listens', () => {
  it('is listed with the admin interface, and with who can reach it', async () => {
    const { out } = await check({
      frontends: [
        { type: 'udp', host: '0.0.0.0' },
        { type: 'tcp', host: 'localhost', port: 1 },
      ],
      backends,
      admin: { port: 2 },
    });
    expect(out).toContain('\n    udp      udp://0.0.0.0:8125, open to other machines\n');
    expect(out).toContain('\n    tcp      tcp://localhost:1, this machine only\n');
    expect(out).toContain('\n    admin    tcp://127.0.0.1:2, this machine only\n');
  });

  const at = (type: string, host: string, more: object = {}) => ({
    type,
    host,
    port: 7000,
    name: `${type}-${host.replaceAll(':', '_')}`,
    ...more,
  });
  it.each([
    [at('udp', '127.0.0.1'), at('udp', '0.0.0.0')],
    [at('udp', '0.0.0.0'), at('udp', '::')],
    [at('tcp', '::1'), at('http', '::', { allowAnonymous: true })],
    [at('tcp', 'localhost'), at('http', '127.0.0.1')],
  ])('cannot have one address twice: %j and %j', async (one, two) => {
    const problems = await problemsOf({ frontends: [one, two], backends });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      /^config\.json: frontends\[1\]\.port: .* is taken: frontends\[0\] listens on .*; set "port"/,
    );
  });

  it.each([
    [at('udp', '127.0.0.1'), at('tcp', '127.0.0.1')],
    [at('udp', '127.0.0.1'), at('udp', '127.0.0.2')],
    [at('udp', '0.0.0.0'), at('udp', '::', { ipv6Only: true })],
    [at('udp', '127.0.0.1', { port: 0 }), at('udp', '0.0.0.0', { port: 0 })],
  ])('may have addresses that differ: %j and %j', async (one, two) => {
    expect(await problemsOf({ frontends: [one, two], backends })).toEqual([]);
  });

  it('is looked at in back-ends, the admin interface and socket files too', async () => {
    const unix = { type: 'unix', path: 'a/../s' };
    const problems = await problemsOf({
      frontends: [
        { type: 'tcp', port: 1 },
        { type: 'tcp', name: 'b', port: 2 },
        unix,
        { ...unix, path: 's', name: 'c' },
      ],
      backends: [{ type: 'prometheus', port: 1 }],
      admin: { port: 2 },
    });
    expect(
      problems.map((problem) => problem.replace(/^config\.json: ([^:]*): .* is taken: (\S+) .*/, '$1 $2')),
    ).toEqual(['frontends[3].path frontends[2]', 'backends[0].port frontends[0]', 'admin.port frontends[1]']);
  });
});

describe('slips are refused, with what was meant', () => {
  it.each([
    ['$DD_API_KEY', 'backends[0].apiKey: looks like a reference, and is none; write'],
    ['%DD_API_KEY%', 'backends[0].apiKey: looks like a reference, and is none; write'],
  ])('the key %s', async (apiKey, said) => {
    const problems = await problemsOf({ frontends, backends: [{ type: 'datadog', apiKey }] });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(said);
  });

  it('what a module of the original finds is not looked at', async () => {
    expect(await problemsOf({ frontends, backends, statsd: { config: { key: '$A' } } })).toEqual([]);
  });

  it.each(['datadog.com', 'app.datadoghq.com', 'datadoghq.co'])('the site %s', async (site) => {
    const [problem] = await problemsOf({ frontends, backends: [{ type: 'datadog', apiKey: 'k', site }] });
    expect(problem).toMatch(
      /^config\.json: backends\[0\]\.site: ".*" is no site of Datadog \(datadoghq\.com, us3\..*datadoghq\.eu/,
    );
  });

  it.each(['datadoghq.com', 'us5.datadoghq.com', 'datadoghq.eu', 'ap2.datadoghq.com', 'ddog-gov.com'])(
    'the site %s is taken',
    async (site) => {
      expect(await problemsOf({ frontends, backends: [{ type: 'datadog', apiKey: 'k', site }] })).toEqual([]);
    },
  );

  it('quantiles for percentiles', async () => {
    expect(await problemsOf({ frontends, backends, percentiles: [0.5, 0.99, 0.999] })).toEqual([
      'config.json: percentiles: [0.5,0.99,0.999] are all at most 1, and percentiles go up to 100; write [50,99,99.9]',
    ]);
    expect(await problemsOf({ frontends, backends, percentiles: [0.5, 99] })).toEqual([]);
  });

  it.each([
    ['10', 'write "10s" for seconds, or 10 without quotes for milliseconds'],
    ['10 sec', 'write "10s"'],
    ['5min', 'write "5m"'],
    ['1d', 'write "24h"'],
  ])('the duration %j', async (flushInterval, said) => {
    const [problem] = await problemsOf({ frontends, backends, flushInterval });
    expect(problem).toMatch(new RegExp(`; ${said}$`));
  });

  it.each([
    ['64 MB', 'write "64MB"'],
    ['64mb', 'write "64MB" or "64MiB"'],
    ['64K', 'write "64kB" or "64KiB"'],
  ])('the size %j', async (bytes, said) => {
    const [problem] = await problemsOf({ frontends, backends, queue: { bytes } });
    expect(problem).toMatch(new RegExp(`; ${said}$`));
  });

  it('no suggestion is made from what a reference stands for', async () => {
    const [problem] = await problemsOf({ frontends, backends, flushInterval: `\${S}` }, { S: '77 sec' });
    expect(problem).not.toContain('77');
  });
});

describe('check --online', () => {
  it('asks each back-end, and prints a line for each', async () => {
    const seen: (string | undefined)[] = [];
    const datadog = await http((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['dd-api-key']}`);
      response.end('{"valid":true}');
    });
    const carbon = await port(createTcpServer((socket) => socket.resume()));
    const { code, out } = await check(
      {
        frontends,
        backends: [
          { type: 'datadog', apiKey: 'hunter2', url: `http://127.0.0.1:${datadog}` },
          { type: 'graphite', port: carbon },
          { type: 'repeater', protocol: 'tcp', targets: [{ port: carbon }] },
          { type: 'prometheus', port: 0 },
          { type: 'console' },
        ],
      },
      '--online',
    );
    expect(out.slice(out.indexOf('  online\n'))).toBe(`  online
    datadog     http://127.0.0.1:${datadog} knows the key
    datadog     http://127.0.0.1:${datadog}/api/v1/check_run answers (200)
    datadog     http://127.0.0.1:${datadog}/intake/ answers (200)
    datadog     http://127.0.0.1:${datadog}/api/v2/series answers (200)
    datadog     http://127.0.0.1:${datadog}/api/beta/sketches answers (200)
    graphite    connected to tcp://127.0.0.1:${carbon}
    repeater    connected to tcp://127.0.0.1:${carbon}
    prometheus  ${out.match(/can listen on http:\/\/127\.0\.0\.1:\d+/)?.[0]}
    console     there is nothing to ask
`);
    expect(code).toBe(0);
    expect(seen.sort()).toEqual([
      'GET /api/v1/validate hunter2',
      'POST /api/beta/sketches hunter2',
      'POST /api/v1/check_run hunter2',
      'POST /api/v2/series hunter2',
      'POST /intake/ hunter2',
    ]);
    expect(out).not.toContain('hunter2');
  });

  it('says what cannot be used, and exits with 69', async () => {
    const datadog = await http((_, response) => response.writeHead(403).end('{"errors":["Forbidden"]}'));
    const held = await port(createTcpServer());
    const gone = createTcpServer();
    const closed = await port(gone);
    gone.close();
    const { code, out } = await check(
      {
        frontends,
        backends: [
          { type: 'datadog', apiKey: 'hunter2', url: `http://127.0.0.1:${datadog}` },
          { type: 'graphite', port: closed },
          { type: 'prometheus', port: held },
        ],
      },
      '--online',
    );
    expect(code).toBe(69);
    expect(out).toMatch(/\n {4}datadog +failed: GET .*403.*"apiKey" is no API key of the server of "url"\n/);
    expect(out).toMatch(/\n {4}graphite +failed: cannot connect to tcp:.*ECONNREFUSED/);
    expect(out).toMatch(/\n {4}prometheus +failed: cannot listen on http:.*another process uses port/);
  });

  it('refuses another option', async () => {
    expect(await check({ frontends, backends }, '--onlnie')).toMatchObject({ code: 64 });
  });
});

async function port(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function http(listener: RequestListener): Promise<number> {
  return port(createServer(listener));
}
