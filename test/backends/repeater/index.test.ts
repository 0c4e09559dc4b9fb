import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import repeater from '../../../backends/repeater/index.ts';
import { kit } from '../../../src/config/kit.ts';
import type { Backend, BackendContext, Window } from '../../../src/plugin.ts';
import { backendContract } from '../../contract/backend.ts';
import { backendPluginContract } from '../../contract/backend-plugin.ts';
import { sendTo } from '../../helper/sending.ts';
import { recordingContext } from '../../helper/window.ts';

const from = { transport: 'datagram', size: 0 } as const;

/** The contract's gauges as packets, since a repeater does nothing with windows. */
interface WithPackets extends Window {
  readonly packets: readonly Buffer[];
}

function packetsOf(window: Window): readonly Buffer[] {
  const packets: Buffer[] = [];
  for (const series of window.series) {
    if (series.type === 'gauge')
      packets.push(Buffer.from(`${JSON.stringify([series.name.slice(0, 1000), series.value])}`));
  }
  return packets;
}

function harnessOf(protocol: 'udp4' | 'tcp', port: number, gauges: ReadonlyMap<string, number>, close: () => void) {
  return {
    create(context: BackendContext): Backend {
      const config = repeater.config!(kit).parse({ protocol, targets: [{ port }] });
      const backend = repeater.create(config, context);
      return {
        ...backend,
        async send(window, signal) {
          for (const packet of (window as WithPackets).packets) backend.packet?.(packet, from);
          await sendTo(backend, window, signal);
        },
      };
    },
    given: (window: Window): WithPackets => ({ ...window, packets: packetsOf(window) }),
    gauge: async (name: string) => gauges.get(name),
    close: async () => close(),
  };
}

function take(gauges: Map<string, number>, line: string): void {
  if (line === '') return;
  const [name, value] = JSON.parse(line) as [string, number];
  gauges.set(name, value);
}

backendPluginContract('repeater', { plugin: repeater, block: { targets: [{ host: '127.0.0.1', port: 8125 }] } });

backendContract(
  'repeater over UDP',
  async () => {
    const gauges = new Map<string, number>();
    const socket = createSocket('udp4', (datagram) => take(gauges, String(datagram)));
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return harnessOf('udp4', socket.address().port, gauges, () => socket.close());
  },
  { connects: false, stalls: false, holds: false, loses: false },
);

backendContract(
  'repeater over TCP',
  async () => {
    const gauges = new Map<string, number>();
    const { server, port } = await tcpServer((text) => {
      for (const line of text.split('\n')) take(gauges, line);
    });
    return harnessOf('tcp', port, gauges, () => server.close());
  },
  { connects: false, stalls: false, holds: false, loses: false },
);

/** Gives whole lines. */
async function tcpServer(lines: (text: string) => void, port = 0) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    let text = '';
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      text += chunk;
      const end = text.lastIndexOf('\n') + 1;
      lines(text.slice(0, end));
      text = text.slice(end);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const down = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };
  return { server, port: (server.address() as AddressInfo).port, down };
}

const running: Backend[] = [];
afterEach(async () => {
  for (const backend of running.splice(0)) await backend.stop?.();
});

async function start(block: object) {
  const context = recordingContext();
  const backend = repeater.create(repeater.config!(kit).parse(block), context);
  running.push(backend);
  await backend.start?.();
  const count = (name: string) => context.counts.get(`repeater.${name}`) ?? 0;
  return { backend, context, count, packet: (text: string) => backend.packet?.(Buffer.from(text), from) };
}

describe('repeater over TCP', () => {
  it('connects again after a loss, and goes on', async () => {
    let received = '';
    const first = await tcpServer((text) => {
      received += text;
    });
    const { packet, context } = await start({ protocol: 'tcp', targets: [{ port: first.port }] });
    packet('a:1|c');
    await vi.waitFor(() => expect(received).toBe('a:1|c\n'));
    await first.down();
    await vi.waitFor(() => expect(context.logged.length).toBe(1));
    const second = await tcpServer((text) => {
      received += text;
    }, first.port);
    await vi.waitFor(() => {
      packet('b:1|c');
      expect(received).toMatch(/^a:1\|c\n(b:1\|c\n)+$/);
    });
    for (const backend of running.splice(0)) await backend.stop?.();
    second.server.close();
  });

  it('holds no more than 8 MiB for a target that is not there, and counts the rest', async () => {
    const { server, port } = await tcpServer(() => undefined);
    server.close();
    const { packet, count, backend } = await start({ protocol: 'tcp', targets: [{ port }] });
    const text = 'x'.repeat(65_535);
    for (let i = 0; i < 130; i++) packet(text);
    expect(count('dropped')).toBe(2);
    await backend.stop?.();
    expect(count('dropped')).toBe(130);
    expect(count('sent')).toBe(0);
  });
});

describe('repeater over UDP', () => {
  it('counts what is too long for a datagram', async () => {
    const { packet, count, context } = await start({ targets: [{ port: 9 }] });
    packet('x'.repeat(65_508));
    await vi.waitFor(() => expect(count('dropped')).toBe(1));
    expect(context.logged).toEqual([
      { level: 'warn', message: expect.stringMatching(/^cannot repeat to udp4:\/\/127\.0\.0\.1:9: .*EMSGSIZE/) },
    ]);
  });
});

describe('configuration of the repeater', () => {
  it('has defaults for all but the targets', () => {
    expect(repeater.config!(kit).parse({ targets: [{}] })).toEqual({
      targets: [{ host: '127.0.0.1', port: 8125 }],
      protocol: 'udp4',
    });
  });

  it.each([[{}], [{ targets: [] }], [{ targets: [{ port: 0 }] }], [{ targets: [{}], protocol: 'udp' }]])(
    'refuses %j',
    (block) => {
      expect(repeater.config!(kit).safeParse(block).success).toBe(false);
    },
  );

  it('tells where it sends', () => {
    const config = {
      protocol: 'udp6',
      targets: [
        { host: '::1', port: 1 },
        { host: 'h', port: 2 },
      ],
    } as const;
    expect(repeater.describe?.(config)).toBe('udp6://[::1]:1, udp6://h:2 (raw packets)');
  });
});
