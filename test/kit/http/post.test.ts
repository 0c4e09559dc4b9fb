import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Post, type Poster, type PostOptions, poster, type Request } from '../../../src/kit/http/post.ts';
import { certificateFor } from '../../helper/certificate.ts';
import { type TestProxy, testProxy } from '../../helper/http-proxy.ts';
import { temporaryFolder } from '../../helper/process.ts';

const TOKEN = 'k3yk3yk3y';
const request: Request = { path: '/write', contentType: 'text/plain', body: Buffer.from('a=1\n') };

let server: Server | TlsServer | undefined;
const opened: Poster[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(opened.splice(0).map((one) => one.close()));
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function post(options: PostOptions): Post {
  const made = poster(options);
  opened.push(made);
  return made.post;
}

const inTime = () => AbortSignal.timeout(20_000);

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function answered({ status, body, headers }: Answer, options: Omit<PostOptions, 'url'> = {}) {
  const url = await serve((_, response) => response.writeHead(status, headers).end(body));
  const outcome = await post({ url, ...options })(request, inTime());
  return { outcome, url: `${url}/write` };
}

describe('what a status means', () => {
  it.each([200, 202, 204])('%d: accepted', async (status) => {
    const { outcome, url } = await answered({ status });
    expect(outcome).toMatchObject({ kind: 'accepted', text: `POST ${url}: ${status}`, complaints: [] });
  });

  it.each([400, 413])('%d: rejected', async (status) => {
    const { outcome, url } = await answered({ status });
    expect(outcome).toMatchObject({ kind: 'rejected', text: `POST ${url}: ${status}`, tooLarge: status === 413 });
  });

  it.each([429, 503])('%d: try again', async (status) => {
    const { outcome, url } = await answered({ status });
    expect(outcome).toMatchObject({ kind: 'retry', text: `POST ${url}: ${status}` });
  });

  it.each([401, 404])('%d: refused', async (status) => {
    const { outcome, url } = await answered({ status });
    expect(outcome).toMatchObject({ kind: 'refused', text: `POST ${url}: ${status}`, everywhere: false });
  });

  it.each([301, 302, 307, 308])('%d: refused, and not followed', async (status) => {
    let visits = 0;
    const url = await serve((_, response) => {
      visits++;
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    const outcome = await post({ url })(request, inTime());
    expect(outcome).toMatchObject({
      kind: 'refused',
      text: `POST ${url}/write: ${status}, redirects are not followed`,
      everywhere: false,
    });
    expect(visits).toBe(1);
  });

  it('a redirect to another host is told, without what may be a signature', async () => {
    const location = 'https://other.example/in/key?X-Signature=abc';
    const url = await serve((_, response) => response.writeHead(307, { location }).end());
    const outcome = await post({ url, secrets: ['key'] })(request, inTime());
    const text = `POST ${url}/write: 307, redirects are not followed (to https://other.example/in/***)`;
    expect(outcome).toMatchObject({ kind: 'refused', text, everywhere: false });
  });

  it('is what the back-end says, who sees the answer too', async () => {
    const judge: PostOptions['judge'] = (status, answer) => {
      if (status === 401) return 'refused_everywhere';
      return status === 400 && answer.includes('partial write') ? 'accepted' : undefined;
    };
    const judged = async (answer: Answer) => (await answered(answer, { judge })).outcome;
    expect(await judged({ status: 401 })).toMatchObject({ kind: 'refused', everywhere: true });
    expect(await judged({ status: 400, body: 'partial write' })).toMatchObject({ kind: 'accepted', complaints: [] });
    expect(await judged({ status: 400, body: 'no' })).toMatchObject({ kind: 'rejected' });
    expect(await judged({ status: 404 })).toMatchObject({ kind: 'refused', everywhere: false });
  });
});

it('sends what the back-end gives', async () => {
  const seen: unknown[] = [];
  const url = await serve((incoming, response) => {
    const { method, url: path, headers } = incoming;
    incoming.on('data', (chunk) => seen.push(String(chunk)));
    incoming.on('end', () => response.writeHead(204).end());
    const { authorization, 'content-type': type, 'content-encoding': encoding, 'user-agent': agent } = headers;
    seen.push({ method, path, authorization, type, encoding, agent, length: headers['content-length'] });
  });
  const send = post({ url: `${url}/base/`, headers: { Authorization: `Bearer ${TOKEN}` } });
  await send({ ...request, path: '/write?db=größe', contentEncoding: 'gzip' }, inTime());
  expect(seen).toEqual([
    {
      method: 'POST',
      path: '/base/write?db=gr%C3%B6%C3%9Fe',
      authorization: `Bearer ${TOKEN}`,
      type: 'text/plain',
      encoding: 'gzip',
      agent: expect.stringMatching(/^statsdrain\/\d+\.\d+\.\d+$/),
      length: '4',
    },
    'a=1\n',
  ]);
});

describe('secrets', () => {
  it('are in no text', async () => {
    const body = `{"error":\n"no such token: ${TOKEN}"}`;
    const { outcome, url } = await answered({ status: 403, body }, { secrets: [TOKEN] });
    expect(outcome).toMatchObject({ text: `POST ${url}: 403 "{"error": "no such token: ***"}"` });
  });

  it('are in no text when they are in the path', async () => {
    const url = await serve((_, response) => response.writeHead(503).end());
    const outcome = await post({ url, secrets: [TOKEN] })({ ...request, path: `/write?p=${TOKEN}` }, inTime());
    expect(outcome).toMatchObject({ kind: 'retry', text: `POST ${url}/write?p=***: 503` });
  });

  it('are in no complaint, however they are written', async () => {
    const body = '{"errors":["\\u006b3yk3yk3y is old"]}';
    const complaintsIn = (answer: string) => JSON.parse(answer).errors;
    const { outcome } = await answered({ status: 200, body }, { secrets: [TOKEN], complaintsIn });
    expect(outcome).toMatchObject({ kind: 'accepted', complaints: ['*** is old'] });
  });
});

describe('what can never be sent is refused at once', () => {
  it.each<[string, PostOptions, string]>([
    [
      'a header',
      { url: 'http://127.0.0.1:1', headers: { 'X-Key': 'se\ncret' } },
      'the value of the header "X-Key" has characters that no header can carry',
    ],
    [
      'a URL',
      { url: 'ftp://127.0.0.1' },
      'the URL of the server must be an http or https URL without user, query and fragment, such as "http://127.0.0.1:8080"',
    ],
    [
      'a proxy',
      { url: 'http://127.0.0.1:1', proxy: 'socks5://user:word@127.0.0.1:1' },
      '"proxy" is not the URL of an HTTP proxy; write "http://host:port" or "https://host:port", or set "proxy" of this back-end to false',
    ],
  ])('%s', (_, options, message) => {
    expect(() => poster(options)).toThrow(new Error(message));
  });
});

describe('what the server says', () => {
  it('is read up to 64 KiB', async () => {
    let written: number | undefined;
    const url = await serve((_, response) => {
      const { socket } = response;
      response.writeHead(500);
      response.on('close', () => {
        written = socket?.bytesWritten;
      });
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    });
    const outcome = await post({ url })(request, inTime());
    expect(outcome).toMatchObject({ kind: 'retry', text: expect.stringMatching(/: 500 "x{200}"$/) });
    // More than 64 KiB are under way when it stops reading, but not what buffers cannot hold.
    await vi.waitFor(() => expect(written).toBeLessThan(30_000_000));
  });

  it('does not matter when it breaks off', async () => {
    const url = await serve((_, response) => {
      response.writeHead(202, { 'content-length': '100' }).write('{"err');
      response.socket?.end();
    });
    const outcome = await post({ url })(request, inTime());
    expect(outcome).toMatchObject({ kind: 'accepted', complaints: [] });
  });
});

it('an answer that does not end is cut off at the deadline, and its status counts', async () => {
  const controller = new AbortController();
  const url = await serve((_, response) => {
    response.writeHead(202).write('so far');
  });
  const posted = post({ url })(request, controller.signal);
  const headers = () => setImmediate(() => controller.abort());
  subscribe('undici:request:headers', headers);
  const outcome = await posted;
  unsubscribe('undici:request:headers', headers);
  expect(outcome).toMatchObject({ kind: 'accepted' });
});

describe('network errors', () => {
  it('nobody listens', async () => {
    const url = await serve(() => {});
    await new Promise((resolve) => server?.close(resolve));
    const outcome = await post({ url })(request, inTime());
    expect(outcome).toMatchObject({ kind: 'retry', text: `POST ${url}/write: ECONNREFUSED` });
  });

  it('the connection breaks', async () => {
    const url = await serve((incoming) => incoming.socket.resetAndDestroy());
    const outcome = await post({ url })(request, inTime());
    expect(outcome).toMatchObject({
      kind: 'retry',
      text: expect.stringMatching(/: (ECONNRESET|the connection was closed before an answer came)$/),
    });
  });

  it('what answers is no HTTP server', async () => {
    const other = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const outcome = await post({ url })(request, inTime());
    other.close();
    const text = `POST ${url}/write: what answers speaks no HTTP`;
    expect(outcome).toEqual({ kind: 'retry', maybeTaken: true, text });
  });

  it('the signal aborts', async () => {
    const controller = new AbortController();
    const url = await serve(() => controller.abort());
    const outcome = await post({ url })(request, controller.signal);
    expect(outcome).toMatchObject({
      kind: 'retry',
      maybeTaken: true,
      text: `POST ${url}/write: cut off before an answer came`,
    });
  });
});

describe('through a proxy', () => {
  let proxy: TestProxy;

  beforeEach(async () => {
    proxy = await testProxy({ credentials: 'bob:word' });
  });

  afterEach(() => proxy.close());

  const withUser = (credentials: string) => proxy.url.replace('//', `//${credentials}@`);
  const say = (scheme: string, url: string) => `POST ${scheme}://${url}/write through the proxy ${proxy.url}`;

  it.each(['http', 'https'])('that takes no one without a user, over %s', async (scheme) => {
    const outcome = await post({ url: `${scheme}://localhost:1`, proxy: proxy.url })(request, inTime());
    const reason = '407, the proxy wants a user and a password; write "http://user:password@host:port"';
    expect(outcome).toMatchObject({ kind: 'retry', text: `${say(scheme, 'localhost:1')}: ${reason}` });
  });

  it.each(['http', 'https'])('that does not take the password, over %s', async (scheme) => {
    const outcome = await post({ url: `${scheme}://localhost:1`, proxy: withUser('bob:w0rd') })(request, inTime());
    const reason = '407, the proxy does not take this user and password';
    expect(outcome).toMatchObject({ kind: 'retry', text: `${say(scheme, 'localhost:1')}: ${reason}` });
  });

  it('whose answer quotes user and password', async () => {
    const credentials = Buffer.from('bob:word').toString('base64');
    proxy.mood = { status: 403, body: `bob:word may not (${credentials})` };
    const outcome = await post({ url: 'http://localhost:1', proxy: withUser('bob:word') })(request, inTime());
    expect(outcome).toMatchObject({
      kind: 'refused',
      text: `${say('http', 'localhost:1')}: 403 "***:*** may not (***)"`,
      everywhere: false,
    });
  });

  it.each([403, 502, 504])('that answers %d to CONNECT: try again', async (status) => {
    proxy.mood = { status };
    const outcome = await post({ url: 'https://localhost:1', proxy: withUser('bob:word') })(request, inTime());
    const reason = `the proxy answered ${status} to CONNECT`;
    expect(outcome).toMatchObject({ kind: 'retry', text: `${say('https', 'localhost:1')}: ${reason}` });
  });

  it.each(['http', 'https'])('that is down, over %s', async (scheme) => {
    await proxy.close();
    const outcome = await post({ url: `${scheme}://localhost:1`, proxy: withUser('bob:word') })(request, inTime());
    expect(outcome).toMatchObject({ kind: 'retry', text: `${say(scheme, 'localhost:1')}: ECONNREFUSED` });
  });

  it.each(['http', 'https'])('that accepts and hangs until the deadline, over %s', async (scheme) => {
    proxy.mood = 'hang';
    const controller = new AbortController();
    const posted = post({ url: `${scheme}://localhost:1`, proxy: withUser('bob:word') })(request, controller.signal);
    await vi.waitFor(() => expect(proxy.requests).toHaveLength(1));
    controller.abort();
    const reason = 'cut off before an answer came';
    // Nothing was sent into a tunnel that was never there.
    const taken = scheme === 'http' ? { maybeTaken: true } : {};
    expect(await posted).toMatchObject({ kind: 'retry', ...taken, text: `${say(scheme, 'localhost:1')}: ${reason}` });
  });

  it('that closes its connections before there is a tunnel can have let nothing through', async () => {
    proxy.mood = 'close';
    const outcome = await post({ url: 'https://localhost:1', proxy: withUser('bob:word') })(request, inTime());
    expect(outcome).toMatchObject({ kind: 'retry', text: `${say('https', 'localhost:1')}: ECONNRESET` });
  });

  it.each<[string, string, string]>([
    ['resets it', '', 'ECONNRESET'],
    ['speaks no TLS', 'hello, I speak no TLS\r\n', 'what answers speaks no TLS; is the URL one of "http://"?'],
  ])('whose tunnel leads to somebody who %s before TLS can have let nothing through', async (_, greeting, reason) => {
    const end = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      if (greeting === '') socket.once('data', () => socket.resetAndDestroy());
      else socket.end(greeting);
    });
    await new Promise<void>((resolve) => end.listen(0, '127.0.0.1', resolve));
    const { port } = end.address() as AddressInfo;
    const outcome = await post({ url: `https://localhost:${port}`, proxy: withUser('bob:word') })(request, inTime());
    end.close();
    expect(outcome).toMatchObject({ kind: 'retry', text: `${say('https', `localhost:${port}`)}: ${reason}` });
  });

  it('407 of an https server is not its fault', async () => {
    const certificate = certificateFor('localhost');
    server = createTlsServer(certificate, (_, response) => response.writeHead(407).end());
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const tls = { ca: join(temporaryFolder(), 'ca.pem') };
    writeFileSync(tls.ca, certificate.cert);
    const outcome = await post({ url, proxy: withUser('bob:word'), tls })(request, inTime());
    expect(outcome).toMatchObject({
      kind: 'refused',
      text: `POST ${url}/write through the proxy ${proxy.url}: 407`,
      everywhere: false,
    });
  });

  it('of the environment', async () => {
    vi.stubEnv('http_proxy', withUser('bob:word'));
    proxy.mood = { status: 204 };
    expect(await post({ url: 'http://intake.invalid' })(request, inTime())).toMatchObject({ kind: 'accepted' });
    expect(proxy.requests).toMatchObject([{ target: 'http://intake.invalid/write' }]);
  });

  it('of the environment is not asked for a server of this machine', async () => {
    vi.stubEnv('http_proxy', withUser('bob:word'));
    expect((await answered({ status: 204 })).outcome).toMatchObject({ kind: 'accepted' });
    expect(proxy.requests).toEqual([]);
  });
});

it('407 of a server that is no proxy is a refusal like others', async () => {
  expect((await answered({ status: 407 })).outcome).toMatchObject({ kind: 'refused' });
});

it('comes back when the server asks for it', async () => {
  const asked = { status: 429, headers: { 'x-pause': '7' } };
  expect((await answered(asked, { retryHeaders: ['x-pause'] })).outcome).toMatchObject({ retryAfterMs: 7000 });
  expect((await answered(asked)).outcome).not.toHaveProperty('retryAfterMs');
  const usual = { status: 503, headers: { 'retry-after': '3' } };
  expect((await answered(usual)).outcome).toMatchObject({ kind: 'retry', retryAfterMs: 3000 });
});

describe('credentials', () => {
  it('are asked for with each request; what is refused is sent once more with new ones, and none is in a text', async () => {
    const keys: (string | undefined)[] = [];
    const url = await serve((incoming, response) => {
      const key = incoming.headers.authorization;
      keys.push(key);
      response.writeHead(key === 'new-key' ? 204 : 401).end(`not ${key}`);
    });
    let key = 'old-key';
    let renewed = 0;
    const credentials = {
      headers: () => ({ Authorization: key }),
      secrets: () => SECRETS.get(key)!,
      renew: () => {
        renewed++;
        if (renewed === 2) key = 'new-key';
        return renewed === 2;
      },
    };
    const judge = (status: number) => (status === 401 ? ('refused_everywhere' as const) : undefined);
    const send = post({ url, credentials, judge });
    expect(await send(request, inTime())).toMatchObject({
      kind: 'refused',
      status: 401,
      text: expect.not.stringContaining('old-key'),
    });
    expect(await send(request, inTime())).toMatchObject({ kind: 'accepted', status: 204 });
    expect(keys).toEqual(['old-key', 'old-key', 'new-key']);
  });

  it('one request has headers of its own, and those of the answer are told that are looked at', async () => {
    const asked: unknown[] = [];
    const url = await serve(({ headers }, response) => {
      asked.push([headers['x-own'], headers['x-all']]);
      response.writeHead(204, { 'X-Written': '7', 'X-Other': '8' }).end();
    });
    const send = post({ url, headers: { 'X-All': 'a' }, readHeaders: ['x-written', 'x-absent'] });
    const outcome = await send({ ...request, headers: { 'X-Own': 'o' } }, inTime());
    expect(outcome.headers).toEqual(new Map([['x-written', '7']]));
    await send(request, inTime());
    expect(asked).toEqual([
      ['o', 'a'],
      [undefined, 'a'],
    ]);
    expect(await post({ url })(request, inTime())).not.toHaveProperty('headers');
  });

  it('the clock of the server is told', async () => {
    const url = await serve((_, response) => {
      response.writeHead(204, { date: new Date(Date.now() + 3_600_000).toUTCString() }).end();
    });
    const { clockMs = 0 } = await post({ url })(request, inTime());
    expect(Math.abs(clockMs - 3_600_000)).toBeLessThan(60_000);
  });
});

const SECRETS = new Map([
  ['old-key', ['old-key']],
  ['new-key', ['new-key', 'old-key']],
]);
