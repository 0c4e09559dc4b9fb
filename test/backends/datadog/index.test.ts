import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { DatadogConfig } from '../../../backends/datadog/config.ts';
import datadog from '../../../backends/datadog/index.ts';
import type { Backend, Event, SendError, Window } from '../../../src/plugin.ts';
import { type DatadogIntake, datadogIntake } from '../../helper/datadog-intake.ts';
import { sendTo } from '../../helper/sending.ts';
import { makeWindow, type RecordingContext, recordingContext, type SeriesInput } from '../../helper/window.ts';
import { API_KEY, datadogSettings } from './defaults.ts';

const SERIES = '/api/v2/series';
const SKETCHES = '/api/beta/sketches';

let intake: DatadogIntake;
let context: RecordingContext;

beforeEach(async () => {
  intake = await datadogIntake(API_KEY);
  context = recordingContext();
});

afterEach(async () => {
  await Promise.all(created.splice(0).map((one) => one.stop?.()));
  await intake.close();
  const told = JSON.stringify([context.logged, [...context.losses], [...context.counts]]);
  expect(told).not.toContain(API_KEY);
});

const created: Backend[] = [];

function create(changes: Partial<DatadogConfig> = {}): Backend {
  const backend = datadog.create(datadogSettings({ url: intake.url, ...changes }), context);
  created.push(backend);
  return backend;
}

function counters(count: number, name = 'c'): SeriesInput[] {
  return Array.from({ length: count }, (_, i) => ({ type: 'counter', name: `${name}.${i}`, value: 10 }));
}

/** Tags that do not compress. */
function noise(seed: number, length: number): string {
  let state = seed + 1;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += state.toString(36);
  }
  return text.slice(0, length);
}

const event: Event = { title: 't', text: 'x', timestamp: 1, priority: 'normal', alertType: 'info', tags: [] };

/** Events that are not sent together. */
const eventsOf = (count: number): Event[] =>
  Array.from({ length: count }, (_, source) => ({ ...event, sourceType: `s${source}` }));

const paths = (status: number) => intake.requests.filter((one) => one.status === status).map(({ path }) => path);

function failure(sent: Promise<void>): Promise<SendError> {
  return sent.then(
    () => {
      throw new Error('was sent');
    },
    (error: SendError) => {
      expect(error.message).not.toContain(API_KEY);
      return error;
    },
  );
}

const inTime = () => AbortSignal.timeout(20_000);
const send = (backend: Backend, window: Window, signal: AbortSignal) => sendTo(backend, window, signal, context);

describe('a window', () => {
  it('D1 goes to the endpoint of each kind', async () => {
    const window = makeWindow({
      series: [
        { type: 'counter', name: 'hits', tags: ['env:prod'], value: 30 },
        { type: 'distribution', name: 'latency', tags: ['env:prod'], values: [1, 2, 2] },
      ],
      events: [event, { ...event, title: 'second' }],
      serviceChecks: [{ name: 'up', status: 0, timestamp: 1_700_000_001, tags: [] }],
    });
    await send(create(), window, inTime());
    expect(intake.series).toEqual([
      {
        metric: 'hits',
        type: 2,
        interval: 10,
        points: [{ timestamp: 1_700_000_000, value: 3 }],
        resources: [{ type: 'host', name: 'h1' }],
        tags: ['env:prod'],
      },
    ]);
    expect(intake.sketches).toMatchObject([
      {
        metric: 'latency',
        host: 'h1',
        tags: ['env:prod'],
        dogSketches: [{ timestamp: 1_700_000_000, count: 3, sum: 5 }],
      },
    ]);
    expect(intake.events.map((one) => one.msg_title).sort()).toEqual(['second', 't']);
    expect(intake.checks).toMatchObject([{ check: 'up', status: 0, host_name: 'h1' }]);
    expect(context.losses).toEqual(new Map());
    expect(context.counts.get('datadog.requests')).toBe(4);
    expect(context.tagged.get('datadog.requests lane:series status:202')).toBe(1);
  });

  it('without anything in it costs no request', async () => {
    await send(create(), makeWindow(), inTime());
    expect(intake.requests).toEqual([]);
  });

  it.each(['gzip', 'deflate', 'none'] as const)('D11 compressed with %s', async (compression) => {
    const series = [...counters(50), { type: 'distribution', name: 'd', values: [1] } as const];
    await send(create({ compression }), makeWindow({ series, events: [event] }), inTime());
    expect(intake.series).toHaveLength(50);
    expect(intake.sketches).toHaveLength(1);
    const encodings = new Map(intake.requests.map(({ path, headers }) => [path, headers['content-encoding']]));
    expect(encodings.get(SERIES)).toBe(compression === 'none' ? undefined : compression);
    expect(encodings.get('/intake/')).toBeUndefined();
  });

  it('D9 of 25,000 points takes three requests', async () => {
    await send(create(), makeWindow({ series: counters(25_000) }), inTime());
    expect(intake.requests.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(new Set(intake.series.map(({ metric }) => metric)).size).toBe(25_000);
  });

  it('D9 that compresses badly is halved until it fits', async () => {
    const series = counters(9000).map((one, i) => ({ ...one, tags: [noise(i, 180)] }));
    await send(create(), makeWindow({ series }), inTime());
    expect(intake.requests.every(({ status, sentBytes }) => status === 202 && sentBytes <= 512_000)).toBe(true);
    expect(intake.requests.length).toBeGreaterThan(1);
    expect(new Set(intake.series.map(({ metric }) => metric)).size).toBe(9000);
    expect(intake.series).toHaveLength(9000);
    expect(context.losses).toEqual(new Map());
  });

  it('D19 keeps four requests under way', async () => {
    intake.script('hang', 40);
    const controller = new AbortController();
    const failed = failure(send(create(), makeWindow({ events: eventsOf(40) }), controller.signal));
    await vi.waitFor(() => expect(intake.underWay).toBe(4));
    controller.abort();
    await failed;
    expect(intake.mostUnderWay).toBe(4);
  });

  it('that cannot be walked is an error of its encoding', async () => {
    const series = {
      // biome-ignore lint/correctness/useYield: it throws before it has one
      *[Symbol.iterator](): Generator<never> {
        throw new Error('no series');
      },
    };
    const error = await failure(send(create(), { ...makeWindow(), series }, inTime()));
    expect(error.message).toContain('no series');
  });
});

describe('bad items', () => {
  const refuseNamed = (...names: string[]) =>
    intake.refuse((_, body) => (names.some((name) => body.includes(`"${name}"`)) ? 400 : undefined));

  it('D12 of 5,000 series 200 are refused that stand together: all others arrive, with no more than 300 requests', async () => {
    const series = counters(5000).map((one, i) => (i >= 3100 && i < 3300 ? { ...one, name: `bad.${i}` } : one));
    intake.refuse((_, body) => (body.includes('"bad.') ? 400 : undefined));
    await send(create(), makeWindow({ series }), inTime());
    expect(intake.series).toHaveLength(4800);
    expect(new Set(intake.series.map(({ metric }) => metric)).size).toBe(4800);
    expect(context.losses).toEqual(new Map([['rejected', 200]]));
    expect(intake.requests.length).toBeLessThanOrEqual(300);
  });

  it('D12 nor does it cost the others anything when they lie anywhere', async () => {
    const series = counters(5000).map((one, i) => ((i * 7919) % 5000 < 200 ? { ...one, name: `bad.${i}` } : one));
    intake.refuse((_, body) => (body.includes('"bad.') ? 400 : undefined));
    await send(create(), makeWindow({ series }), inTime());
    expect(intake.series).toHaveLength(4800);
    expect(new Set(intake.series.map(({ metric }) => metric)).size).toBe(4800);
    expect(context.losses).toEqual(new Map([['rejected', 200]]));
    expect(intake.requests.length).toBeLessThanOrEqual(1600);
  });

  it('D12 one of 1,000 is lost alone', async () => {
    refuseNamed('c.777');
    await send(create(), makeWindow({ series: counters(1000) }), inTime());
    expect(intake.series).toHaveLength(999);
    expect(new Set(intake.series.map(({ metric }) => metric)).size).toBe(999);
    expect(context.losses).toEqual(new Map([['rejected', 1]]));
    expect(intake.requests.length).toBeLessThanOrEqual(1 + 2 * 10);
    expect(context.logged.map(({ message }) => message)).toEqual([
      `1 lost, the first is "c.777": POST ${intake.url}${SERIES}: 400 "{"errors":["refused"]}"`,
    ]);
  });

  it('several are lost alone', async () => {
    refuseNamed('c.0', 'c.499', 'c.500', 'c.999');
    await send(create(), makeWindow({ series: counters(1000) }), inTime());
    expect(intake.series).toHaveLength(996);
    expect(context.losses).toEqual(new Map([['rejected', 4]]));
  });

  it('a timer is lost as a whole and counted once', async () => {
    refuseNamed('t.max');
    const series: SeriesInput[] = [...counters(3), { type: 'timer', name: 't', values: [1, 2] }];
    await send(create(), makeWindow({ series }), inTime());
    expect(intake.series.map(({ metric }) => metric).sort()).toEqual(['c.0', 'c.1', 'c.2']);
    expect(context.losses).toEqual(new Map([['rejected', 1]]));
  });

  it('D12 a body that is too large for the intake is divided', async () => {
    intake.refuse((_, body) => (body.length > 3000 ? 413 : undefined));
    await send(create(), makeWindow({ series: counters(100) }), inTime());
    expect(intake.series).toHaveLength(100);
    expect(context.losses).toEqual(new Map());
  });

  it('D10 an item that is too large for the intake is lost alone', async () => {
    intake.refuse((_, body) => (body.includes('"c.7"') ? 413 : undefined));
    await send(create(), makeWindow({ series: counters(10) }), inTime());
    expect(intake.series).toHaveLength(9);
    expect(context.losses).toEqual(new Map([['too_large', 1]]));
  });

  it('an intake that refuses every item is not asked for each', async () => {
    intake.refuse(() => 400);
    await send(create(), makeWindow({ series: counters(9000) }), inTime());
    expect(context.losses).toEqual(new Map([['rejected', 9000]]));
    expect(intake.requests.length).toBeLessThanOrEqual(1030);
  });

  it('an event is lost alone', async () => {
    intake.refuse((path, body) => (path === '/intake/' && body.includes('bad') ? 400 : undefined));
    const events = [event, { ...event, title: 'bad' }, event, { ...event, sourceType: 'git' }];
    await send(create(), makeWindow({ events }), inTime());
    expect(intake.events.map(({ source }) => source).sort()).toEqual(['api', 'api', 'git']);
    expect(context.losses).toEqual(new Map([['rejected', 1]]));
  });
});

describe('another attempt', () => {
  const window = (): Window =>
    makeWindow({
      series: [...counters(25_000), { type: 'distribution', name: 'd', values: [1] }],
      events: [event],
      serviceChecks: [{ name: 'up', status: 0, timestamp: 1, tags: [] }],
    });
  const allArrivedOnce = () => {
    expect(intake.series).toHaveLength(25_000);
    expect(new Set(intake.series.map(({ metric }) => metric)).size).toBe(25_000);
    expect(intake.sketches).toHaveLength(1);
    expect(intake.events).toHaveLength(1);
    expect(intake.checks).toHaveLength(1);
    expect(context.losses).toEqual(new Map());
  };

  it.each([408, 429, 500, 503])('D15 after %d sends only what is missing', async (status) => {
    intake.script({ status }, 2, SERIES);
    intake.script({ status, headers: { 'retry-after': '3' } }, 1, SKETCHES);
    const given = window();
    const backend = create();
    const error = await failure(send(backend, given, inTime()));
    expect(error.message).toContain(`: ${status}`);
    expect(error.permanent).toBeUndefined();
    expect(error.retryAfterMs).toBe(3000);
    await send(backend, given, inTime());
    allArrivedOnce();
  });

  it('after a reset connection', async () => {
    intake.script('reset', 2);
    const given = window();
    const backend = create();
    const error = await failure(send(backend, given, inTime()));
    expect(error.permanent).toBeUndefined();
    expect(error.retryAfterMs).toBeUndefined();
    await send(backend, given, inTime());
    allArrivedOnce();
  });

  it('after the deadline', async () => {
    intake.script('hang', 1, SERIES);
    const controller = new AbortController();
    const given = window();
    const backend = create();
    let answers = 0;
    const answered = () => answers++;
    subscribe('undici:request:trailers', answered);
    const failed = failure(send(backend, given, controller.signal));
    // With that to the question for the key.
    await vi.waitFor(() => expect(answers).toBe(6));
    controller.abort();
    unsubscribe('undici:request:trailers', answered);
    expect((await failed).permanent).toBeUndefined();
    await send(backend, given, inTime());
    allArrivedOnce();
  });

  it('D19 sends the same bytes', async () => {
    intake.script({ status: 503 }, 1);
    const given = makeWindow({ series: counters(100) });
    const backend = create();
    await failure(send(backend, given, inTime()));
    await send(backend, given, inTime());
    const [first, second] = intake.requests;
    expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
    expect(second?.sentBytes).toBe(first?.sentBytes);
  });

  it('is not used up by an intake that is down', async () => {
    intake.script({ status: 503 }, 1000);
    const given = makeWindow({ series: counters(100_000) });
    const backend = create();
    await failure(send(backend, given, inTime()));
    expect(intake.requests.length).toBeLessThanOrEqual(8);
  });

  it('does not wait for an endpoint that hangs', async () => {
    intake.script('hang', 8, '/intake/');
    const events = eventsOf(8);
    const given = makeWindow({ series: counters(10), events });
    const backend = create();
    let answers = 0;
    const answered = () => answers++;
    subscribe('undici:request:trailers', answered);
    onTestFinished(() => void unsubscribe('undici:request:trailers', answered));
    for (let attempt = 0; attempt < 2; attempt++) {
      const controller = new AbortController();
      const failed = failure(send(backend, given, controller.signal));
      // An abort before the client has read the answer would have the series sent again.
      await vi.waitFor(() => expect(answers).toBe(2));
      await vi.waitFor(() => expect(intake.underWay).toBe(4));
      controller.abort();
      await failed;
      await vi.waitFor(() => expect(intake.underWay).toBe(0));
    }
    expect(intake.series).toHaveLength(10);
    await send(backend, given, inTime());
    expect(intake.events).toHaveLength(8);
    expect(intake.series).toHaveLength(10);
  });

  it('leaves an endpoint alone that asks for a pause', async () => {
    intake.script({ status: 429, headers: { 'retry-after': '9' } }, 1000, '/intake/');
    const events = eventsOf(40);
    const error = await failure(send(create(), makeWindow({ series: counters(10), events }), inTime()));
    expect(error.retryAfterMs).toBe(9000);
    expect(paths(429).length).toBeLessThanOrEqual(4);
    expect(intake.series).toHaveLength(10);
  });

  it("D14 is when the intake's limit of requests is over", async () => {
    intake.script({ status: 429, headers: { 'x-ratelimit-reset': '12' } }, 1);
    const error = await failure(send(create(), makeWindow({ series: counters(1) }), inTime()));
    expect(error).toMatchObject({ retryAfterMs: 12_000 });
  });

  it('starts afresh for another window', async () => {
    intake.script({ status: 503 }, 1);
    const backend = create();
    await failure(send(backend, makeWindow({ series: counters(5, 'old') }), inTime()));
    await send(backend, makeWindow({ series: counters(5, 'new') }), inTime());
    expect(intake.series.map(({ metric }) => metric)).toEqual(['new.0', 'new.1', 'new.2', 'new.3', 'new.4']);
  });

  it('finds the bad item after an outage', async () => {
    intake.script({ status: 503 }, 1);
    intake.refuse((_, body) => (body.includes('"c.3"') ? 400 : undefined));
    const given = makeWindow({ series: counters(8) });
    const backend = create();
    await failure(send(backend, given, inTime()));
    await send(backend, given, inTime());
    expect(intake.series).toHaveLength(7);
    expect(context.losses).toEqual(new Map([['rejected', 1]]));
  });
});

describe('a refusal', () => {
  it.each([401, 403, 405, 407, 302])(
    'D15 with %d loses nothing: it is asked again as seldom as may be',
    async (status) => {
      intake.script({ status }, 100);
      const given = makeWindow({ series: counters(25_000), events: [event] });
      const backend = create();
      const error = await failure(send(backend, given, inTime()));
      expect(error).toMatchObject({
        retryAfterMs: Number.POSITIVE_INFINITY,
        message: expect.stringContaining(`: ${status}`),
      });
      expect(error.permanent).toBeUndefined();
      expect(intake.requests.length).toBeLessThanOrEqual(8);
      expect(context.losses).toEqual(new Map());
      intake.script({ status: 202 }, 0);
    },
  );

  it.each([402, 404])('D15 with %d is for good, and told as an error', async (status) => {
    intake.script({ status }, 1, SERIES);
    await send(create(), makeWindow({ series: counters(3) }), inTime());
    expect(intake.series).toEqual([]);
    expect(context.losses).toEqual(new Map([['refused', 3]]));
    const errors = context.logged.filter(({ level }) => level === 'error');
    expect(errors.map(({ message }) => message)).toEqual([
      `POST ${intake.url}${SERIES}: ${status} "{"errors":["refused"]}"; what goes there is lost`,
    ]);
  });

  it('D24 of the key names the settings and not the key', async () => {
    const backend = create({ apiKey: 'f'.repeat(32) });
    const error = await failure(send(backend, makeWindow({ series: counters(1) }), inTime()));
    expect(error.message).toContain(': 403');
    expect(error.message).not.toContain('f'.repeat(32));
  });

  it('of one endpoint keeps nothing waiting at the others, and what waits arrives when the endpoint takes it', async () => {
    intake.script({ status: 405 }, 4, SKETCHES);
    const series: SeriesInput[] = [...counters(10)];
    for (let i = 0; i < 20_000; i++) series.push({ type: 'distribution', name: `d.${i}`, values: [1] });
    const given = makeWindow({ series });
    const backend = create();
    await failure(send(backend, given, inTime()));
    expect(intake.series).toHaveLength(10);
    for (let attempt = 0; attempt < 3; attempt++) await send(backend, given, inTime()).catch(() => undefined);
    expect(intake.sketches).toHaveLength(20_000);
    expect(intake.series).toHaveLength(10);
    expect(context.losses).toEqual(new Map());
  });

  it('is not kept for the next window', async () => {
    intake.script({ status: 403 }, 1);
    const backend = create();
    await failure(send(backend, makeWindow({ series: counters(1) }), inTime()));
    await send(backend, makeWindow({ series: counters(1) }), inTime());
    expect(intake.series).toHaveLength(1);
  });
});

it('D26 counts requests by lane and status, bytes, items and divisions', async () => {
  intake.script({ status: 503 }, 1, SERIES);
  intake.script({ status: 413 }, 1, SERIES);
  const backend = create();
  const window = makeWindow({ series: [...counters(4), { type: 'distribution', name: 'd', values: [1] }] });
  await failure(send(backend, window, inTime()));
  await send(backend, window, inTime());
  const count = (key: string) => context.tagged.get(`datadog.${key}`);
  expect(count('requests lane:series status:503')).toBe(1);
  expect(count('requests lane:series status:413')).toBe(1);
  expect(count('requests lane:series status:202')).toBe(2);
  expect(count('requests lane:sketches status:202')).toBe(1);
  expect(count('divided_requests lane:series')).toBe(1);
  expect(count('encoded_items endpoint:series')).toBe(4);
  expect(count('encoded_items endpoint:sketches')).toBe(1);
  expect(count('encoded_bytes endpoint:series')).toBe(intake.requests.find(({ path }) => path === SERIES)?.body.length);
  const sent = intake.requests.filter(({ path }) => path === SERIES).reduce((sum, one) => sum + one.sentBytes, 0);
  expect(count('sent_bytes lane:series')).toBe(sent);
});

it('D26 tells that its clock is not that of the intake', async () => {
  const date = new Date(Date.now() - 600_000).toUTCString();
  intake.script({ status: 202, headers: { date } }, 1, SERIES);
  await send(create(), makeWindow({ series: counters(1) }), inTime());
  expect(context.logged.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^the clock of this machine differs by (599|60[0-9]) s from that of the intake/),
  ]);
});

it('counts errors of a request that was taken', async () => {
  intake.script({ status: 202, body: '{"errors":["tag too long","name"]}' }, 1);
  await send(create(), makeWindow({ series: counters(1) }), inTime());
  expect(context.counts.get('datadog.reported_errors')).toBe(2);
  expect(context.logged[0]?.message).toContain('"tag too long"');
});

it('adds static tags everywhere, and the name of the machine without the option', async () => {
  const { hostname: _, ...settings } = datadogSettings({ url: intake.url, tags: ['env:prod'] });
  const backend = datadog.create(settings, context);
  const series: SeriesInput[] = [...counters(1), { type: 'distribution', name: 'd', values: [1] }];
  await send(backend, makeWindow({ series, events: [event] }), inTime());
  expect(intake.series[0]).toMatchObject({
    tags: ['env:prod'],
    resources: [{ type: 'host', name: expect.any(String) }],
  });
  expect(intake.sketches[0]).toMatchObject({ tags: ['env:prod'], host: intake.series[0]?.resources?.[0]?.name });
  expect(intake.events[0]).toMatchObject({ tags: ['env:prod'] });
});
