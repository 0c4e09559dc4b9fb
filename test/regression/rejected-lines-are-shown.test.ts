import { expect, it } from 'vitest';
import { jsonConsole, startServer } from '../helper/process.ts';
import { sendStream, sendUdp } from '../helper/send.ts';

interface WindowEntry {
  readonly examples?: readonly Record<string, string>[];
}

it('a rejected line is logged once for its reason, with what would be right and who sent it, and travels in the window', async () => {
  const frontends = [
    { type: 'udp', port: 0 },
    { type: 'tcp', port: 0 },
  ];
  const server = await startServer({ flushInterval: '200ms', frontends, backends: [jsonConsole] });
  const rejected = () => server.log.filter(({ msg }) => msg.startsWith('rejected'));
  for (let times = 0; times < 3; times++) {
    await sendUdp(server.port('udp'), 'evil:\u001b[31m|c\ngood:1|c', 'statsdrain.lines.received:9|c');
    const seen = server.windows.length;
    await server.until('the window', () => server.windows.length > seen + 1);
  }
  await sendStream(server.port('tcp'), 'a:1|what\n');
  await server.until('the last one', () => rejected().length === 3);
  expect(await server.stop()).toBe(0);

  expect(rejected().map(({ msg, frontend }) => [frontend, msg])).toEqual([
    ['udp', 'rejected "evil:\\u001b[31m|c": bad_value: the value must be a number, such as 12 or 0.5'],
    [
      'udp',
      'rejected "statsdrain.lines.received:9|c": reserved_name: names that start with "statsdrain." are those of the server itself',
    ],
    ['tcp', 'rejected "a:1|what": unknown_type: the type must be c, m, g, ms, h, d or s'],
  ]);
  expect((rejected()[2] as unknown as { from: string }).from).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(server.total('statsdrain.lines.received', 'frontend:udp')).toBe(9);
  const examples = server.windows.flatMap((entry) => (entry as WindowEntry).examples ?? []);
  expect(examples).toHaveLength(7);
  expect(examples).toContainEqual(
    expect.objectContaining({ frontend: 'tcp', reason: 'unknown_type', line: 'a:1|what' }),
  );
});

it('losses are there at 0 before the first of them', async () => {
  const server = await startServer({
    flushInterval: '200ms',
    frontends: [{ type: 'udp', port: 0 }],
    backends: [jsonConsole, { type: 'prometheus', port: 0 }],
  });
  await server.until('a window', () => server.windows.length > 1);
  let page = '';
  while (!page.includes('statsdrain_lines_received_total')) {
    page = await (await fetch(`http://127.0.0.1:${server.port('prometheus')}/metrics`)).text();
  }
  expect(page).toContain('statsdrain_lines_rejected_total{frontend="udp",reason="bad_value"} 0\n');
  expect(page).toContain('statsdrain_lines_dropped_total{frontend="udp",reason="overload"} 0\n');
  expect(page).toContain('statsdrain_backend_lost_windows_total{backend="prometheus",reason="queue_full"} 0\n');
  expect(page).toContain(
    '# HELP statsdrain_lines_dropped_total of these, good ones for which there was no room (data loss)\n',
  );
  expect(page).toMatch(/^statsdrain_flush_duration_seconds 0\.\d+$/m);
  expect(page).toMatch(/^statsdrain_build_info\{node="v[\d.]+",version="\d+\.\d+\.\d+"\} 1$/m);
  expect(await server.stop()).toBe(0);
});
