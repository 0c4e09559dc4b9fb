import { describe, expect, it, onTestFinished } from 'vitest';
import type { RemoteWriteConfig } from '../../../../backends/prometheus/remote-write/config.ts';
import remoteWrite from '../../../../backends/prometheus/remote-write/index.ts';
import type { SendError, TimedPoint } from '../../../../src/plugin.ts';
import { labelOf, type RemoteWriteSink, remoteWriteSink, type Speaks } from '../../../helper/remote-write-sink.ts';
import { payloadsOf, sendTo } from '../../../helper/sending.ts';
import { makeWindow, type RecordingContext, recordingContext, type SeriesInput } from '../../../helper/window.ts';
import { remoteWriteSettings } from './settings.ts';

const END = 1_700_000_010_000;
const inTime = () => AbortSignal.timeout(5000);

async function open(changes: Partial<RemoteWriteConfig> = {}, speaks: Speaks = '2') {
  const sink = await remoteWriteSink(speaks);
  const context = recordingContext();
  const backend = remoteWrite.create(remoteWriteSettings({ url: sink.url, ...changes }), context);
  await backend.start?.();
  onTestFinished(async () => {
    await backend.stop?.();
    await sink.close();
  });
  const send = (series: readonly SeriesInput[], endMs = END, points: readonly TimedPoint[] = []) =>
    sendTo(backend, makeWindow({ startMs: endMs - 10_000, endMs, series, points }), inTime(), context);
  return { sink, context, backend, send };
}

const counter = (value: number, name = 'hits'): SeriesInput => ({ type: 'counter', name, value });

/** The error of the first payload of a window. */
async function errorOf(
  { backend, context }: { readonly backend: ReturnType<typeof remoteWrite.create>; readonly context: RecordingContext },
  series: readonly SeriesInput[],
): Promise<SendError | undefined> {
  const [payload] = await payloadsOf(backend.encode(makeWindow({ series })));
  const delivered = backend.deliver(payload!, backend.lanes[0]!, inTime());
  expect(context.losses).toEqual(new Map());
  return delivered.then(
    () => undefined,
    (error: SendError) => error,
  );
}

describe('what is sent', () => {
  it('is every series of the page at the end of each window, with sums that go on', async () => {
    const { sink, send } = await open();
    await send([counter(5), { type: 'gauge', name: 'depth', tags: ['disk:a'], value: 42 }]);
    await send([counter(7)], END + 15_000);
    expect(sink.valuesOf('hits')).toEqual([5, 12]);
    expect(sink.valuesOf('depth', { disk: 'a' })).toEqual([42, 42]);
    const times = sink.taken.flatMap(({ samples }) => samples.map(({ timestamp }) => timestamp));
    expect(times).toEqual([END, END, END + 15_000, END + 15_000]);
  });

  it('has what the specification wants of its head, and what the configuration adds', async () => {
    const { sink, send } = await open({
      protocol: '1',
      auth: { token: 't0k3n' },
      headers: { 'X-Scope-OrgID': 'tenant' },
      externalLabels: { cluster: 'eu' },
    });
    await send([counter(1)]);
    expect(sink.writes).toMatchObject([
      {
        headers: {
          'content-type': 'application/x-protobuf',
          'content-encoding': 'snappy',
          'x-prometheus-remote-write-version': '0.1.0',
          'x-scope-orgid': 'tenant',
          authorization: 'Bearer t0k3n',
        },
      },
    ]);
    expect(sink.valuesOf('hits', { cluster: 'eu' })).toEqual([1]);
  });

  it('names a user and a password as HTTP Basic does', async () => {
    const { sink, send } = await open({ auth: { user: 'ann', password: 'b:c' } });
    await send([counter(1)]);
    expect(sink.writes[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ann:b:c').toString('base64')}`);
  });

  it('is cut into requests of as many samples as are allowed', async () => {
    const { sink, send } = await open({ maxSamplesPerSend: 2, protocol: '1' });
    await send(Array.from({ length: 5 }, (_, at) => counter(at, `c${at}`)));
    expect(sink.writes.map(({ series }) => series.length)).toEqual([2, 2, 1]);
  });
});

describe('points with times of their own', () => {
  const at = (type: 'counter' | 'gauge', seconds: number, value: number): TimedPoint => ({
    type,
    name: 'old',
    tags: ['k:v'],
    timestamp: 1_600_000_000 + seconds,
    value,
  });

  it('keep them where they are gauges, in requests of their own', async () => {
    const { sink, send } = await open();
    await send([counter(1)], END, [at('gauge', 2, 20), at('gauge', 1, 10)]);
    const [old] = sink.taken.filter((one) => labelOf(one, '__name__') === 'old');
    expect(old?.samples.map(({ timestamp, value }) => [timestamp, value])).toEqual([
      [1_600_000_001_000, 10],
      [1_600_000_002_000, 20],
    ]);
    expect(sink.writes.filter(({ series }) => series.length > 0).map(({ series }) => series.length)).toEqual([1, 1]);
  });

  it('count for now where they are counters', async () => {
    const { sink, context, send } = await open();
    await send([], END, [at('counter', 1, 3)]);
    await send([], END + 10_000, [at('counter', 0, 4)]);
    expect(sink.valuesOf('old', { k: 'v' })).toEqual([3, 7]);
    expect(context.losses).toEqual(new Map());
  });
});

describe('the version', () => {
  const versions = (sink: RemoteWriteSink) => sink.writes.map(({ version, status }) => [version, status]);

  it.each<[Speaks, RemoteWriteConfig['protocol'], (readonly [number, number])[]]>([
    [
      '2',
      '1',
      [
        [1, 204],
        [1, 204],
      ],
    ],
    [
      '2',
      '2',
      [
        [2, 204],
        [2, 204],
      ],
    ],
    [
      '1',
      '1',
      [
        [1, 204],
        [1, 204],
      ],
    ],
    // One that has no series asks.
    [
      '2',
      'auto',
      [
        [1, 204],
        [2, 204],
        [2, 204],
      ],
    ],
    [
      '1',
      'auto',
      [
        [1, 204],
        [2, 415],
        [1, 204],
      ],
    ],
    [
      'old',
      'auto',
      [
        [1, 204],
        [2, 204],
        [1, 204],
      ],
    ],
    [
      '1',
      '2',
      [
        [2, 415],
        [1, 204],
        [1, 204],
      ],
    ],
    [
      'old',
      '2',
      [
        [2, 204],
        [1, 204],
        [1, 204],
      ],
    ],
  ])('a receiver of %s and "protocol": "%s"', async (speaks, protocol, expected) => {
    const { sink, send } = await open({ protocol }, speaks);
    await send([counter(1)]);
    await send([counter(1)], END + 10_000);
    expect(versions(sink)).toEqual(expected);
    expect(sink.valuesOf('hits')).toEqual([1, 2]);
  });

  it('2 says what a series is, and since when', async () => {
    const { sink, send } = await open({ protocol: '2' });
    await send([counter(1)]);
    expect(sink.taken).toMatchObject([
      { metadata: { type: 1 }, samples: [{ start: END - 10_000 }], created: END - 10_000 },
    ]);
  });

  it('goes back when the receiver does, and what waits goes with it', async () => {
    const opened = await open({ protocol: '2' });
    const { sink, backend, send } = opened;
    await send([counter(1)]);
    const [waiting] = await payloadsOf(backend.encode(makeWindow({ endMs: END + 10_000, series: [counter(1)] })));
    sink.speak('1');
    await backend.deliver(waiting!, 'samples', inTime());
    expect(versions(sink)).toEqual([
      [2, 204],
      [2, 415],
      [1, 204],
    ]);
    expect(sink.valuesOf('hits')).toEqual([1, 2]);
  });
});

it('what waits and cannot be read is given up', async () => {
  const { backend } = await open({ protocol: '1' });
  const [payload] = await payloadsOf(backend.encode(makeWindow({ series: [counter(1)] })));
  // A symbol of 100 bytes, of which there are none.
  const bytes = Buffer.from([2, 4, 0x22, 100]);
  const delivered = backend.deliver({ ...payload!, bytes }, 'samples', inTime());
  await expect(delivered).rejects.toMatchObject({ permanent: true, reason: 'unreadable' });
});

describe('a receiver that does not take it', () => {
  it.each([
    [{ status: 503 }, undefined],
    [{ status: 500, headers: { 'retry-after': '7' } }, 7000],
    [{ status: 429, headers: { 'retry-after': '3' } }, 3000],
    ['reset' as const, undefined],
  ])('%j: it is sent again', async (reply, retryAfterMs) => {
    const opened = await open();
    opened.sink.script(reply, 1);
    const error = await errorOf(opened, [counter(1)]);
    expect(error).toBeInstanceOf(Error);
    expect([error?.permanent, error?.smaller, error?.ambiguous, error?.retryAfterMs]).toEqual([
      undefined,
      undefined,
      undefined,
      retryAfterMs,
    ]);
  });

  it.each([
    [{ status: 400, body: 'out of order' }, 'rejected', '400: "out of order"'],
    [{ status: 401, body: 'who are you' }, undefined, 'check "auth"'],
    [{ status: 404 }, undefined, 'check "url"'],
    [{ status: 422, body: 'no' }, undefined, 'no'],
  ])('%j: it is not', async (reply, reason, text) => {
    const opened = await open();
    opened.sink.script(reply, 1);
    expect(await errorOf(opened, [counter(1)])).toMatchObject({
      permanent: true,
      ...(reason === undefined ? {} : { reason }),
      message: expect.stringContaining(text.replace(/^400: "|"$/g, '')),
    });
  });

  it('a redirect waits for somebody who corrects the address', async () => {
    const opened = await open();
    opened.sink.script({ status: 302, headers: { location: 'http://127.0.0.1:1/login' } }, 1);
    expect((await errorOf(opened, [counter(1)]))?.retryAfterMs).toBe(Number.POSITIVE_INFINITY);
  });

  it.each(['1', '2'] as const)('413 in version %s: halves are sent, down to one', async (protocol) => {
    const { sink, context, send } = await open({ protocol });
    sink.refuse(({ series }) => (series.length > 2 ? { status: 413 } : undefined));
    await send(Array.from({ length: 7 }, (_, at) => counter(at, `c${at}`)));
    expect(sink.taken.length).toBe(7);
    sink.refuse(() => ({ status: 413 }));
    await send([], END + 10_000);
    expect(context.losses).toEqual(new Map([['too_large', 7]]));
  });

  it('of version 2 that has taken a part: the others are lost, and told', async () => {
    const { sink, context, send } = await open({ protocol: '2' });
    const headers = { 'x-prometheus-remote-write-samples-written': '2' };
    sink.script({ status: 400, headers, body: 'out of order' }, 1);
    await send([counter(1, 'a'), counter(1, 'b'), counter(1, 'c')]);
    expect(context.losses).toEqual(new Map([['rejected', 1]]));
    expect(context.logged).toMatchObject([{ level: 'warn', message: expect.stringContaining('out of order') }]);
  });

  it('shows no secret of its own in what is told', async () => {
    const opened = await open({ auth: { token: 's3cr3t-token' } });
    opened.sink.script({ status: 403, body: 'no such token: s3cr3t-token' }, 1);
    const error = await errorOf(opened, [counter(1)]);
    expect(error?.message).toContain('no such token: ***');
  });
});

describe('the end of a series', () => {
  const stale = (sink: RemoteWriteSink) =>
    sink.taken.flatMap((one) =>
      one.samples.filter(({ isStale }) => isStale).map(({ timestamp }) => [labelOf(one, '__name__'), timestamp]),
    );

  it('is sent once when it expires', async () => {
    const { sink, send } = await open({ ttl: 10_000 });
    await send([counter(1), { type: 'timer', name: 't', values: [5] }]);
    for (const windows of [1, 2, 3, 4]) await send([counter(1, 'other')], END + windows * 10_000);
    const ends = stale(sink);
    expect(ends.map(([name]) => name).sort()).toEqual(['hits', 't', 't_count', 't_sum']);
    expect(new Set(ends.map(([, time]) => time))).toEqual(new Set([END + 20_000]));
    expect(sink.valuesOf('hits')).toEqual([1, 1, Number.NaN]);
  });

  it('is sent for all of them at an orderly stop, behind all samples', async () => {
    const { sink, backend, send } = await open();
    await send([counter(1, 'a'), counter(1, 'b')]);
    await backend.stop?.();
    await backend.stop?.();
    const ends = stale(sink);
    expect(ends.map(([name]) => name)).toEqual(['a', 'b']);
    for (const [, time] of ends) expect(time).toBeGreaterThan(END);
  });

  it('is not sent at a stop before what waits, which would come behind it', async () => {
    const { sink, context, backend } = await open();
    await payloadsOf(backend.encode(makeWindow({ series: [counter(1)] })));
    await backend.stop?.();
    expect([sink.writes, context.logged]).toEqual([[], []]);
  });

  it.each(['1', '2'] as const)('is sent in halves where a request is too large, in version %s', async (protocol) => {
    const { sink, context, backend, send } = await open({ protocol });
    await send([counter(1, 'a'), counter(1, 'b'), counter(1, 'c')]);
    sink.script({ status: 413 }, 2);
    await backend.stop?.();
    expect(stale(sink).map(([name]) => name)).toEqual(['a', 'b', 'c']);
    expect(context.logged).toEqual([]);
  });

  it('is told as missing where nobody takes it at a stop', async () => {
    const { sink, context, backend, send } = await open();
    await send([counter(1)]);
    sink.script({ status: 503, body: 'closed' }, 1);
    await backend.stop?.();
    expect(context.logged).toMatchObject([{ level: 'warn', message: expect.stringContaining('closed') }]);
  });
});

describe('check --online', () => {
  const probed = async (speaks: Speaks, changes: Partial<RemoteWriteConfig> = {}, status?: number) => {
    const sink = await remoteWriteSink(speaks);
    onTestFinished(sink.close);
    if (status !== undefined) sink.script({ status, body: 'no' }, 2);
    return { sink, found: remoteWrite.probe(remoteWriteSettings({ url: sink.url, ...changes }), inTime()) };
  };

  it.each<[Speaks, Partial<RemoteWriteConfig>, string]>([
    ['2', {}, 'takes remote write of version 1 and 2'],
    ['2', { protocol: '1' }, 'takes remote write of version 1'],
    ['1', {}, 'takes remote write of version 1'],
    ['old', {}, 'takes remote write of version 1'],
  ])('finds a receiver of %s with %j', async (speaks, changes, text) => {
    const { sink, found } = await probed(speaks, changes);
    expect(await found).toBe(text);
    expect(sink.taken).toEqual([]);
  });

  it.each([
    [401, 'check "auth"'],
    [404, 'check "url"'],
    [503, 'no'],
  ])('says what to do after %i', async (status, text) => {
    const { found } = await probed('2', {}, status);
    await expect(found).rejects.toThrow(text);
  });
});
