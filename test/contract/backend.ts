import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backend, BackendContext, FoldingBackend, MetricType, SendError, Window } from '../../src/plugin.ts';
import { lossReasons, unexplained } from '../helper/metrics-page.ts';
import { sendTo } from '../helper/sending.ts';
import {
  makeWindow,
  type RecordingContext,
  recordingContext,
  type SeriesInput,
  type WindowInput,
  windowData,
} from '../helper/window.ts';
import {
  checkOf,
  eventOf,
  everyType,
  everyTypeOf,
  GAUGE,
  GOOD_FIRST,
  GOOD_LAST,
  gaugeWindow,
  HELD,
  HOSTILE,
  held,
  tagsOf,
  timedPoints,
  updated,
  wideSeries,
} from './backend-input.ts';
import { observed } from './observed.ts';

/** One back-end and the real local server (or captured stream) that it sends to, opened anew for each test. */
export interface BackendHarness {
  /** A back-end that sends to the server of this harness. */
  create(context: BackendContext): Backend;
  /** Called with what `start` gave: the addresses of a back-end that listens. */
  started?(addresses: readonly string[]): void;
  /** The window as the core gives it to a back-end that reads more of it than its series. Default: as it is. */
  given?(window: Window): Window;
  /**
   * Value of the gauge that was sent last under `name` (plain words joined by dots, no tags), read from the server or
   * by a scrape. `undefined` as long as it did not arrive.
   */
  gauge(name: string): Promise<number | undefined>;
  /** Absent: it looks at no series, or only at what the original's rules make of idle ones (`window.statsd`). */
  readonly held?: {
    /** What arrived of a series so far, or is shown of it now: values, and counts where it has statistics. */
    values(type: MetricType, name: string): Promise<readonly number[]>;
    /**
     * After a window with the value, or the count, 70 of each type, ten seconds long, and one in which they are held:
     * what arrives of a series that is only held is 0, or the gauge's last value, or nothing.
     */
    readonly expected: Readonly<Record<MetricType, readonly number[]>>;
  };
  /** What it keeps over a restart: absent where it has no `save`. */
  readonly keeps?: {
    /** A window of what is kept. */
    readonly items: WindowInput;
    /** What is to be seen of it: before the restart, and again after it, before any window. */
    seen(): Promise<unknown>;
  };
  /** Items that have to be left out of a window, and what `lost` is told of them. Absent: it can send everything. */
  readonly leavesOut?: { readonly items: WindowInput; readonly losses: Readonly<Record<string, number>> };
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
  /** While it is failing it takes some of what is sent to it, and then refuses it for now or resets the connection. */
  failing(on: boolean): void;
}

/** Parts of a harness that may be absent. */
interface HarnessParts {
  readonly connects?: boolean;
  readonly stalls?: boolean;
  readonly holds?: boolean;
  readonly loses?: boolean;
}

/** Series that a back-end may read in one turn of the event loop. Ours read some 4,000, which takes a few milliseconds. */
const MOST_IN_ONE_TURN = 10_000;

/**
 * The suite that every back-end passes. `open` gives a fresh harness. `connects: false` is for one without a `server`,
 * `stalls: false` for one without a `stall`, `holds: false` without `held` and `loses: false` without `leavesOut`.
 */
export function backendContract(
  title: string,
  open: () => Promise<BackendHarness>,
  { connects = true, stalls = true, holds = true, loses = true }: HarnessParts = {},
): void {
  describe(`${title}: back-end contract`, () => {
    let harness: BackendHarness;
    let context: RecordingContext;
    let backend: Backend;
    let socketsBefore: number;
    let given: WeakMap<Window, Window>;

    beforeEach(async () => {
      socketsBefore = openSockets();
      harness = await open();
      context = recordingContext();
      given = new WeakMap();
    });

    afterEach(async () => {
      expect(unexplained(context.counts.keys()), 'counters that docs/METRICS.md does not explain').toEqual([]);
      const reasons = [...context.losses.keys()].filter((reason) => !lossReasons.includes(reason));
      expect(reasons, 'reasons that docs/METRICS.md does not name').toEqual([]);
      await backend.stop?.();
      await harness.close();
      await vi.waitFor(() => expect(openSockets(), 'sockets left open').toBeLessThanOrEqual(socketsBefore));
    });

    const start = async () => {
      backend = harness.create(context);
      const addresses = (await backend.start?.()) ?? [];
      harness.started?.(addresses);
    };

    const givenFor = (window: Window): Window => {
      const known = given.get(window) ?? harness.given?.(window) ?? window;
      given.set(window, known);
      return known;
    };
    /** A window that is sent again is the same object again. */
    const send = (window: Window, signal = deadline()) => sendTo(backend, givenFor(window), signal, context);
    /** As dispatch does it, without the pauses. */
    const sendWithRetries = async (window: Window) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await send(window);
        } catch (error) {
          if (attempt === 5) throw error;
        }
      }
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
      await send(gaugeWindow(1));
      await arrives(harness, 1);
      await send(gaugeWindow(2));
      await arrives(harness, 2);
      await backend.stop?.();
      await backend.stop?.();
      expect(context.losses).toEqual(new Map());
    });

    it('takes an empty window, and the one after it', async () => {
      await start();
      await send(makeWindow());
      await send(gaugeWindow(3));
      await arrives(harness, 3);
    });

    it('names series by rules of its own only in ways that they can be merged by', () => {
      backend = harness.create(context);
      const { naming } = backend;
      if (naming === undefined) return;
      expect(naming.id).not.toBe('');
      expect(harness.create(recordingContext()).naming?.id).toBe(naming.id);
      const texts = [GAUGE, 'statsdrain.lines.received', ...HOSTILE.map(([, text]) => text)];
      for (const { type, name, tags = [] } of texts.flatMap((text) => everyType(text, [...tagsOf(text)].sort()))) {
        const given = Object.freeze({ name, tags: Object.freeze([...new Set(tags)]), host: 'h' });
        const renamed = naming.rename(type, given);
        if (renamed === undefined) {
          expect(name).not.toMatch(/^(contract|statsdrain)\./);
          continue;
        }
        expect(renamed.name).not.toBe('');
        expect(renamed.tags).toEqual([...new Set(renamed.tags)].sort());
        // What it calls a series is a name that it takes as it is: own series and overflow series are named anew.
        expect(naming.rename(type, renamed)).toEqual(renamed);
      }
    });

    it.each(HOSTILE)('is not harmed by %s', async (_, hostile) => {
      await start();
      const hosted = everyType('hosted', []).map((one) => ({ ...one, host: hostile }));
      const others = [...everyType(hostile, []), ...everyType('neighbour', tagsOf(hostile)), ...hosted];
      await send(
        makeWindow({
          series: [GOOD_FIRST, ...others, GOOD_LAST],
          points: timedPoints(hostile),
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
      await send(makeWindow({ series: [GOOD_FIRST, ...series, GOOD_LAST] }));
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
        await send(makeWindow({ series }));
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
      await send(window);
      await send(window);
      expect(windowData(window)).toEqual(before);
    });

    it('settles with a signal that was aborted before, and can send afterwards', async () => {
      await start();
      const sent = send(gaugeWindow(4), AbortSignal.abort());
      if (harness.server !== undefined || harness.stall !== undefined) await expect(sent).rejects.toThrow();
      else await Promise.allSettled([sent]);
      await send(gaugeWindow(5));
      await arrives(harness, 5);
    });

    if (stalls)
      it('rejects when the signal aborts a send that is stuck', async () => {
        const stall = harness.stall!;
        await start();
        await stall.begin();
        const controller = new AbortController();
        const sent = send(makeWindow({ series: wideSeries(stall.series) }), controller.signal);
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
        const sent = Promise.allSettled([send(makeWindow({ series: wideSeries(stall.series) }), controller.signal)]);
        await new Promise((resolve) => setImmediate(resolve));
        await backend.stop?.();
        controller.abort();
        await sent;
      });

    it('lets other work go on in the middle of a large window', async () => {
      await start();
      const series: SeriesInput[] = [{ type: 'gauge', name: GAUGE, value: 9 }];
      for (let i = 0; i < 6 * MOST_IN_ONE_TURN; i++)
        series.push({ type: 'gauge', name: `contract.large.${i}`, value: i });
      const { window, progress } = observed(givenFor(makeWindow({ series })));
      await sendTo(backend, window, deadline(), context).finally(progress.stop);
      expect(progress.mostInOneTurn).toBeLessThanOrEqual(MOST_IN_ONE_TURN);
      await arrives(harness, 9);
    });

    if (holds)
      it('sends 0, or the last value of a gauge, or nothing of a series that is only held', async () => {
        const { values, expected } = harness.held!;
        await start();
        await send(makeWindow({ series: updated }));
        await send(makeWindow({ endMs: 1_700_000_020_000, series: [...held, GOOD_LAST] }));
        await vi.waitFor(async () => expect(await harness.gauge(GOOD_LAST.name)).toBe(GOOD_LAST.value));
        const found = await Promise.all(updated.map(async ({ type }) => [type, await values(type, `${HELD}.${type}`)]));
        expect(Object.fromEntries(found)).toEqual(expected);
        expect(context.losses).toEqual(new Map());
      });

    if (loses)
      it('counts what it leaves out of a window once, however many attempts the window takes', async () => {
        const { items, losses } = harness.leavesOut!;
        await start();
        // Long enough for a server that fails in the middle of it to be noticed.
        const wide = wideSeries(20_000);
        const window = makeWindow({
          ...items,
          series: [...(items.series ?? []), ...wide, { type: 'gauge', name: GAUGE, value: 10 }],
        });
        harness.server?.failing(true);
        const signal = () => (harness.server === undefined ? AbortSignal.abort() : deadline());
        for (let attempt = 0; attempt < 2; attempt++) await expect(send(window, signal())).rejects.toThrow();
        harness.server?.failing(false);
        await sendWithRetries(window);
        await arrives(harness, 10);
        expect(Object.fromEntries(context.losses)).toEqual(losses);
      });

    it('knows again after a restart what it keeps, also when it kept it behind its stop, and refuses what is not its own', async () => {
      await start();
      const { keeps } = harness;
      const folding = 'send' in backend ? backend : undefined;
      expect([folding?.save !== undefined, folding?.restore !== undefined]).toEqual([
        keeps !== undefined,
        keeps !== undefined,
      ]);
      if (keeps === undefined || folding === undefined) return;
      await send(makeWindow(keeps.items));
      const before = await keeps.seen();
      await backend.stop?.();
      const pieces: Uint8Array[] = [];
      for await (const piece of folding.save?.(true) ?? []) pieces.push(piece);
      expect(pieces.length).toBeGreaterThan(0);

      const next = harness.create(context) as FoldingBackend;
      const back = await next.restore?.({ pieces: inTurn(pieces), ageMs: 1000, orderly: true });
      expect(back).toBeGreaterThan(0);
      backend = next;
      harness.started?.((await backend.start?.()) ?? []);
      expect(await keeps.seen()).toEqual(before);

      const other = harness.create(context) as FoldingBackend;
      const foreign = [Buffer.from('what another back-end had kept')];
      await expect(other.restore?.({ pieces: inTurn(foreign), ageMs: 0, orderly: true })).rejects.toThrow();
    });

    if (connects)
      it('rejects for another attempt while the server is down, and sends when it is back', async () => {
        const server = harness.server!;
        await start();
        await server.down();
        const error = await send(gaugeWindow(6)).then(
          () => undefined,
          (reason: SendError) => reason,
        );
        expect(error).toBeInstanceOf(Error);
        expect(error?.permanent).not.toBe(true);
        await server.up();
        await sendWithRetries(gaugeWindow(6));
        await arrives(harness, 6);
      });

    if (connects)
      it('sends again when the server was restarted between two windows', async () => {
        const server = harness.server!;
        await start();
        await send(gaugeWindow(7));
        await arrives(harness, 7);
        await server.down();
        await server.up();
        await sendWithRetries(gaugeWindow(8));
        await arrives(harness, 8);
      });
  });
}

async function* inTurn(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, undefined, undefined> {
  yield* pieces;
  return undefined;
}

async function arrives(harness: BackendHarness, value: number): Promise<void> {
  await vi.waitFor(async () => expect(await harness.gauge(GAUGE)).toBe(value), { timeout: 5000 });
}

function deadline(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((resource) => /^(TCP|Pipe|TLS|UDP)/.test(resource)).length;
}
