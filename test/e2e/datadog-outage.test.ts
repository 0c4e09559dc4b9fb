import { setTimeout as realDelay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DatadogConfig } from '../../backends/datadog/config.ts';
import datadog from '../../backends/datadog/index.ts';
import type { Runner, RunnerSettings } from '../../src/dispatch/runner.ts';
import { createSender } from '../../src/dispatch/sender.ts';
import type { SendingBackend } from '../../src/plugin.ts';
import { API_KEY, datadogSettings } from '../backends/datadog/defaults.ts';
import { type DatadogIntake, datadogIntake, type Reply } from '../helper/datadog-intake.ts';
import { makeWindow, recordingContext, type SeriesInput, type WindowInput } from '../helper/window.ts';

const START = 1_700_000_000;
const HOUR_MS = 3_600_000;

const patient: RunnerSettings = {
  queue: { windows: 1000, bytes: 64 * 1024 * 1024, ageMs: 3 * HOUR_MS },
  retry: { minMs: 1000, maxMs: 30_000, timeoutMs: 20_000 },
};

let intake: DatadogIntake;

beforeEach(async () => {
  intake = await datadogIntake(API_KEY);
  // The clock of lanes, breakers and windows; sockets go on as they are.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'], now: START * 1000 });
});

afterEach(async () => {
  vi.useRealTimers();
  await intake.close();
});

function open(config: Partial<DatadogConfig> = {}, settings = patient) {
  const context = recordingContext({ statsd: { flushIntervalMs: 10_000 } });
  const backend = datadog.create(
    datadogSettings({ url: intake.url, zeroFill: 0, ...config }),
    context,
  ) as SendingBackend;
  const { log, lost } = context;
  return { context, backend, sender: createSender('datadog', backend, log, settings, lost) };
}

/** Lets what is under way come to its end, unless it hangs. */
async function settle(): Promise<void> {
  let quiet = 0;
  for (let turn = 0; turn < 50 && quiet < 3; turn++) {
    await realDelay(1);
    quiet = intake.underWay > 0 ? 0 : quiet + 1;
  }
}

/** Until nothing waits any more. */
async function passAll(sender: Runner, step: number): Promise<void> {
  for (let steps = 0; steps < 1500 && sender.queued.windows > 0; steps++) await pass(step, step);
}

async function pass(ms: number, step = 1000): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    await vi.advanceTimersByTimeAsync(step);
    await settle();
  }
}

/** The window that ends now. */
async function offer(sender: Runner, input: WindowInput): Promise<void> {
  const endMs = Date.now();
  sender.offer(makeWindow({ endMs, startMs: endMs - 10_000, ...input }));
  await settle();
}

const series: readonly SeriesInput[] = [
  { type: 'counter', name: 'hits', value: 10 },
  { type: 'gauge', name: 'temperature', tags: ['room:1'], value: 20 },
  { type: 'distribution', name: 'latency', values: [1, 2] },
];
const check = { name: 'up', status: 0, tags: [] } as const;

const timesOf = (name: string) =>
  intake.series.filter(({ metric }) => metric === name).map(({ points: [point] }) => point!.timestamp);
const every10s = (count: number) => Array.from({ length: count }, (_, i) => START + i * 10);

async function stop(sender: Runner): Promise<void> {
  const stopped = sender.stop(performance.now() + 1000);
  for (let i = 0; i < 10; i++) await pass(200, 100);
  await stopped;
}

describe('an hour of 503', () => {
  it('D13 D16 D18 costs no window, and each series arrives in order, once', async () => {
    const { sender, context } = open({ pointAge: 3 * HOUR_MS });
    let down = true;
    intake.refuse(() => (down ? 503 : undefined));
    for (let window = 0; window < 360; window++) {
      await vi.advanceTimersByTimeAsync(10_000);
      await offer(sender, { series });
    }
    expect(intake.series).toEqual([]);
    // A request every 15 s for each lane, and not one for each window.
    expect(intake.requests.length).toBeLessThan(2 * 360);
    expect(sender.queued.windows).toBe(360);
    down = false;
    await passAll(sender, 500);
    expect(timesOf('hits')).toEqual(every10s(360));
    expect(timesOf('temperature')).toEqual(every10s(360));
    expect(intake.sketches.map(({ dogSketches: [one] }) => one!.timestamp)).toEqual(every10s(360));
    expect(sender.queued).toEqual({ windows: 0, bytes: 0 });
    expect([sender.lostWindows, context.losses]).toEqual([0, new Map()]);
    await stop(sender);
  }, 60_000);

  it('D4 what the intake takes for too old by then is not sent, and counted', async () => {
    const { sender, context } = open();
    let down = true;
    intake.refuse(() => (down ? 503 : undefined));
    for (let window = 0; window < 390; window++) {
      await vi.advanceTimersByTimeAsync(10_000);
      await offer(sender, { series: series.slice(0, 1) });
    }
    down = false;
    const now = Date.now() / 1000;
    await passAll(sender, 100);
    const arrived = timesOf('hits');
    expect(arrived.length).toBeGreaterThan(340);
    expect(arrived).toEqual(every10s(390).slice(390 - arrived.length));
    expect(arrived[0]).toBeGreaterThanOrEqual(now - 3600);
    const { lanes, lostWindows } = sender.takeActivity();
    expect(lanes.get('series')?.givenUp).toEqual(new Map([['too_old', 390 - arrived.length]]));
    expect(lostWindows).toEqual(new Map([['too_old', 390 - arrived.length]]));
    expect(context.losses).toEqual(new Map());
    await stop(sender);
  }, 60_000);
});

describe('a script of every fault', () => {
  /** As the reference has it: what Datadog answers, and what becomes of it. */
  const faults: readonly (readonly [Reply, times: number])[] = [
    [{ status: 400 }, 1],
    [{ status: 503 }, 2],
    [{ status: 429, headers: { 'retry-after': '5' } }, 1],
    [{ status: 429, headers: { 'x-ratelimit-reset': '5' } }, 1],
    [{ status: 408 }, 1],
    [{ status: 500 }, 1],
    [{ status: 502 }, 1],
    [{ status: 504 }, 1],
    [{ status: 401 }, 1],
    [{ status: 403 }, 2],
    [{ status: 407 }, 1],
    [{ status: 405 }, 1],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 1],
    ['reset', 2],
    ['hang', 1],
    // The last, since what is refused alone is given up.
    [{ status: 413 }, 1],
  ];

  it('D15 D28 every metric arrives exactly once, in the order of its times, and nothing is given up', async () => {
    const { sender, context } = open();
    for (const path of ['/api/v2/series', '/api/beta/sketches', '/api/v1/check_run'])
      for (const [reply, times] of faults) intake.script(reply, times, path);
    for (let window = 0; window < 60; window++) {
      await pass(10_000, 5000);
      const timestamp = Math.floor(Date.now() / 1000);
      await offer(sender, {
        series: [...series, { type: 'gauge', name: `g.${window}`, value: 1 }, { ...series[2]!, name: `d.${window}` }],
        serviceChecks: [
          { ...check, timestamp },
          { ...check, name: 'other', timestamp },
        ],
      });
    }
    await passAll(sender, 2000);
    expect(timesOf('hits')).toEqual(every10s(60));
    expect(timesOf('temperature')).toEqual(every10s(60));
    expect(intake.series).toHaveLength(180);
    const of = (name: string) => intake.sketches.filter(({ metric }) => metric === name);
    expect(of('latency').map(({ dogSketches: [one] }) => one!.timestamp)).toEqual(every10s(60));
    expect(intake.sketches).toHaveLength(120);
    expect(intake.checks).toHaveLength(120);
    expect(sender.queued).toEqual({ windows: 0, bytes: 0 });
    expect([sender.lostWindows, context.losses]).toEqual([0, new Map()]);
    expect(sender.takeActivity().sends).toBe(60);
    await stop(sender);
  }, 60_000);

  it('D28 what was encoded was sent, is given up by reason, or waits', async () => {
    const { sender, context } = open({}, { ...patient, queue: { windows: 20, bytes: 1e6, ageMs: 60_000 } });
    let state = 11;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const bad = new Set<string>();
    intake.refuse((path, body) => {
      if (path !== '/api/v2/series') return undefined;
      for (const name of bad) if (body.includes(`"${name}"`)) return 400;
      return [202, 202, 503, 404, 202][random(5)] === 202 ? undefined : random(12) === 0 ? 404 : 503;
    });
    let given = 0;
    const givenUp = new Map<string, number>();
    for (let window = 0; window < 120; window++) {
      const some = Array.from({ length: 10 + random(20) }, (_, i): SeriesInput => {
        const name = `w${window}.${i}`;
        if (random(12) === 0) bad.add(name);
        return { type: 'gauge', name: random(30) === 0 ? '...' : name, value: random(40) === 0 ? Number.NaN : i };
      });
      given += some.length;
      await pass(10_000, 5000);
      await offer(sender, { series: some });
      for (const [reason, windows] of sender.takeActivity().lostWindows)
        givenUp.set(reason, (givenUp.get(reason) ?? 0) + windows);
    }
    intake.refuse((_, body) => ([...bad].some((name) => body.includes(`"${name}"`)) ? 400 : undefined));
    await passAll(sender, 5000);
    expect(sender.queued.windows).toBe(0);
    const itemsLost = [...context.losses.values()].reduce((sum, items) => sum + items, 0);
    const arrived = new Set(intake.series.map(({ metric }) => metric));
    expect(arrived.size).toBe(intake.series.length);
    // Of windows that are lost as a whole dispatch counts the windows.
    const whole = [...arrived, ...bad].map((name) => name.split('.')[0]);
    expect(context.losses.get('bad_name')).toBeGreaterThan(0);
    expect(context.losses.get('not_finite')).toBeGreaterThan(0);
    expect(context.losses.get('rejected')).toBeGreaterThan(0);
    for (const [reason, windows] of sender.takeActivity().lostWindows)
      givenUp.set(reason, (givenUp.get(reason) ?? 0) + windows);
    const lostWindows = [...givenUp.values()].reduce((sum, windows) => sum + windows, 0);
    expect(lostWindows).toBe(sender.lostWindows);
    expect(new Set(whole).size + lostWindows).toBeGreaterThanOrEqual(120);
    if (lostWindows === 0) expect(arrived.size + itemsLost).toBe(given);
    else expect(arrived.size + itemsLost).toBeLessThan(given);
    await stop(sender);
  }, 60_000);
});
