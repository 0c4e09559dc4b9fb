import { expect, it } from 'vitest';
import { type Entry, jsonConsole, startServer } from '../helper/process.ts';
import { sendUdp } from '../helper/send.ts';

const many = Array.from({ length: 70 }, (_, tag) => `t${String(tag).padStart(2, '0')}:1`);
const LIMIT = 200;

it('lines that the Datadog Agent takes are taken in its dialect, with tags clipped and counted, and refused in auto', async () => {
  const frontends = [
    { type: 'udp', name: 'agent', port: 0, dialect: 'dogstatsd' },
    { type: 'udp', name: 'auto', port: 0 },
  ];
  const server = await startServer({ flushInterval: '200ms', frontends, backends: [jsonConsole] });
  const clipped = [
    `many:1|c|#${many.join()}`,
    `long:1|c|#${'x'.repeat(LIMIT + 50)},b:1`,
    // The 200th byte is in the middle of a character.
    `cut:1|c|#${'x'.repeat(LIMIT - 1)}é`,
  ];
  const kept = ['tab:1|c|#a\tb', 'gauge:4|g|@0', 'set:x|s|@0', 'late:1|c|T+1700000000', 'within:1|c|#a:1'];
  const lines = [...clipped, ...kept];
  for (let times = 1; times <= 3; times++) {
    await sendUdp(server.port('agent'), ...lines);
    await sendUdp(server.port('auto'), ...clipped, 'tab:1|c|#a\tb');
    const received = (lines.length + clipped.length + 1) * times;
    await server.until('the lines', () => server.total('statsdrain.lines.received') === received);
  }
  expect(await server.stop()).toBe(0);

  expect(server.total('statsdrain.lines.rejected', 'frontend:agent')).toBe(0);
  expect(server.total('statsdrain.lines.aggregated', 'frontend:agent')).toBe(3 * lines.length);
  expect(server.total('statsdrain.tags.clipped', 'frontend:agent')).toBe(3 * clipped.length);
  expect(server.total('statsdrain.lines.rejected', 'frontend:auto')).toBe(3 * (clipped.length + 1));
  const tagsOf = (wanted: string) => server.entries.find(({ name }: Entry) => name === wanted)?.tags;
  expect(tagsOf('many')).toEqual(many.slice(0, 64));
  expect(tagsOf('long')).toEqual(['b:1', 'x'.repeat(LIMIT)]);
  expect(tagsOf('cut')).toEqual(['x'.repeat(LIMIT - 1)]);
  expect(tagsOf('tab')).toEqual(['a\tb']);
  expect([server.total('many'), server.total('long'), server.total('within')]).toEqual([3, 3, 3]);
  const late = server.entries.filter(({ name, timestamp }) => name === 'late' && timestamp === 1_700_000_000);
  expect(late.reduce((sum, { value = 0 }) => sum + value, 0)).toBe(3);
  expect(server.entries.find(({ name }) => name === 'gauge')?.value).toBe(4);
  expect(server.entries.find(({ name }) => name === 'set')?.value).toBe(1);
});
