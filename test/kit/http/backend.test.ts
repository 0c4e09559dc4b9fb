import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type HttpBackendOptions, httpBackend } from '../../../src/kit/http/backend.ts';
import type { Endpoint, Item } from '../../../src/kit/http/endpoint.ts';
import type { Backend, BackendContext, Window } from '../../../src/plugin.ts';
import { type BackendHarness, backendContract } from '../../contract/backend.ts';
import { payloadsOf, sendTo } from '../../helper/sending.ts';
import { makeWindow, type RecordingContext, recordingContext } from '../../helper/window.ts';

const TOKEN = 'k3yk3yk3y';
const ENDPOINT: Endpoint = {
  lane: 'lines',
  path: '/write',
  contentType: 'application/x-ndjson',
  separator: '\n',
  compressed: false,
  maxBytes: 1_000_000,
  maxRawBytes: 1_000_000,
  maxPoints: 1000,
};

interface Answer {
  readonly status: number;
  readonly body?: string;
}

/** Takes lines of JSON `[name, value]`. */
async function lineServer() {
  const values = new Map<string, number>();
  const sockets = new Set<Socket>();
  let stalled = false;
  let failing = false;
  let answer: (names: readonly string[]) => Answer = () => ({ status: 204 });
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      if (stalled) return;
      const lines = body.split('\n').map((line): [string, number] => JSON.parse(line));
      const { status, body: said } = failing ? { status: 503 } : answer(lines.map(([name]) => name));
      if (status < 300) for (const [name, value] of lines) values.set(name, value);
      response.writeHead(status).end(said);
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const down = async () => {
    for (const socket of sockets) socket.resetAndDestroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    values,
    answer: (give: typeof answer) => {
      answer = give;
    },
    stall: () => {
      stalled = true;
    },
    failing: (on: boolean) => {
      failing = on;
    },
    down,
    up: () => listen(port),
  };
}

function* gauges({ series }: Window): Generator<Item | undefined> {
  for (const one of series) {
    const sent = one.type === 'gauge' && Number.isFinite(one.value);
    yield sent ? { name: one.name, body: JSON.stringify([one.name, one.value]), points: 1 } : undefined;
  }
}

function create(url: string, context: BackendContext, options: Partial<HttpBackendOptions> = {}): Backend {
  return httpBackend({ url, ...options }, context, [ENDPOINT], (window) => [
    { endpoint: ENDPOINT, items: gauges(window) },
  ]);
}

const open = async (): Promise<BackendHarness> => {
  const server = await lineServer();
  return {
    create: (context) => create(server.url, context),
    gauge: async (name) => server.values.get(name),
    server,
    stall: { begin: server.stall, series: 1 },
    close: server.down,
  };
};

backendContract('a back-end on the HTTP client of the kit', open, { loses: false, holds: false });

describe('a back-end on the HTTP client of the kit', () => {
  let server: Awaited<ReturnType<typeof lineServer>>;
  let context: RecordingContext;
  let backend: Backend | undefined;

  beforeEach(async () => {
    server = await lineServer();
    context = recordingContext();
  });

  afterEach(async () => {
    await backend?.stop?.();
    await server.down();
  });

  const send = (count: number, options: Partial<HttpBackendOptions> = {}) => {
    backend = create(server.url, context, options);
    const series = Array.from({ length: count }, (_, i) => ({ type: 'gauge' as const, name: `g.${i}`, value: i }));
    return sendTo(backend, makeWindow({ series }), AbortSignal.timeout(20_000), context);
  };

  it('counts what it is given to count with', async () => {
    server.answer((names) => ({ status: names.includes('g.3') ? 400 : 200, body: 'careful' }));
    const counted: unknown[] = [];
    await send(4, {
      complaintsIn: (answer) => [answer, answer],
      tally: {
        request: (_, bytes) => counted.push(bytes),
        division: () => counted.push('division'),
        complaints: (errors) => counted.push(errors),
      },
    });
    // [g.0 … g.3], then [g.0 g.1], [g.2] and [g.3].
    expect(counted.filter((one) => one === 'division')).toHaveLength(1);
    expect(counted.slice(0, 2)).toEqual([4 * '["g.0",0]'.length + 3, 'division']);
    expect(counted.filter((one) => one === 2)).toHaveLength(2);
    expect(context.losses).toEqual(new Map([['rejected', 1]]));
    expect([...server.values.keys()].sort()).toEqual(['g.0', 'g.1', 'g.2']);
  });

  it('counts with nothing where it is given nothing', async () => {
    server.answer((names) => ({ status: names.includes('g.1') ? 413 : 204 }));
    await send(2);
    expect(context.counts).toEqual(new Map());
    expect(context.losses).toEqual(new Map([['too_large', 1]]));
  });

  it('logs losses and complaints without secrets', async () => {
    server.answer((names) => ({ status: names.includes('g.0') ? 400 : 200, body: `not for ${TOKEN}` }));
    await send(2, { secrets: [TOKEN], complaintsIn: (answer) => [answer] });
    expect(context.logged.map(({ message }) => message).sort()).toEqual([
      `1 lost, the first is "g.0": POST ${server.url}/write: 400 "not for ***"`,
      `POST ${server.url}/write: 200, taken but with errors: ["not for ***"]`,
    ]);
  });

  it('gives up what is over a limit of its endpoint, and says so', async () => {
    const endpoint = { ...ENDPOINT, maxPoints: 2 };
    backend = httpBackend({ url: server.url }, context, [endpoint], () => [
      {
        endpoint,
        items: [
          { name: 'heavy', body: '["heavy",1]', points: 3 },
          { name: 'light', body: '["light",1]', points: 1 },
        ],
      },
    ]);
    await sendTo(backend, makeWindow(), AbortSignal.timeout(20_000), context);
    expect(context.losses).toEqual(new Map([['too_large', 1]]));
    expect(context.logged[0]?.message).toBe('1 lost, the first is "heavy": over 1000000 bytes or 2 points');
    expect([...server.values.keys()]).toEqual(['light']);
  });

  it('waits as long as it may where its server takes nothing from it, and loses nothing', async () => {
    server.answer(() => ({ status: 401 }));
    const judge = (status: number) => (status === 401 ? ('refused_everywhere' as const) : undefined);
    await expect(send(3, { judge })).rejects.toMatchObject({
      retryAfterMs: Number.POSITIVE_INFINITY,
      message: `POST ${server.url}/write: 401`,
    });
    expect(context.losses).toEqual(new Map());
  });

  it('encodes a window once, for all of its destinations, each with lanes of its own', async () => {
    const other = await lineServer();
    onTestFinished(other.down);
    const made = httpBackend(
      { url: server.url, copies: [{ name: 'eu', url: other.url }] },
      context,
      [ENDPOINT],
      (window) => [{ endpoint: ENDPOINT, items: gauges(window) }],
    );
    backend = made;
    expect(made.lanes).toEqual(['lines', 'eu/lines']);
    const window = makeWindow({ series: [{ type: 'gauge', name: 'g', value: 7 }] });
    const payloads = await payloadsOf(made.encode(window));
    expect(payloads).toMatchObject([{ lanes: ['lines', 'eu/lines'], names: ['g'], createdMs: window.endMs }]);
    await other.down();
    await made.deliver(payloads[0]!, 'lines', AbortSignal.timeout(20_000));
    await expect(made.deliver(payloads[0]!, 'eu/lines', AbortSignal.timeout(20_000))).rejects.toThrow(other.url);
    expect(server.values).toEqual(new Map([['g', 7]]));
    await expect(made.deliver(payloads[0]!, 'us/lines', AbortSignal.timeout(20_000))).rejects.toMatchObject({
      permanent: true,
      reason: 'no_lane',
    });
  });
});
