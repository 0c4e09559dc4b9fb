import { once } from 'node:events';
import { describe, expect, it, test } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import { createWindowQueue } from '../../src/dispatch/queue.ts';
import { jsonConsole, startServer } from '../helper/process.ts';
import { costOf } from '../helper/resident.ts';
import { open } from '../helper/send.ts';
import { contents, openMerger, openShard } from '../helper/shard.ts';

const MIB = 1024 * 1024;
const long = Array.from({ length: 38 }, (_, tag) => `${tag}:`.padEnd(199, 't')).join();

/** A line of 7.7 kB whose key is no other's. */
function lineOf(name: string): string {
  return `${name}:1|g|#of:${name},${long}\n`;
}

describe.skipIf(process.platform !== 'linux')('memory of the process, seen from outside (Linux)', () => {
  test('20,000 names with 7.7 kB of tags cost no more than "limits.keyBytes" allows', async () => {
    const server = await startServer({
      flushInterval: '500ms',
      limits: { keyBytes: '12MiB' },
      frontends: [{ type: 'tcp', port: 0 }],
      backends: [jsonConsole],
    });
    await server.until('its third window', () => server.windows.length >= 3);
    const socket = await open(server.port('tcp'));
    const cost = await costOf(server, async () => {
      for (let key = 0; key < 20_000; key++) {
        if (!socket.write(lineOf(`burst.${key}`))) await once(socket, 'drain');
      }
      socket.end('end:1|c\n');
      await server.until('the line after them', () => server.total('statsdrain.lines.received') === 20_001);
    });
    expect(cost / MIB).toBeLessThan(128);
    const told = server.log.find(({ msg }) => msg.includes('limits.keyBytes'));
    expect(told?.msg).toContain('"limits.keyBytes" (12 MiB) is reached: ');
    expect(told?.msg).toContain('the most bytes are of "burst.*" (');
    const most = (name: string) => {
      const values = server.entries.filter((entry) => entry.name === name).map(({ value = 0 }) => value);
      return Math.max(...values);
    };
    expect(most('statsdrain.keys.bytes')).toBeGreaterThan(1 * MIB);
    expect(most('statsdrain.keys.bytes')).toBeLessThanOrEqual(4 * MIB);
    expect(most('statsdrain.series.bytes')).toBeLessThanOrEqual(8 * MIB);
    expect(server.total('statsdrain.lines.aggregated')).toBe(20_001);
    expect(await server.stop()).toBe(0);
  }, 60_000);
});

/** One window after the other, with room for 24 MiB of keys. */
function openWindows() {
  const limits = { ...defaultSettings.limits, keyBytes: 24 * MIB };
  const { shard, intake } = openShard(limits);
  const merger = openMerger({ limits, percentiles: [], expire: { ...defaultSettings.expire, gauge: 0 } });
  let endMs = 0;
  return (lines: string) => {
    intake.lines(Buffer.from(lines));
    endMs += 1000;
    const partial = shard.handOver(endMs, false);
    let folded = 0;
    const window = merger.merge([partial], endMs - 1000, endMs, (state) => {
      folded = state.folded;
      return [];
    });
    return { partial, window, found: contents(window), folded };
  };
}

it('what is over the limit is folded as at "limits.series", and known keys go on', () => {
  const next = openWindows();
  const all = Array.from({ length: 2000 }, (_, key) => lineOf(`burst.${key}`));
  const { found, folded, partial } = next(all.join(''));
  const kept = Object.keys(found).filter((key) => key.startsWith('gauge burst')).length;
  expect(kept).toBeGreaterThan(800);
  expect(kept).toBeLessThan(1100);
  expect(found['gauge statsdrain.overflow.gauge']).toBe(1);
  expect(Math.abs(folded - (2000 - kept))).toBeLessThan(30);
  expect(partial.keyBytes).toBeLessThanOrEqual(8 * MIB);
  expect(Object.keys(next(all[0]!).found)).toEqual([expect.stringMatching(/^gauge burst\.0\{/)]);
});

it('after a burst its memory is there for keys of any length', () => {
  const next = openWindows();
  next(Array.from({ length: 2000 }, (_, key) => lineOf(`burst.${key}`)).join(''));
  for (let window = 0; window < 8; window++) next('');
  const short = Array.from({ length: 20_000 }, (_, key) => `short.of.some.length.${key}:1|c\n`);
  // Records of long keys are for long keys only, until all of it begins anew.
  next(short.join(''));
  const { folded, partial } = next(short.join(''));
  expect(folded).toBe(0);
  expect(partial.liveKeys).toBe(20_000);
});

it('windows that wait for a back-end count the names that nothing else has any more', () => {
  const next = openWindows();
  const queue = createWindowQueue({ ...defaultSettings.queue, bytes: 8 * MIB }, () => undefined);
  const bytesOf = (count: number) => count * 7700;
  for (let window = 0; window < 40; window++) {
    next(Array.from({ length: 100 }, (_, key) => lineOf(`churn.${window}.${key}`)).join(''));
    queue.push(next('').window, window);
  }
  // All that churned is 30 MB, and what is still known 5.
  expect(bytesOf(100 * queue.length)).toBeLessThan(12 * MIB);
  expect(queue.length).toBeGreaterThan(5);
});
