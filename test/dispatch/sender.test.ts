import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Runner, RunnerSettings } from '../../src/dispatch/runner.ts';
import { createSender } from '../../src/dispatch/sender.ts';
import { type Payload, type SendingBackend, sendError, type Window } from '../../src/plugin.ts';
import { makeWindow } from '../helper/window.ts';

const settings: RunnerSettings = {
  queue: { windows: 3, bytes: 1e6, ageMs: 60_000 },
  retry: { minMs: 100, maxMs: 1000, timeoutMs: 5000 },
};

type Deliver = (payload: Payload, lane: string, signal: AbortSignal) => Promise<void>;

interface Sent {
  readonly lane: string;
  readonly name: string;
  readonly atMs: number;
}

/** A window is one payload for each lane, called `<end of the window><lane>`; how a lane answers is scripted, and then it takes all. */
function scripted(scripts: Record<string, Deliver[]>, together = false) {
  const sent: Sent[] = [];
  const encoded: number[] = [];
  const lanes = Object.keys(scripts);
  const payload = (lanesOf: readonly string[], name: string, createdMs: number): Payload => ({
    lanes: lanesOf,
    bytes: Buffer.from(name),
    names: [name],
    createdMs,
  });
  const backend: SendingBackend & { stopped: number } = {
    lanes,
    stopped: 0,
    async *encode(window: Window) {
      encoded.push(window.endMs);
      if (window.endMs < 0) throw new Error('no such window');
      if (together) yield payload(lanes, `${window.endMs}`, window.endMs);
      else for (const lane of lanes) yield payload([lane], `${window.endMs}${lane}`, window.endMs);
    },
    async deliver(one, lane, signal) {
      sent.push({ lane, name: one.names.join(), atMs: performance.now() });
      await scripts[lane]?.shift()?.(one, lane, signal);
    },
    async stop() {
      backend.stopped++;
    },
  };
  return {
    backend,
    sent,
    encoded,
    namesOf: (lane: string) => sent.filter((one) => one.lane === lane).map(({ name }) => name),
  };
}

const messages: string[] = [];
const keep = (message: string) => void messages.push(message);
const log = { info: keep, warn: keep, error: keep };
const lostItems = new Map<string, number>();
const lost = (reason: string, items: number) => void lostItems.set(reason, (lostItems.get(reason) ?? 0) + items);

const open = (backend: SendingBackend) => createSender('test', backend, log, settings, lost);
const windowAt = (endMs: number) => makeWindow({ endMs });
const failing = (error: Error) => () => Promise.reject(error);
const hanging: Deliver = (_payload, _lane, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
const always = (deliver: Deliver) => Array.from({ length: 1000 }, () => deliver);

/** Gives up what waits. */
async function close(sender: Runner): Promise<void> {
  const stopped = sender.stop(performance.now());
  await vi.advanceTimersByTimeAsync(1000);
  await stopped;
}

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  messages.length = 0;
  lostItems.clear();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a back-end that sends', () => {
  it('encodes each window once and sends it to all of its lanes', async () => {
    const { backend, namesOf, encoded } = scripted({ a: [], b: [] });
    const sender = open(backend);
    for (const endMs of [1, 2]) sender.offer(windowAt(endMs));
    await vi.advanceTimersByTimeAsync(10);
    expect(encoded).toEqual([1, 2]);
    expect([namesOf('a'), namesOf('b')]).toEqual([
      ['1a', '2a'],
      ['1b', '2b'],
    ]);
    expect(sender.takeActivity()).toMatchObject({ sends: 2, failures: 0, retries: 0 });
    expect(sender.queued).toEqual({ windows: 0, bytes: 0 });
    await close(sender);
    expect(backend.stopped).toBe(1);
  });

  it('shares the bytes of a payload that goes to several lanes', async () => {
    const { backend, namesOf } = scripted({ here: [], there: always(failing(new Error('down'))) }, true);
    const sender = open(backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(10);
    expect(namesOf('here')).toEqual(['1']);
    expect(sender.takeActivity().lanes.get('there')).toMatchObject({ payloads: 1, delivered: 0 });
    await close(sender);
  });

  it.each([
    ['answers 503', failing(new Error('503'))],
    ['hangs', hanging],
    ['refuses the key', failing(sendError('401', { retryAfterMs: Number.POSITIVE_INFINITY }))],
  ])('no lane waits for one that %s, for as long as it does', async (_, deliver) => {
    const { backend, sent, namesOf } = scripted({ bad: always(deliver), good: [], other: [] });
    const sender = open(backend);
    for (let endMs = 1; endMs <= 50; endMs++) {
      const offeredMs = performance.now();
      sender.offer(windowAt(endMs));
      await vi.advanceTimersByTimeAsync(1000);
      for (const lane of ['good', 'other']) {
        const arrived = sent.find(({ name }) => name === `${endMs}${lane}`);
        expect(arrived!.atMs - offeredMs).toBeLessThanOrEqual(1);
      }
    }
    expect(namesOf('good')).toHaveLength(50);
    const { lanes } = sender.takeActivity();
    const { delivered, payloads, givenUp } = lanes.get('bad')!;
    expect(delivered).toBe(0);
    // Three windows may wait, and a request may be under way.
    expect(payloads).toBeLessThanOrEqual(4);
    expect(givenUp).toEqual(new Map([['queue_full', 50 - payloads]]));
    expect(lanes.get('good')).toMatchObject({ delivered: 50, payloads: 0, retries: 0, open: false });
    await close(sender);
  });

  it('sends the same payload again, at growing intervals with jitter, until it is taken', async () => {
    const { backend, sent } = scripted({ a: Array.from({ length: 3 }, () => failing(new TypeError('may pass'))) });
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const sender = open(backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent.map(({ atMs }) => Math.round(atMs - sent[0]!.atMs))).toEqual([0, 50, 150, 350]);
    expect(sender.takeActivity()).toMatchObject({ sends: 1, failures: 3, retries: 3 });
    expect(messages[0]).toMatch(
      /^delivery failed, will be tried again: TypeError: may pass \(.*sender\.test\.ts:\d+:\d+\)$/,
    );
    expect(messages).toContain('delivering again');
    await close(sender);
  });

  it('D16 probes a server that is down with one request at a time, and does not storm it when it is back', async () => {
    let underWay = 0;
    let most = 0;
    let down = true;
    const deliver: Deliver = async () => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 10));
      underWay--;
      if (down) throw new Error('503');
    };
    const { backend, sent } = scripted({ a: always(deliver) });
    const sender = createSender(
      'test',
      backend,
      log,
      { ...settings, queue: { ...settings.queue, windows: 100 } },
      lost,
    );
    for (let endMs = 1; endMs <= 40; endMs++) sender.offer(windowAt(endMs));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sender.takeActivity().lanes.get('a')).toMatchObject({ open: true, payloads: 40 });
    expect(most).toBe(4);
    most = 0;
    const before = sent.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(most).toBe(1);
    expect(sent.length - before).toBeGreaterThan(5);
    down = false;
    const starts: number[] = [];
    while (sender.queued.windows > 0) {
      const inFlight = underWay;
      await vi.advanceTimersByTimeAsync(10);
      starts.push(inFlight);
    }
    expect(Math.max(...starts)).toBe(4);
    expect(starts.filter((count) => count > 0).slice(0, 3)).toEqual([1, 2, 4]);
    expect(sender.takeActivity()).toMatchObject({ sends: 40 });
    await close(sender);
  });

  it('goes one after the other where the back-end asks for it, also after a failure', async () => {
    const slow: Deliver = () => new Promise((resolve) => setTimeout(resolve, 20));
    const { backend, namesOf } = scripted({ a: [slow, failing(new Error('503')), slow, slow] });
    const sender = open({ ...backend, inOrder: true });
    for (const endMs of [1, 2, 3]) sender.offer(windowAt(endMs));
    await vi.advanceTimersByTimeAsync(10);
    expect(namesOf('a')).toEqual(['1a']);
    await vi.advanceTimersByTimeAsync(1000);
    expect(namesOf('a')).toEqual(['1a', '2a', '2a', '3a']);
    await close(sender);
  });

  it('D13 sends what windows became at the same time, and nothing of the next one before, where the back-end asks for it', async () => {
    const open4: (() => void)[] = [];
    const sent: string[] = [];
    let failures = 1;
    const backend: SendingBackend = {
      lanes: ['a'],
      inOrder: 'windows',
      async *encode({ endMs }: Window) {
        for (const part of ['x', 'y', 'z'])
          yield { lanes: ['a'], bytes: Buffer.from('x'), names: [`${endMs}${part}`], createdMs: endMs };
      },
      async deliver({ names: [name = ''] }) {
        sent.push(name);
        await new Promise<void>((resolve) => open4.push(resolve));
        if (name === '1y' && failures-- > 0) throw new Error('503');
      },
    };
    const sender = createSender('test', backend, log, settings, lost);
    for (const endMs of [1, 2]) sender.offer(windowAt(endMs));
    const answer = async () => {
      for (const done of open4.splice(0)) done();
      await vi.advanceTimersByTimeAsync(2000);
    };
    await vi.advanceTimersByTimeAsync(10);
    expect(sent).toEqual(['1x', '1y', '1z']);
    await answer();
    expect(sent.slice(3)).toEqual(['1y']);
    await answer();
    expect(sent.slice(4)).toEqual(['2x', '2y', '2z']);
    await answer();
    expect(sender.queued.windows).toBe(0);
    await close(sender);
  });

  it('D4 does not send what its server would take for too old, not even once', async () => {
    const { backend, sent } = scripted({ a: always(failing(new Error('down'))) });
    const aged: SendingBackend = {
      ...backend,
      async *encode(window) {
        for await (const payload of backend.encode(window)) yield { ...payload, maxAgeMs: 3000 };
      },
    };
    const sender = open(aged);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent.length).toBeGreaterThan(1);
    expect(sent.every(({ atMs }) => atMs - sent[0]!.atMs <= 3000)).toBe(true);
    expect(sender.takeActivity().lanes.get('a')?.givenUp).toEqual(new Map([['too_old', 1]]));
    await close(sender);
  });

  it('waits before it sends smaller payloads where the back-end asks for it', async () => {
    const part: Payload = { lanes: ['a'], bytes: Buffer.from('p'), names: ['part'], createdMs: 1 };
    const { backend, sent } = scripted({ a: [failing(sendError('503', { smaller: [part], retryAfterMs: 400 }))] });
    const sender = open(backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(3000);
    expect(sent.map(({ name }) => name)).toEqual(['1a', 'part']);
    expect(sent[1]!.atMs - sent[0]!.atMs).toBeGreaterThanOrEqual(400);
    await close(sender);
  });

  it('takes the answer that comes behind the deadline of an attempt: what is judged is not sent again', async () => {
    const part: Payload = { lanes: ['a'], bytes: Buffer.from('p'), names: ['part'], createdMs: 1 };
    const late: Deliver = () =>
      new Promise((_, reject) => setTimeout(() => reject(sendError('400', { smaller: [part] })), 7000));
    const { backend, namesOf } = scripted({ a: [late] });
    const sender = open(backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(namesOf('a')).toEqual(['1a', 'part']);
    await close(sender);
  });

  it('gives up what the server refuses for good, by its reason, once', async () => {
    const refusal = failing(sendError('400 "bad"', { permanent: true, reason: 'rejected' }));
    const { backend } = scripted({ a: [refusal], b: [] });
    const sender = open(backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(10);
    const { sends, lanes, lostWindows } = sender.takeActivity();
    expect([sends, lostWindows]).toEqual([1, new Map()]);
    expect(lanes.get('a')?.givenUp).toEqual(new Map([['rejected', 1]]));
    expect(lostItems).toEqual(new Map([['rejected', 1]]));
    expect(messages).toEqual(['1 lost, the first is "1a": 400 "bad"']);
    await close(sender);
  });

  it('counts a window of which nothing was taken as lost, and no item of it besides', async () => {
    const refusal = failing(sendError('413', { permanent: true, reason: 'too_large' }));
    const { backend } = scripted({ a: [refusal], b: [refusal] });
    const sender = open(backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(10);
    expect(sender.takeActivity()).toMatchObject({ sends: 0, lostWindows: new Map([['refused', 1]]) });
    expect(sender.lostWindows).toBe(1);
    expect(lostItems).toEqual(new Map());
    await close(sender);
  });

  it('sends smaller payloads instead of one, in its place', async () => {
    const part = (name: string): Payload => ({ lanes: ['a'], bytes: Buffer.from(name), names: [name], createdMs: 1 });
    const { backend, namesOf } = scripted({ a: [failing(sendError('413', { smaller: [part('x'), part('y')] }))] });
    const sender = open(backend);
    sender.offer(windowAt(1));
    sender.offer(windowAt(2));
    await vi.advanceTimersByTimeAsync(10);
    expect(namesOf('a').sort()).toEqual(['1a', '2a', 'x', 'y']);
    expect(sender.takeActivity()).toMatchObject({ sends: 2, failures: 0 });
    await close(sender);
  });

  it('ends a window of which nothing is left to be sent', async () => {
    const { backend } = scripted({ a: [failing(sendError('413', { smaller: [] }))] });
    const sender = open(backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(10);
    expect(sender.takeActivity()).toMatchObject({ sends: 1, failures: 0 });
    expect(sender.queued).toEqual({ windows: 0, bytes: 0 });
    await close(sender);
  });

  it('is as far behind as its oldest request, one that is under way included', async () => {
    const { backend } = scripted({ a: always(hanging) });
    const sender = open(backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(3000);
    expect(sender.takeActivity().lanes.get('a')).toMatchObject({ payloads: 1, ageMs: 3000 });
    await close(sender);
  });

  it('does not ask without a pause, whatever the back-end says of when', async () => {
    const soon = Object.assign(new Error('soon'), { retryAfterMs: Number.NaN });
    const { backend, namesOf } = scripted({ a: always(failing(soon)) });
    const sender = open(backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(namesOf('a').length).toBeLessThan(60);
    await close(sender);
  });

  it('gives up what is too old, but not before it was tried', async () => {
    const { backend, namesOf } = scripted({ a: always(failing(new Error('503'))) });
    const sender = open(backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(70_000);
    expect(namesOf('a').length).toBeGreaterThan(10);
    expect(sender.takeActivity().lostWindows).toEqual(new Map([['too_old', 1]]));
    expect(sender.queued).toEqual({ windows: 0, bytes: 0 });
    await close(sender);
  });

  it('gives up a window that cannot be encoded, and goes on with the next one', async () => {
    const { backend, namesOf } = scripted({ a: [] });
    const sender = open(backend);
    sender.offer(windowAt(-1));
    sender.offer(windowAt(2));
    await vi.advanceTimersByTimeAsync(10);
    expect(namesOf('a')).toEqual(['2a']);
    expect(sender.takeActivity()).toMatchObject({ sends: 1, lostWindows: new Map([['refused', 1]]) });
    expect(messages[0]).toMatch(/^cannot encode a window of 0 series: no such window/);
    await close(sender);
  });

  it('counts the items of what is no payload, and of all behind it, as lost, and says what it lacks', async () => {
    const backend: SendingBackend = {
      lanes: ['a'],
      async *encode() {
        yield { lanes: ['a'], bytes: Buffer.from('x'), names: ['x'], createdMs: 1 };
        yield { lanes: ['a'], names: ['y'], createdMs: 1 } as unknown as Payload;
        yield { lanes: ['a'], bytes: Buffer.from('z'), names: ['z'], createdMs: 1 };
      },
      deliver: async () => undefined,
    };
    const sender = open(backend);
    const series = ['x', 'y', 'z'].map((name) => ({ type: 'counter' as const, name, value: 1 }));
    for (const endMs of [1, 2, 3]) sender.offer(makeWindow({ series, endMs }));
    await vi.advanceTimersByTimeAsync(10);
    expect(sender.takeActivity()).toMatchObject({ sends: 3 });
    expect(lostItems).toEqual(new Map([['refused', 6]]));
    expect(sender.queued).toEqual({ windows: 0, bytes: 0 });
    expect(messages).toEqual([
      expect.stringContaining('cannot encode a window of 3 series: gave no payload: "bytes" must be a Uint8Array'),
    ]);
    await close(sender);
  });

  it('tells of a lane that is none once, and counts every payload for it', async () => {
    const backend: SendingBackend = {
      lanes: ['a'],
      async *encode({ endMs }) {
        yield { lanes: ['b'], bytes: Buffer.from('x'), names: ['x'], createdMs: endMs };
      },
      deliver: async () => undefined,
    };
    const sender = open(backend);
    for (const endMs of [1, 2, 3]) sender.offer(windowAt(endMs));
    await vi.advanceTimersByTimeAsync(10);
    const { lanes, lostWindows } = sender.takeActivity();
    expect(lanes.get('b')!.givenUp).toEqual(new Map([['no_lane', 3]]));
    expect(lostWindows).toEqual(new Map([['refused', 3]]));
    expect(messages).toEqual(['gave a payload for a lane that is not among its "lanes": its items are lost']);
    await close(sender);
  });

  it('ends an attempt at its deadline', async () => {
    const { backend, sent } = scripted({ a: [hanging] });
    const sender = open(backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(5000 + 200);
    expect(sent).toHaveLength(2);
    expect(messages[0]).toContain('no answer within 5000 ms');
    await close(sender);
  });

  it('D17 delivers what it can at a stop, gives up the rest and says how much of which lane', async () => {
    const { backend, namesOf } = scripted({
      slow: [failing(sendError('429', { retryAfterMs: 900 }))],
      bad: always(failing(new Error('503'))),
    });
    const sender = open(backend);
    for (const endMs of [1, 2]) sender.offer(windowAt(endMs));
    const stopped = sender.stop(performance.now() + 3000);
    await vi.advanceTimersByTimeAsync(4000);
    await stopped;
    expect(namesOf('slow').sort()).toEqual(['1slow', '1slow', '2slow']);
    expect(sender.takeActivity()).toMatchObject({ sends: 2 });
    expect(lostItems).toEqual(new Map([['shutdown', 2]]));
    expect(messages).toContain('payloads were given up: they were not delivered before the end of "shutdownTimeout"');
    expect(backend.stopped).toBe(1);
  });

  it('hands over what a back-end went on with though it was stopped, and it is sent once more and counted', async () => {
    const old = scripted({ a: [() => new Promise(() => undefined)] });
    const sender = open(old.backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(10);
    const handing = sender.handOver!(performance.now() + 1000);
    await vi.advanceTimersByTimeAsync(3000);
    const next = scripted({ a: [] });
    const successor = createSender('test', next.backend, log, settings, lost, await handing);
    await vi.advanceTimersByTimeAsync(10);
    expect(next.namesOf('a')).toEqual(['1a']);
    expect(successor.takeActivity().lanes.get('a')).toMatchObject({ delivered: 1, ambiguous: 1 });
    await close(successor);
  });

  it('hands over what waits, and its successor sends it, with what it is by then', async () => {
    const old = scripted({ a: always(failing(new Error('401'))), gone: always(hanging) });
    const sender = open(old.backend);
    for (const endMs of [1, 2]) sender.offer(windowAt(endMs));
    await vi.advanceTimersByTimeAsync(10);
    const handing = sender.handOver!(performance.now() + 1000);
    await vi.advanceTimersByTimeAsync(600);
    const carried = await handing;
    expect(carried.map(({ lane, parcels }) => [lane, parcels.length])).toEqual([
      ['a', 2],
      ['gone', 2],
    ]);
    expect(old.backend.stopped).toBe(1);

    const next = scripted({ a: [] });
    const successor = createSender('test', next.backend, log, settings, lost, carried);
    successor.offer(windowAt(3));
    await vi.advanceTimersByTimeAsync(10);
    expect(next.namesOf('a').sort()).toEqual(['1a', '2a', '3a']);
    expect(successor.takeActivity()).toMatchObject({ sends: 3 });
    expect(lostItems).toEqual(new Map([['no_lane', 2]]));
    expect(messages).toContain('payloads for a lane that this back-end does not have were given up');
    await close(successor);
  });
});

it('D28 encoded = delivered + given up + waiting, whatever happens, through hand-overs and a stop', async () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  vi.spyOn(Math, 'random').mockImplementation(random);
  const taken = new Map<string, number>();
  const faults: Deliver[] = [
    failing(new Error('503')),
    failing(sendError('429', { retryAfterMs: 700 })),
    failing(sendError('401', { retryAfterMs: Number.POSITIVE_INFINITY })),
    failing(sendError('400', { permanent: true, reason: 'rejected' })),
    hanging,
  ];
  const deliver: Deliver = async (payload, lane, signal) => {
    if (random() < 0.5) return faults[Math.floor(random() * faults.length)]!(payload, lane, signal);
    const key = `${lane} ${payload.names[0]}`;
    taken.set(key, (taken.get(key) ?? 0) + 1);
  };
  const make = () => scripted({ a: always(deliver), b: always(deliver), c: always(deliver) }, true).backend;
  let sender = open(make());
  let encoded = 0;
  let delivered = 0;
  let givenUp = 0;
  const count = () => {
    for (const lane of sender.takeActivity().lanes.values()) {
      delivered += lane.delivered;
      for (const lostOnes of lane.givenUp.values()) givenUp += lostOnes;
    }
  };
  const waiting = () => [...sender.takeActivity().lanes.values()].reduce((sum, { payloads }) => sum + payloads, 0);
  for (let endMs = 1; endMs <= 200; endMs++) {
    sender.offer(windowAt(endMs));
    encoded += 3;
    await vi.advanceTimersByTimeAsync(random() * 2000);
    if (endMs % 40 === 0) {
      const handing = sender.handOver!(performance.now() + 1000);
      await vi.advanceTimersByTimeAsync(600);
      const carried = await handing;
      count();
      sender = createSender('test', make(), log, settings, lost, carried);
    }
    count();
    expect(delivered + givenUp + waiting()).toBe(encoded);
  }
  const stopped = sender.stop(performance.now() + 500);
  await vi.advanceTimersByTimeAsync(1500);
  await stopped;
  const left = lostItems.get('shutdown') ?? 0;
  count();
  expect(delivered + givenUp + left).toBe(encoded);
  expect(taken.size).toBe(delivered);
  expect([...taken.values()].every((times) => times === 1)).toBe(true);
});

describe('a back-end that is slow or ignores its signals', () => {
  it('holds no more windows than "queue" allows, and ends with its stop, though it never encodes one', async () => {
    const backend: SendingBackend = {
      lanes: ['a'],
      async *encode() {
        await new Promise(() => undefined);
      },
      deliver: async () => undefined,
    };
    const sender = open(backend);
    for (let endMs = 1; endMs <= 10; endMs++) sender.offer(windowAt(endMs));
    expect(sender.queued.windows).toBeLessThanOrEqual(4);
    expect(sender.takeActivity().lostWindows).toEqual(new Map([['queue_full', 6]]));
    await close(sender);
    expect(sender.takeActivity().lostWindows).toEqual(new Map([['shutdown', 4]]));
    expect(messages).toContain('windows were dropped before they were encoded: more windows wait than "queue" allows');
  });

  it('counts what is left of a window that is still being encoded when it has to end, and sends nothing of it any more', async () => {
    const sent: string[] = [];
    const backend: SendingBackend = {
      lanes: ['a'],
      async *encode() {
        yield { lanes: ['a'], bytes: Buffer.from('x'), names: ['x'], createdMs: 1 };
        await new Promise((resolve) => setTimeout(resolve, 1500));
        yield { lanes: ['a'], bytes: Buffer.from('y'), names: ['y'], createdMs: 1 };
      },
      async deliver(payload) {
        sent.push(payload.names.join());
      },
    };
    const sender = open(backend);
    const series = ['x', 'y', 'z'].map((name) => ({ type: 'counter' as const, name, value: 1 }));
    sender.offer(makeWindow({ series }));
    await vi.advanceTimersByTimeAsync(10);
    await close(sender);
    await vi.advanceTimersByTimeAsync(2000);
    expect(sent).toEqual(['x']);
    expect(lostItems).toEqual(new Map([['shutdown', 2]]));
    expect(sender.queued).toEqual({ windows: 0, bytes: 0 });
  });

  it('counts a series that goes to two destinations as one of those that were encoded', async () => {
    const backend: SendingBackend = {
      lanes: ['a', 'b'],
      async *encode() {
        yield { lanes: ['a'], bytes: Buffer.from('x'), names: ['x'], createdMs: 1 };
        yield { lanes: ['b'], bytes: Buffer.from('x'), names: ['x'], firsts: 0, createdMs: 1 };
        throw new Error('out of order');
      },
      deliver: async () => undefined,
    };
    const sender = open(backend);
    const series = ['x', 'y'].map((name) => ({ type: 'counter' as const, name, value: 1 }));
    sender.offer(makeWindow({ series }));
    await vi.advanceTimersByTimeAsync(10);
    expect(lostItems).toEqual(new Map([['refused', 1]]));
    await close(sender);
  });

  it('what it takes behind the deadline of an attempt is not sent again', async () => {
    const { backend, namesOf } = scripted({ a: [() => new Promise((resolve) => setTimeout(resolve, 5500))] });
    const sender = open(backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(12_000);
    expect(namesOf('a')).toEqual(['1a']);
    expect(sender.takeActivity()).toMatchObject({ sends: 1, failures: 1 });
    await close(sender);
  });

  it('what may have been taken is counted when it is sent again, be it told at once or behind the deadline', async () => {
    const atOnce = failing(sendError('reset', { ambiguous: true }));
    const late: Deliver = (_payload, _lane, signal) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(sendError('cut off', { ambiguous: true }))),
      );
    const { backend, sent } = scripted({ a: [atOnce, late, failing(sendError('503'))] });
    const sender = open(backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(12_000);
    expect(sent).toHaveLength(4);
    expect(sender.takeActivity().lanes.get('a')).toMatchObject({ delivered: 1, ambiguous: 2, retries: 3 });
    await close(sender);
  });

  it('what it refuses behind the deadline of an attempt is sent again, and never twice at a time', async () => {
    const late: Deliver = () => new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 5500));
    const { backend, sent } = scripted({ a: [late] });
    const sender = open(backend);
    sender.offer(windowAt(1));
    await vi.advanceTimersByTimeAsync(12_000);
    expect(sent).toHaveLength(2);
    expect(sent[1]!.atMs - sent[0]!.atMs).toBeGreaterThanOrEqual(5500);
    expect(sender.takeActivity()).toMatchObject({ sends: 1 });
    await close(sender);
  });
});

it('a back-end that gives payload after payload without a pause lets other work go on, and ends', async () => {
  vi.useRealTimers();
  const backend: SendingBackend = {
    lanes: ['a'],
    async *encode() {
      for (;;) yield { lanes: ['a'], bytes: Buffer.from('x'), names: ['x'], createdMs: 1 };
    },
    deliver: async () => undefined,
  };
  const sender = open(backend);
  sender.offer(windowAt(1));
  let turns = 0;
  await new Promise<void>((resolve) => {
    const turn = () => (++turns === 20 ? resolve() : setImmediate(turn));
    turn();
  });
  await sender.stop(performance.now());
  expect(sender.queued).toEqual({ windows: 0, bytes: 0 });
});
