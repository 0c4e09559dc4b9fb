import { afterEach, describe, expect, it, vi } from 'vitest';
import graphite from '../../backends/graphite/index.ts';
import { kit } from '../../src/config/kit.ts';
import type { Backend } from '../../src/plugin.ts';
import { FakeCarbon } from '../helper/fake-carbon.ts';
import { sendTo } from '../helper/sending.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../helper/window.ts';

const WINDOWS = 30;
const SERIES = 1000;
/** Bytes of half a window, about. */
const HALF = 16_000;
/** Series of a window that is still being written when the peer reads the first of it. */
const LARGE = 50_000;

/** With a peer that closed idle connections every window was sent again with each one after it: 465,000 lines for 30,000. */
describe.each(['text', 'pickle'] as const)(
  'what graphite sends again to a peer that closes its connections (%s)',
  (protocol) => {
    let carbon: FakeCarbon;
    let backend: Backend;
    let context: ReturnType<typeof recordingContext>;

    const setUp = async () => {
      carbon = new FakeCarbon(protocol);
      await carbon.up();
      context = recordingContext();
      backend = graphite.create(graphite.config!(kit).parse({ protocol, port: carbon.port }), context);
    };

    afterEach(async () => {
      await backend.stop?.();
      await carbon.down();
      expect(carbon.invalid).toEqual([]);
    });

    it.each(['end', 'reset'] as const)('is the last window, once (%s)', async (how) => {
      await setUp();
      for (let number = 0; number < WINDOWS; number++) {
        await send(backend, number);
        await vi.waitFor(() => expect(arrived(carbon, number).size).toBe(SERIES));
        carbon.drop(how);
        await closed();
      }
      expect(carbon.accepted).toBe(WINDOWS);
      expect(new Set(carbon.lines).size).toBe(WINDOWS * SERIES);
      expect(carbon.lines).toHaveLength((2 * WINDOWS - 1) * SERIES);
      expect(mostOften(carbon)).toBe(2);
      expect(context.logged).toHaveLength(1);
    });

    it('is the last window, once, when they are reset with half of it read', async () => {
      await setUp();
      for (let number = 0; number < WINDOWS; number++) {
        const odd = number % 2 === 1;
        if (odd) carbon.budget = HALF;
        await send(backend, number);
        if (odd) await closed();
        else await vi.waitFor(() => expect(arrived(carbon, number).size).toBe(SERIES));
        carbon.budget = Number.POSITIVE_INFINITY;
      }
      await send(backend, WINDOWS);
      await vi.waitFor(() => expect(arrived(carbon, WINDOWS).size).toBe(SERIES));
      expect(new Set(carbon.lines).size).toBe((WINDOWS + 1) * SERIES);
      const repeated = carbon.lines.length - (WINDOWS + 1) * SERIES;
      // Half a window of pickle is half a message, and nothing.
      expect(repeated).toBeGreaterThanOrEqual(protocol === 'text' ? (WINDOWS / 2) * SERIES * 0.4 : 0);
      expect(repeated).toBeLessThan(WINDOWS * SERIES);
      expect(mostOften(carbon)).toBeLessThanOrEqual(2);
    });

    it('is not what was sent again before, when one window takes many attempts', async () => {
      await setUp();
      await send(backend, 0);
      await vi.waitFor(() => expect(arrived(carbon, 0).size).toBe(SERIES));
      for (let attempt = 0; attempt < 5; attempt++) {
        carbon.budget = 10 * HALF;
        await expect(send(backend, 1, LARGE)).rejects.toThrow(/tcp:\/\/127\.0\.0\.1:\d+: /);
        await closed();
      }
      carbon.budget = Number.POSITIVE_INFINITY;
      await send(backend, 1, LARGE);
      await vi.waitFor(() => expect(arrived(carbon, 1).size).toBe(LARGE));
      const first = carbon.lines.filter((line) => timeOf(line) === timeOfWindow(0));
      expect(first).toHaveLength(2 * SERIES);
    });
  },
);

async function send(backend: Backend, number: number, size = SERIES): Promise<void> {
  const series: SeriesInput[] = [];
  for (let i = 0; i < size; i++) series.push({ type: 'gauge', name: `a.gauge.${i}`, value: number });
  const window = makeWindow({ endMs: timeOfWindow(number) * 1000, series });
  await sendTo(backend, window, AbortSignal.timeout(20_000));
}

function timeOfWindow(number: number): number {
  return 1_700_000_000 + number * 10;
}

function timeOf(line: string): number {
  return Number(line.split(' ')[2]);
}

/** The different lines of one window. */
function arrived({ lines }: FakeCarbon, number: number): ReadonlySet<string> {
  return new Set(lines.filter((line) => timeOf(line) === timeOfWindow(number)));
}

function mostOften({ lines }: FakeCarbon): number {
  const times = new Map<string, number>();
  for (const line of lines) times.set(line, (times.get(line) ?? 0) + 1);
  return Math.max(...times.values());
}

/** Both ends of every connection know that it is closed. */
async function closed(): Promise<void> {
  await vi.waitFor(() => expect(process.getActiveResourcesInfo()).not.toContain('TCPSocketWrap'));
}
