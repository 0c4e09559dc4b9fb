import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backend, BackendContext, Event, MetricType, SendError, ServiceCheck, Window } from '../../src/plugin.ts';
import { makeWindow, type RecordingContext, recordingContext, type SeriesInput, windowData } from '../helper/window.ts';

/** One back-end and the real local server (or captured stream) that it sends to, opened anew for each test. */
export interface BackendHarness {
  /** A back-end that sends to the server of this harness. */
  create(context: BackendContext): Backend;
  /** Called with what `start` gave: the addresses of a back-end that listens. */
  started?(addresses: readonly string[]): void;
  /**
   * Value of the gauge that was sent last under `name` (plain words joined by dots, no tags), read from the server or
   * by a scrape. `undefined` as long as it did not arrive.
   */
  gauge(name: string): Promise<number | undefined>;
  /** Closes the server and everything that the harness opened. */
  close(): Promise<void>;
  /** Back-ends that connect to a server: what the server can be made to do. Absent for a back-end that listens. */
  readonly server?: BackendServer;
  /** Absent: `send` never waits, so that there is nothing that a signal could interrupt. */
  readonly stall?: {
    /** From now on the receiving side takes nothing and answers nothing, but keeps its connections open. */
    begin(): Promise<void> | void;
    /** Number of series that cannot be sent while it stalls, buffers of the system included. */
    readonly series: number;
  };
}

export interface BackendServer {
  /** Stops listening and resets the connections. */
  down(): Promise<void>;
  /** Listens again, on the same address. */
  up(): Promise<void>;
}

/**
 * The suite that every back-end passes. `open` gives a fresh harness. `connects: false` is for one without a `server`,
 * `stalls: false` for one without a `stall`.
 */
export function backendContract(
  title: string,
  open: () => Promise<BackendHarness>,
  { connects = true, stalls = true }: { connects?: boolean; stalls?: boolean } = {},
): void {
  describe(`${title}: back-end contract`, () => {
    let harness: BackendHarness;
    let context: RecordingContext;
    let backend: Backend;
    let socketsBefore: number;

    beforeEach(async () => {
      socketsBefore = openSockets();
      harness = await open();
      context = recordingContext();
    });

    afterEach(async () => {
      await backend.stop?.();
      await harness.close();
      await vi.waitFor(() => expect(openSockets(), 'sockets left open').toBeLessThanOrEqual(socketsBefore));
    });

    const start = async () => {
      backend = harness.create(context);
      const addresses = (await backend.start?.()) ?? [];
      harness.started?.(addresses);
    };

    it('create opens nothing', () => {
      const before = process.getActiveResourcesInfo().sort();
      backend = harness.create(context);
      expect(process.getActiveResourcesInfo().sort()).toEqual(before);
    });

    it('stop without start', async () => {
      backend = harness.create(context);
      await backend.stop?.();
    });

    it('start, stop, stop', async () => {
      await start();
      await backend.stop?.();
      await backend.stop?.();
    });

    it('start, send, send, stop, stop', async () => {
      await start();
      await backend.send(gaugeWindow(1), deadline());
      await arrives(harness, 1);
      await backend.send(gaugeWindow(2), deadline());
      await arrives(harness, 2);
      await backend.stop?.();
      await backend.stop?.();
      expect(context.losses).toEqual(new Map());
    });

    it('takes an empty window, and the one after it', async () => {
      await start();
      await backend.send(makeWindow(), deadline());
      await backend.send(gaugeWindow(3), deadline());
      await arrives(harness, 3);
    });

    it.each(HOSTILE)('is not harmed by %s', async (_, hostile) => {
      await start();
      const series = [GOOD_FIRST, ...everyType(hostile, []), ...everyType('neighbour', tagsOf(hostile)), GOOD_LAST];
      await backend.send(
        makeWindow({
          series,
          events: [eventOf(hostile)],
          serviceChecks: [checkOf(hostile)],
          rejected: [[hostile, 1]],
          dropped: [[hostile, 2]],
        }),
        deadline(),
      );
      await vi.waitFor(async () => {
        expect(await harness.gauge(GOOD_FIRST.name)).toBe(GOOD_FIRST.value);
        expect(await harness.gauge(GOOD_LAST.name)).toBe(GOOD_LAST.value);
      });
    });

    it('is not harmed by all of them in one window', async () => {
      await start();
      const series = HOSTILE.flatMap(([, hostile]) => [
        ...everyType(hostile, tagsOf(hostile)),
        ...everyType('same', [hostile]),
      ]);
      await backend.send(makeWindow({ series: [GOOD_FIRST, ...series, GOOD_LAST] }), deadline());
      await vi.waitFor(async () => {
        expect(await harness.gauge(GOOD_FIRST.name)).toBe(GOOD_FIRST.value);
        expect(await harness.gauge(GOOD_LAST.name)).toBe(GOOD_LAST.value);
      });
    });

    it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE, -0, 5e-324])(
      'is not harmed by the value %s',
      async (value) => {
        await start();
        const series: SeriesInput[] = [
          GOOD_FIRST,
          ...everyTypeOf(value),
          { type: 'timer', name: 'odd.held', values: [], updated: false },
          GOOD_LAST,
        ];
        await backend.send(makeWindow({ series }), deadline());
        await vi.waitFor(async () => {
          expect(await harness.gauge(GOOD_FIRST.name)).toBe(GOOD_FIRST.value);
          expect(await harness.gauge(GOOD_LAST.name)).toBe(GOOD_LAST.value);
        });
      },
    );

    it('does not change the window', async () => {
      await start();
      const window = makeWindow({
        series: everyType('same', ['b', 'a:1']),
        events: [eventOf('x')],
        serviceChecks: [checkOf('x')],
        rejected: [['bad_value', 2]],
      });
      const before = windowData(window);
      await backend.send(window, deadline());
      await backend.send(window, deadline());
      expect(windowData(window)).toEqual(before);
    });

    it('settles with a signal that was aborted before, and can send afterwards', async () => {
      await start();
      const sent = backend.send(gaugeWindow(4), AbortSignal.abort());
      if (harness.server !== undefined || harness.stall !== undefined) await expect(sent).rejects.toThrow();
      else await Promise.allSettled([sent]);
      await backend.send(gaugeWindow(5), deadline());
      await arrives(harness, 5);
    });

    if (stalls)
      it('rejects when the signal aborts a send that is stuck', async () => {
        const stall = harness.stall!;
        await start();
        await stall.begin();
        const controller = new AbortController();
        const sent = backend.send(wideWindow(stall.series), controller.signal);
        const failed = expect(sent).rejects.toThrow();
        setImmediate(() => controller.abort());
        await failed;
        await backend.stop?.();
      });

    if (stalls)
      it('stops while a send is stuck', async () => {
        const stall = harness.stall!;
        await start();
        await stall.begin();
        const controller = new AbortController();
        const sent = Promise.allSettled([backend.send(wideWindow(stall.series), controller.signal)]);
        await new Promise((resolve) => setImmediate(resolve));
        await backend.stop?.();
        controller.abort();
        await sent;
      });

    if (connects)
      it('rejects for another attempt while the server is down, and sends when it is back', async () => {
        const server = harness.server!;
        await start();
        await server.down();
        const error = await backend.send(gaugeWindow(6), deadline()).then(
          () => undefined,
          (reason: SendError) => reason,
        );
        expect(error).toBeInstanceOf(Error);
        expect(error?.permanent).not.toBe(true);
        await server.up();
        await sendWithRetries(backend, gaugeWindow(6));
        await arrives(harness, 6);
      });

    if (connects)
      it('sends again when the server was restarted between two windows', async () => {
        const server = harness.server!;
        await start();
        await backend.send(gaugeWindow(7), deadline());
        await arrives(harness, 7);
        await server.down();
        await server.up();
        await sendWithRetries(backend, gaugeWindow(8));
        await arrives(harness, 8);
      });
  });
}

const GAUGE = 'contract.gauge';
const GOOD_FIRST = { type: 'gauge', name: 'contract.good.first', value: 11 } as const;
const GOOD_LAST = { type: 'gauge', name: 'contract.good.last', value: 12 } as const;

/** Names, tags and texts that a parser lets through or that a third party could produce. */
const HOSTILE: readonly (readonly [title: string, text: string])[] = [
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['toString', 'toString'],
  ['hasOwnProperty', 'hasOwnProperty'],
  ['an empty string', ''],
  ['one blank', ' '],
  ['dots only', '...'],
  ['a path upwards', '../../etc/passwd'],
  ['NUL', 'nul\0nul'],
  ['64 KiB', 'x'.repeat(65_536)],
  ['replaced broken UTF-8', 'bro\uFFFDken\uFFFD'],
  ['text beyond ASCII', 'größe.温度.🌡️'],
  ['LF', 'line\nfeed 1 1700000010'],
  ['CR LF', 'line\r\nfeed'],
  ['Unicode line ends', 'a\u0085b\u2028c\u2029d\u00A0e'],
  ['quotes', `"double" 'single' \`back\``],
  ['backslashes', 'a\\b\\'],
  ['the marks of StatsD', 'a:1|c|@0.1|#x:y'],
  ['the marks of Graphite', 'a;b=c;~d=!e^'],
  ['the marks of Prometheus', 'le="1"}{__name__="z"'],
  ['le', 'le'],
  ['quantile', 'quantile'],
  ['__name__', '__name__'],
  ['a leading digit', '9lives'],
  ['a percent sign', '%s%n%00'],
  ['blanks and tabs', ' a b\tc '],
  ['terminal escapes', '\u001b[31mred\u001b[0m\u001b]0;title\u0007\u009b2J'],
  ['bidirectional text', 'abc\u202Edef'],
];

function tagsOf(hostile: string): readonly string[] {
  return [hostile, `${hostile}:value`, `key:${hostile}`];
}

function everyType(name: string, tags: readonly string[]): readonly SeriesInput[] {
  const inputs: { readonly [Type in MetricType]: SeriesInput & { readonly type: Type } } = {
    counter: { type: 'counter', name, tags, value: 1 },
    gauge: { type: 'gauge', name, tags, value: 2 },
    timer: { type: 'timer', name, tags, values: [3, 4] },
    histogram: { type: 'histogram', name, tags, values: [5, 6] },
    distribution: { type: 'distribution', name, tags, values: [7, 8] },
    set: { type: 'set', name, tags, value: 9 },
  };
  return Object.values(inputs);
}

/** Every type, each under a name of its own, with `value` for all values. */
function everyTypeOf(value: number): readonly SeriesInput[] {
  return everyType('odd', []).map((input) => {
    const name = `odd.${input.type}`;
    return 'value' in input ? { ...input, name, value } : { ...input, name, values: [value, value] };
  });
}

function eventOf(text: string): Event {
  return {
    title: text,
    text,
    timestamp: 1_700_000_005,
    priority: 'low',
    alertType: 'warning',
    host: text,
    aggregationKey: text,
    sourceType: text,
    tags: tagsOf(text),
  };
}

function checkOf(text: string): ServiceCheck {
  return { name: text, status: 2, timestamp: 1_700_000_005, host: text, message: text, tags: tagsOf(text) };
}

/** Each with an end of its own, ten seconds after the one before. */
function gaugeWindow(value: number): Window {
  return makeWindow({
    endMs: 1_700_000_010_000 + value * 10_000,
    series: [{ type: 'gauge', name: GAUGE, value }],
  });
}

function wideWindow(count: number): Window {
  const series: SeriesInput[] = [];
  for (let i = 0; i < count; i++)
    series.push({ type: 'gauge', name: `contract.wide.${'x'.repeat(100)}.${i}`, value: i });
  return makeWindow({ endMs: 1_700_001_000_000, series });
}

async function arrives(harness: BackendHarness, value: number): Promise<void> {
  await vi.waitFor(async () => expect(await harness.gauge(GAUGE)).toBe(value), { timeout: 5000 });
}

/** As dispatch does it, without the pauses. */
async function sendWithRetries(backend: Backend, window: Window): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await backend.send(window, deadline());
      return;
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

function deadline(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((resource) => /^(TCP|Pipe|TLS|UDP)/.test(resource)).length;
}
