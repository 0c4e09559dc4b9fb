import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type BodyServerConfig, bodyServerFaults, bodyServerKeys } from '../../../src/kit/http/body-server-config.ts';
import { httpFrontend } from '../../../src/kit/http/frontend.ts';
import { refusal } from '../../../src/kit/http/refusal.ts';
import type { Frontend, FrontendPlugin } from '../../../src/plugin.ts';
import { frontendContract } from '../../contract/frontend.ts';
import { send } from '../../helper/http-client.ts';
import { configure, frontendContext, recordIntake } from '../../helper/intake.ts';

const PASSWORD = 'not-for-the-log';
const AUTHORIZATION = `Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`;

const plugin: FrontendPlugin<BodyServerConfig> = {
  kind: 'frontend',
  name: 'posted',
  config: (kit) =>
    kit.z.strictObject({ port: kit.port().default(0), ...bodyServerKeys(kit) }).superRefine(bodyServerFaults),
  describe: ({ host, port }) => `http://${host}:${port}`,
  create: (config, intake, context) =>
    httpFrontend(config, intake, context, {
      prefix: 'drain',
      routes: {
        '/lines': ({ body, query }) => {
          if (query.has('refuse')) throw refusal(422, `Not "${query.get('refuse')}".`, { 'x-why': 'asked' });
          if (query.has('break')) throw new Error('broken');
          intake.lines(body);
          return query.has('echo')
            ? { status: 200, headers: { 'content-type': 'text/plain' }, body: body.toString().toUpperCase() }
            : undefined;
        },
      },
    }),
};

const parsed = (block: object) => configure(plugin, block);

const auth = { users: [{ user: 'me', password: PASSWORD }] };

frontendContract('a front-end on the kit', {
  plugin,
  config: (address) => ({ port: address === undefined ? 0 : Number(new URL(address).port), auth }),
  send: async (address, body) => {
    await send(`${address}/lines`, body, { headers: { authorization: AUTHORIZATION } });
  },
  secrets: [PASSWORD],
});

describe('a front-end on the kit', () => {
  const running: Frontend[] = [];
  afterEach(() => Promise.all(running.splice(0).map((frontend) => frontend.stop())));

  async function serve(block: object = {}) {
    const intake = recordIntake();
    const context = frontendContext();
    const frontend = plugin.create(parsed(block), intake, context);
    running.push(frontend);
    const [url = ''] = await frontend.start();
    return { url, intake, context };
  }

  it('answers with 204, or with what its route gives', async () => {
    const { url, intake } = await serve();
    expect(await send(`${url}/lines`, gzipSync('a:1|c'), { headers: { 'content-encoding': 'gzip' } })).toMatchObject({
      status: 204,
      text: '',
    });
    expect(await send(`${url}/lines?echo`, 'b:1|c')).toMatchObject({
      status: 200,
      text: 'B:1|C',
    });
    expect(Object.fromEntries(intake.counted)).toEqual({ 'drain.requests': 2, 'drain.bytes': 10 });
  });

  it.each<[title: string, path: string, method: string, status: number, text: string, headers: object]>([
    ['a path that nobody knows', '/nothing', 'POST', 404, 'There is no such path; post to /lines.\n', {}],
    ['another method', '/lines', 'PUT', 405, '/lines takes POST only.\n', { allow: 'POST' }],
    ['a probe', '/healthz', 'GET', 200, 'The process is running.\n', {}],
    ['a probe that is posted to', '/healthz', 'POST', 405, '/healthz takes GET only.\n', { allow: 'GET' }],
    ['a refusal of the route', '/lines?refuse=this', 'POST', 422, 'Not "this".\n', { 'x-why': 'asked' }],
    ['a failure of the route', '/lines?break', 'POST', 500, 'The server failed.\n', {}],
  ])('answers to %s', async (_, path, method, status, text, headers) => {
    const { url, intake, context } = await serve();
    const body = method === 'GET' ? undefined : 'a:1|c';
    expect(await send(url + path, body, { method })).toMatchObject({ status, text, headers });
    expect(intake.pushes()).toBe(0);
    expect(context.logged.filter(({ level }) => level === 'error')).toHaveLength(status === 500 ? 1 : 0);
    expect(Object.fromEntries(intake.counted)).toEqual(
      status < 400 || status === 500 ? {} : { [`drain.refused_requests status:${status}`]: 1 },
    );
  });

  it.each(['POST /lines?refuse=this', 'POST /nothing', 'PUT /lines'])(
    'a client that first sends all of its chunked body gets the answer to %s, not a reset',
    async (start) => {
      const { url } = await serve({ maxBody: '1MiB' });
      const socket = connect(Number(new URL(url).port), '127.0.0.1').pause();
      let answer = '';
      socket.on('error', (error) => {
        answer ||= String(error);
      });
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.write(`${start} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n`);
      const piece = Buffer.alloc(65_536, 'a');
      for (let sent = 0; sent < 128; sent++) {
        socket.write(`${piece.length.toString(16)}\r\n`);
        await new Promise((resolve) => socket.write(piece, resolve));
        socket.write('\r\n');
      }
      socket.write('0\r\n\r\n');
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
      });
      socket.resume();
      await closed;
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    },
  );

  it('is closed to other machines unless it knows who comes', () => {
    expect(() => parsed({ host: '0.0.0.0' })).toThrow(/open to other machines/);
    expect(() => parsed({ maxInFlight: 1000 })).toThrow(/too small for one body/);
  });
});
