import { expect, test } from 'vitest';
import { batch } from './batch.ts';
import { configurations } from './configurations.ts';
import { startMapped, startNative, startOriginal } from './daemons.ts';
import { fewest } from './fewest.ts';
import { linesIn, textOf } from './lines.ts';
import { randomFrom } from './random.ts';
import { describeFound, runAll } from './report.ts';
import { emptyTally, type Run, runConfiguration } from './suite.ts';

const batchSize = { udp: 200, tcp: 60, stream: 200 };
const seed = 20_261_126;

test('statsdrain sends Graphite what the original sends', async () => {
  const chosen = configurations.filter(({ short }) => short);
  const runs = chosen.map((configuration, index): Run => {
    // Alternately with its own configuration and with the original's file.
    const ours = index % 2 === 0 ? startNative : startMapped;
    return { configuration, ours, packets: 460, seed: seed + index, flushMs: 500, batchSize };
  });
  const tally = await runAll(runs, runs.length);
  const [first] = tally.found;
  const run = runs.find(({ configuration }) => configuration === first?.configuration);
  expect(first && run && (await describeFound(first, run, startOriginal))).toBeUndefined();
  expect(tally.packets).toBe(chosen.length * 460);
}, 180_000);

test('the suite finds a difference in a single value', async () => {
  const [configuration] = configurations;
  const tally = emptyTally();
  const ours: Run['ours'] = (settings) => startOriginal({ ...settings, percentThreshold: [89] });
  await runConfiguration(
    {
      configuration: configuration!,
      ours,
      packets: 20,
      seed,
      flushMs: 500,
      batchSize: { udp: 20, tcp: 20, stream: 20 },
    },
    tally,
  );
  const names = tally.found[0]?.differences.map(({ name }) => name) ?? [];
  expect(names.length).toBeGreaterThan(0);
  expect(names.every((name) => /^stats\.timers\..*_(?:89|90)(?:;|$)/.test(name))).toBe(true);
});

test('the packets that make a difference are found', async () => {
  const packets = Array.from({ length: 40 }, (_, index) => Buffer.from(`p${index}`));
  const few = await fewest(packets, async (some) => some.includes(packets[31]!));
  expect(few?.map(String)).toEqual(['p31']);
  expect(await fewest(packets, async () => false)).toBeUndefined();
});

test.each(['udp', 'tcp', 'stream'] as const)(
  'a seed gives the same packets for %s, good and bad lines of each type',
  (transport) => {
    const packets = batch(600, transport, false, randomFrom(seed));
    expect(batch(600, transport, false, randomFrom(seed))).toEqual(packets);
    const lines = packets.flatMap((packet) => linesIn(textOf(packet, transport), 'udp'));
    for (const form of [
      /:[\d.]+\|c$/,
      /:[+-]\d+\|g/,
      /:\d+\|ms\|@0/,
      /:\w+\|s/,
      /\|#t:v/,
      /\r$/,
      /^[^:]+$/,
      /\|@-1/,
      /:.*:.*:/,
      /\s\S*:/,
    ]) {
      expect(lines.filter((line) => form.test(line)).length, String(form)).toBeGreaterThan(1);
    }
  },
);
