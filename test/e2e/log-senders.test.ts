import { accessSync, appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { findProgram, type Ran, runProgram, startComponent } from '../helper/components.ts';
import { jsonConsole, type Server, startServer, temporaryFolder } from '../helper/process.ts';

/** What `install.sh` made. */
const installed = process.env.LOG_SENDERS;
const fixtures = fileURLToPath(new URL('../fixtures/senders/', import.meta.url));
if (installed === undefined) {
  console.warn(
    'Left out: the tests of what posts log lines (test/e2e/log-senders.test.ts). With Python and the right to install packages of Debian they run\n' +
      'after\n  test/fixtures/senders/install.sh /tmp/senders && export LOG_SENDERS=/tmp/senders',
  );
} else {
  for (const made of ['node', 'python', 'syslog-ng']) accessSync(join(installed, made));
}

const node = (program: string, ...args: readonly string[]) =>
  runProgram(findProgram('env')!, [
    `NODE_PATH=${join(installed!, 'node')}`,
    process.execPath,
    join(fixtures, 'node', program),
    ...args,
  ]);

const python = (program: string, ...args: readonly string[]) =>
  runProgram(findProgram('env')!, [
    `PYTHONPATH=${join(installed!, 'python')}`,
    'python3',
    join(fixtures, 'python', program),
    ...args,
  ]);

function start(more: object = {}): Promise<Server> {
  return startServer({
    flushInterval: '250ms',
    frontends: [{ type: 'http', port: 0, ...more }],
    backends: [jsonConsole],
  });
}

const own = (server: Server) => server.entries.filter(({ name }) => name?.startsWith('statsdrain.') === false);
const total = (server: Server, wanted: string) =>
  own(server)
    .filter(({ name, type }) => name === wanted && type === 'counter')
    .reduce((sum, { value = 0 }) => sum + value, 0);
const counted = (server: Server, wanted: string) =>
  own(server)
    .filter(({ name }) => name === wanted)
    .reduce((sum, { count = 0 }) => sum + count, 0);

const done = (ran: Ran) => expect(ran, ran.output).toMatchObject({ code: 0 });

describe.skipIf(installed === undefined)('as they are installed', () => {
  test('curl posts lines', async () => {
    const server = await start();
    const url = `http://127.0.0.1:${server.port('http')}/logs`;
    done(
      await runProgram(
        findProgram('curl')!,
        ['-sS', '--fail', '--data-binary', '@-', url],
        'count#curl.jobs=2\ncount#curl.jobs=3\n',
      ),
    );
    await server.until('both', () => total(server, 'curl.jobs') === 5);
    expect(await server.stop()).toBe(0);
  });

  test('winston', async () => {
    const server = await start();
    done(await node('winston.mjs', String(server.port('http'))));
    await server.until('all', () => total(server, 'winston.jobs') === 5);
    expect(own(server).find(({ name }) => name === 'winston.time')).toMatchObject({ type: 'timer', count: 1, sum: 12 });
    expect(await server.stop()).toBe(0);
  });

  test("HTTPHandler of Python's logging", async () => {
    const server = await start();
    done(await python('handler.py', String(server.port('http'))));
    await server.until('all', () => total(server, 'python.jobs') === 5);
    expect(own(server).find(({ name }) => name === 'python.time')).toMatchObject({ type: 'timer', count: 1, sum: 12 });
    expect(await server.stop()).toBe(0);
  });

  test.each<[title: string, send: (url: string) => Promise<Ran>]>([
    ['JavaScript, JSON', (url) => node('otel.mjs', url, 'http')],
    ['JavaScript, Protocol Buffers', (url) => node('otel.mjs', url, 'proto')],
    ['Python, Protocol Buffers', (url) => python('otel.py', url)],
  ])('the SDK of OpenTelemetry for %s', async (_, send) => {
    const server = await start();
    done(await send(`http://127.0.0.1:${server.port('http')}`));
    // Cumulative: 5, and then 9.
    await server.until('all', () => total(server, 'otel.jobs') === 9 && total(server, 'otel.lines') === 7);
    expect(counted(server, 'otel.time')).toBe(3);
    const jobs = own(server).find(({ name }) => name === 'otel.jobs');
    expect(jobs?.tags).toContain('kind:mail');
    expect(own(server).find(({ name }) => name === 'otel.lines')?.tags).toContain('app:shop');
    expect(await server.stop()).toBe(0);
  });

  test('syslog-ng', async () => {
    const server = await start();
    const folder = temporaryFolder();
    const lines = join(folder, 'app.log');
    writeFileSync(lines, '');
    const root = join(installed!, 'syslog-ng/usr');
    writeFileSync(
      join(folder, 'syslog-ng.conf'),
      `@version: 3.38
options { keep-hostname(yes); };
source s_app { file("${lines}" follow-freq(0.1) flags(no-parse)); };
destination d_drain { http(url("http://127.0.0.1:${server.port('http')}/logs") method("POST") batch-lines(10) batch-timeout(200)); };
log { source(s_app); destination(d_drain); };
`,
    );
    const component = startComponent(
      join(root, 'sbin/syslog-ng'),
      [
        '--foreground',
        '--no-caps',
        ...['--cfgfile', join(folder, 'syslog-ng.conf')],
        ...['--persist-file', join(folder, 'persist')],
        ...['--pidfile', join(folder, 'pid')],
        ...['--control', join(folder, 'control')],
        ...['--module-path', join(root, 'lib/syslog-ng/3.38')],
      ],
      { env: { ...process.env, LD_LIBRARY_PATH: join(root, 'lib/syslog-ng') } },
    );
    appendFileSync(lines, 'count#ng.jobs=2 measure#ng.time=12ms\ncount#ng.jobs=3\n');
    await server
      .until('all', () => total(server, 'ng.jobs') === 5)
      .catch((error: unknown) => {
        throw new Error(`${error}\n${component.output}`);
      });
    await component.stop();
    expect(await server.stop()).toBe(0);
  });

  test('rsyslog with omelasticsearch', async () => {
    const server = await start();
    const folder = temporaryFolder();
    const lines = join(folder, 'app.log');
    writeFileSync(lines, '');
    const conf = join(folder, 'rsyslog.conf');
    writeFileSync(
      conf,
      `global(workDirectory="${folder}")
module(load="imfile" mode="polling" pollingInterval="1")
module(load="omelasticsearch")
input(type="imfile" file="${lines}" tag="shop:" freshStartTail="off")
action(type="omelasticsearch" server="127.0.0.1" serverport="${server.port('http')}" bulkmode="on"
       errorfile="${join(folder, 'errors')}")
`,
    );
    const component = startComponent('/usr/sbin/rsyslogd', ['-n', '-f', conf, '-i', join(folder, 'pid')]);
    appendFileSync(lines, 'count#rsyslog.jobs=2 measure#rsyslog.time=12ms\ncount#rsyslog.jobs=3\n');
    await server
      .until('all', () => total(server, 'rsyslog.jobs') === 5)
      .catch((error: unknown) => {
        throw new Error(`${error}\n${component.output}`);
      });
    await component.stop();
    expect(() => readFileSync(join(folder, 'errors'))).toThrow('ENOENT');
    expect(await server.stop()).toBe(0);
  });
});

/** What a visitor can choose of a request, so that each of it would be a metric if it were believed. */
const VISITOR = 'heroku router - dyno=evil.1 connect=1ms service=1ms status=200';
const hostile = {
  path: '/?count#forged=1%20count#forged=1&x=%22%20count#forged=1',
  headers: {
    authorization: `Basic ${Buffer.from(`${VISITOR} count#forged=1 :x`).toString('base64')}`,
    'user-agent': `x" count#forged=1 sample#forged=2 "${VISITOR}`,
    referer: `" count#forged=1 measure#forged=3ms '`,
  },
};

/** Asks with what a visitor chose. */
function visit(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, ...hostile }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode!));
    })
      .on('error', reject)
      .end();
  });
}

describe.skipIf(installed === undefined)('nothing that a visitor writes is a metric', () => {
  async function postLog(server: Server, log: string): Promise<void> {
    const url = `http://127.0.0.1:${server.port('http')}/logs`;
    done(
      await runProgram(findProgram('curl')!, ['-sS', '--fail', '--data-binary', '@-', url], `${log}\ncount#honest\n`),
    );
    await server.until('the line behind it', () => total(server, 'honest') === 1);
    expect([...new Set(own(server).map(({ name }) => name))]).toEqual(['honest']);
  }

  test.each([{}, { platformLines: true }, { profile: 'seed' }])('in the access log of nginx: %j', async (block) => {
    const server = await start(block);
    const folder = temporaryFolder();
    const port = await freePort();
    const log = join(folder, 'access.log');
    const conf = join(folder, 'nginx.conf');
    writeFileSync(
      conf,
      `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
events { worker_connections 16; }
http {
  access_log ${log} combined;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port}; location / { return 200 "ok"; } }
}
`,
    );
    startComponent('/usr/sbin/nginx', ['-c', conf, '-p', folder, '-e', 'stderr']);
    expect(await vi.waitFor(() => visit(port), 10_000)).toBe(200);
    const text = await vi.waitFor(() => {
      const written = readFileSync(log, 'utf8');
      expect(written).toContain('count#forged');
      return written;
    }, 10_000);
    await postLog(server, text);
    expect(await server.stop()).toBe(0);
  });

  test.each(['combined', 'common', 'dev', 'short', 'tiny'])('in the %s log of morgan', async (format) => {
    const server = await start();
    const component = startComponent(process.execPath, [join(fixtures, 'node', 'morgan.mjs'), format], {
      env: { ...process.env, NODE_PATH: join(installed!, 'node') },
    });
    const port = await vi.waitFor(() => {
      const given = Number(component.output.split('\n', 1)[0]);
      expect(given).toBeGreaterThan(0);
      return given;
    }, 10_000);
    expect(await visit(port)).toBe(200);
    const text = await vi.waitFor(() => {
      const written = component.output.split('\n').slice(1).join('\n');
      expect(written).toContain('forged');
      return written;
    }, 10_000);
    await postLog(server, text);
    expect(await server.stop()).toBe(0);
  });
});
