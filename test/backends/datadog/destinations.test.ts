import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DatadogConfig } from '../../../backends/datadog/config.ts';
import datadog from '../../../backends/datadog/index.ts';
import type { Backend, BackendContext, SendingBackend } from '../../../src/plugin.ts';
import { type DatadogIntake, datadogIntake } from '../../helper/datadog-intake.ts';
import { payloadsOf, sendTo } from '../../helper/sending.ts';
import { makeWindow, recordingContext, type SeriesInput } from '../../helper/window.ts';
import { API_KEY, datadogSettings } from './defaults.ts';

const OTHER_KEY = 'fedcba9876543210fedcba9876543210';
const NEW_KEY = '99999999999999999999999999999999';

let here: DatadogIntake;
let there: DatadogIntake;
const created: Backend[] = [];
let told: () => string = () => '';

beforeEach(async () => {
  here = await datadogIntake(API_KEY);
  there = await datadogIntake(OTHER_KEY);
});

afterEach(async () => {
  await Promise.all(created.splice(0).map((one) => one.stop?.()));
  await Promise.all([here.close(), there.close()]);
  expect(told()).not.toMatch(new RegExp(`${API_KEY}|${OTHER_KEY}|${NEW_KEY}`));
});

type Reread = BackendContext['reread'];

function create(changes: Partial<DatadogConfig> = {}, reread?: Reread) {
  const context = recordingContext(reread === undefined ? {} : { reread });
  const backend = datadog.create(datadogSettings({ url: here.url, ...changes }), context) as SendingBackend;
  created.push(backend);
  told = () => JSON.stringify([context.logged, [...context.tagged]]);
  return { backend, context };
}

const further = (changes: object = {}) => ({ apiKey: OTHER_KEY, site: 'datadoghq.com', url: there.url, ...changes });
const inTime = () => AbortSignal.timeout(20_000);
const counter = (name: string): SeriesInput => ({ type: 'counter', name, value: 10 });
const names = (intake: DatadogIntake) => intake.series.map(({ metric }) => metric);

describe('D20 several destinations', () => {
  it('are sent the same bytes, each with a key and lanes of its own', async () => {
    const { backend } = create({ destinations: [further({ name: 'eu' })] });
    const window = makeWindow({ series: [counter('a'), { type: 'distribution', name: 'd', values: [1] }] });
    const payloads = await payloadsOf(backend.encode(window));
    expect(payloads.map(({ lanes }) => lanes)).toEqual([
      ['series', 'eu/series'],
      ['sketches', 'eu/sketches'],
    ]);
    await sendTo(backend, window, inTime());
    expect([names(here), names(there)]).toEqual([['a'], ['a']]);
    expect([here.sketches.length, there.sketches.length]).toEqual([1, 1]);
    expect(there.requests[0]?.body.equals(here.requests[0]!.body)).toBe(true);
  });

  it('do not wait for one that hangs', async () => {
    there.script('hang', 1000);
    const { backend } = create({ destinations: [further()] });
    const [payload] = await payloadsOf(backend.encode(makeWindow({ series: [counter('a')] })));
    const [lane, other] = payload!.lanes;
    const stuck = new AbortController();
    const hanging = backend.deliver(payload!, other!, stuck.signal);
    await backend.deliver(payload!, lane!, inTime());
    expect(names(here)).toEqual(['a']);
    stuck.abort();
    await expect(hanging).rejects.toThrow('cut off');
  });

  it('take the metrics that begin as they say', async () => {
    const { backend, context } = create({ exclude: ['b.'], destinations: [further({ include: ['b.', 'c.'] })] });
    const series = ['a.1', 'b.1', 'c.1', 'b.2', 'a.2'].map(counter);
    await sendTo(backend, makeWindow({ series }), inTime());
    expect(names(here).sort()).toEqual(['a.1', 'a.2', 'c.1']);
    expect(names(there).sort()).toEqual(['b.1', 'b.2', 'c.1']);
    expect(context.losses).toEqual(new Map());
  });

  it('D21 that are the same are sent to once, and told', async () => {
    const { backend, context } = create({ destinations: [further({ url: here.url, apiKey: API_KEY, name: 'again' })] });
    await sendTo(backend, makeWindow({ series: [counter('a')] }), inTime());
    expect(backend.lanes.some((lane) => lane.includes('/'))).toBe(false);
    expect(names(here)).toEqual(['a']);
    expect(context.logged).toMatchObject([
      { level: 'warn', message: expect.stringContaining('"again" has the address and the key of the block itself') },
    ]);
  });

  it('D21 that are the same are sent what either of them takes', async () => {
    const again = further({ url: here.url, apiKey: API_KEY, include: ['b-'] });
    const { backend } = create({ include: ['a.'], destinations: [again, further()] });
    await sendTo(backend, makeWindow({ series: ['a.1', 'b_1', 'c.1'].map(counter) }), inTime());
    expect(names(here).sort()).toEqual(['a.1', 'b_1']);
    expect(names(there).sort()).toEqual(['a.1', 'b_1', 'c.1']);
  });
});

describe('D22 a key that was replaced', () => {
  it('is read again when the old one is refused, and what waits arrives with the new one', async () => {
    let stands = API_KEY;
    const places: unknown[] = [];
    const { backend } = create({}, (place) => {
      places.push(place);
      return stands;
    });
    here.setKeys(NEW_KEY);
    stands = NEW_KEY;
    await sendTo(backend, makeWindow({ series: [counter('a')] }), inTime());
    expect(names(here)).toEqual(['a']);
    expect(here.requests.at(-1)?.headers['dd-api-key']).toBe(NEW_KEY);
    expect(places[0]).toEqual(['apiKey']);
  });

  it('of a further destination is that of its place', async () => {
    const places: unknown[] = [];
    const reread: Reread = (place) => {
      places.push(place);
      return place[0] === 'destinations' ? NEW_KEY : undefined;
    };
    const { backend } = create({ destinations: [further()] }, reread);
    there.setKeys(NEW_KEY);
    await sendTo(backend, makeWindow({ series: [counter('a')] }), inTime());
    expect(names(there)).toEqual(['a']);
    expect(places).toContainEqual(['destinations', 0, 'apiKey']);
  });
});

describe('D23 the keys', () => {
  it('are asked for at the start, and one that is refused is told; the rest goes on', async () => {
    there.setKeys();
    const { backend, context } = create({ destinations: [further({ name: 'eu' })] });
    await backend.start?.();
    await vi.waitFor(() => expect([here.validations, there.validations]).toEqual([[API_KEY], [OTHER_KEY]]));
    await vi.waitFor(() => expect(context.logged).toHaveLength(1));
    expect(context.logged[0]).toMatchObject({
      level: 'error',
      message: expect.stringContaining('"destinations[0].apiKey" is no API key of the server of "destinations[0].url"'),
    });
    const window = makeWindow({ series: [counter('a')] });
    await expect(sendTo(backend, window, inTime())).rejects.toThrow('403');
    expect(names(here)).toEqual(['a']);
    // Health comes back by itself.
    there.setKeys(OTHER_KEY);
    await sendTo(backend, window, inTime());
    expect(names(there)).toEqual(['a']);
    expect(context.logged.at(-1)).toMatchObject({ level: 'info', message: 'eu knows the API key again' });
  });
});

describe('check --online', () => {
  it('has a line for each destination and endpoint', async () => {
    const lines = await datadog.probe(
      datadogSettings({ url: here.url, destinations: [further({ name: 'eu' })], distributions: 'points' }),
      inTime(),
    );
    const paths = ['v1/check_run', 'intake', 'v2/series', 'v1/distribution_points', 'beta/sketches'];
    expect(lines.every(({ good }) => good)).toBe(true);
    expect(lines.map(({ text }) => text)).toEqual([
      `${here.url} knows the key`,
      ...paths.map((path) => `${here.url}${path === 'intake' ? '/intake/' : `/api/${path}`} answers (202)`),
      `eu: ${there.url} knows the key`,
      ...paths.map((path) => `eu: ${there.url}${path === 'intake' ? '/intake/' : `/api/${path}`} answers (202)`),
    ]);
    expect(here.requests).toEqual([]);
  });

  it('says which key is refused', async () => {
    there.setKeys();
    const lines = await datadog.probe(
      datadogSettings({ url: here.url, destinations: [further({ name: 'eu' })] }),
      inTime(),
    );
    expect(lines.filter(({ good }) => !good).map(({ text }) => text)).toEqual([
      `eu: failed: GET ${there.url}/api/v1/validate: 403 "{}"; "destinations[0].apiKey" is no API key of the server of "destinations[0].url"`,
    ]);
  });
});

it('windows of less than a second are refused where they would go to Datadog', () => {
  const config = datadogSettings();
  expect(datadog.refuses(config, 999)).toContain('set "flushInterval" to "1s" or more');
  expect(datadog.refuses(config, 1000)).toBeUndefined();
  expect(datadog.refuses({ ...config, url: here.url }, 100)).toBeUndefined();
});
