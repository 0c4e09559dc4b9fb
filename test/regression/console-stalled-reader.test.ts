import { expect, test, vi } from 'vitest';
import { type Entry, type Server, startServer } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

// When the reader of the process stalled, the attempt was ended by its deadline and the window printed again from its start.

/** More than the pipe and the test hold while nobody reads. */
const GAUGES = 4000;
const names = Array.from({ length: GAUGES }, (_, i) => `a.gauge.with.a.name.of.some.length.${i}`);

test('a reader of JSON that stalls is given every line once, and no line is torn', async () => {
  const server = await start({ format: 'json' });
  const gauges = () => server.entries.filter(({ name }) => name?.startsWith('a.gauge')).length;
  await server.until('the gauges', () => gauges() >= GAUGES);
  await stall(server);
  const before = server.windows.length;
  await server.until('the windows that waited', () => server.windows.length >= before + 4);
  expect(await server.stop()).toBe(0);

  expect(server.stdout).toBe('');
  const lines = server.entries.map(({ window, type, name, tags }) => JSON.stringify([window, type, name, tags]));
  expect(new Set(lines).size).toBe(lines.length);
  expect(gauges()).toBeGreaterThanOrEqual(5 * GAUGES);
  let entries: Entry[] = [];
  for (const [index, entry] of server.entries.entries()) {
    entries.push(entry);
    if (entry.type !== 'window') continue;
    expect(new Set(entries.map(({ id }) => id)).size, `window ${index}`).toBe(1);
    expect(entry.series).toBe(entries.length - 1);
    entries = [];
  }
  expect(entries).toEqual([]);
  expect(new Set(server.windows.map(({ id }) => id)).size).toBe(server.windows.length);
});

test.each([
  { format: 'text', maxSeries: GAUGES, head: /^\d{4}-\d\d-\d\d .* UTC \(/, row: /^a\.gauge/ },
  { format: 'statsd', head: /^Flushing stats at {2}/, row: /^ {4}'a\.gauge/ },
])('a reader of the format "$format" that stalls is given every window once', async ({ head, row, ...block }) => {
  const server = await start(block);
  const count = (pattern: RegExp) => server.stdout.split('\n').filter((line) => pattern.test(line)).length;
  await server.until('the gauges', () => count(row) >= GAUGES);
  await stall(server);
  const before = count(head);
  await server.until('the windows that waited', () => count(head) >= before + 4);
  expect(await server.stop()).toBe(0);

  const heads = server.stdout.split('\n').filter((line) => head.test(line));
  // The last one, of the stop, may end in the same second as the one before it.
  const whole = heads.slice(0, -1);
  expect(new Set(whole).size).toBe(whole.length);
  // The first may have been printed before the gauges came.
  const rows = count(row);
  expect(rows % GAUGES).toBe(0);
  expect(rows / GAUGES).toBeLessThanOrEqual(heads.length);
  expect(rows / GAUGES).toBeGreaterThanOrEqual(5);
});

async function start(block: object): Promise<Server> {
  const server = await startServer({
    flushInterval: '1s',
    retry: { min: '20ms', max: '50ms', timeout: '100ms' },
    statsd: {},
    frontends: [{ type: 'tcp', port: 0 }],
    backends: [
      { type: 'console', ...block },
      { type: 'prometheus', port: 0 },
    ],
  });
  await sendStream(server.port('tcp'), names.map((name) => `${name}:1|g\n`).join(''));
  return server;
}

/** Reads nothing until several attempts at printing a window were ended. */
async function stall(server: Server): Promise<void> {
  server.stall();
  const retries = async () => {
    const response = await fetch(`http://127.0.0.1:${server.port('prometheus')}/metrics`);
    const value = /^statsdrain_backend_retries_total\{.*backend="console".*\} (\d+)$/m.exec(await response.text())?.[1];
    return Number(value ?? 0);
  };
  await vi.waitFor(async () => expect(await retries()).toBeGreaterThanOrEqual(5), { timeout: 20_000, interval: 200 });
  server.resume();
}
