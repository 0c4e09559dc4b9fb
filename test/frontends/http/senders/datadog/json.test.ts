import { describe, expect, it } from 'vitest';
import {
  readDistributions as distributionSteps,
  readAgentEvents,
  readChecks,
  readEvent,
  readSeries as seriesSteps,
} from '../../../../../frontends/http/senders/datadog/json.ts';
import { atOnce } from '../../../../../src/kit/slices.ts';

const readSeries = (given: Buffer) => atOnce(seriesSteps(given));
const readDistributions = (given: Buffer) => atOnce(distributionSteps(given));

const body = (value: unknown) => Buffer.from(JSON.stringify(value));
const series = (...all: readonly object[]) => body({ series: all });

describe('series', () => {
  it('of version 1 are read', () => {
    const given = {
      metric: 'system.load.1',
      type: 'rate',
      interval: 20,
      points: [
        [1_700_000_000, 0.7],
        [1_700_000_010.5, 1e3],
      ],
      host: 'web-1',
      device: 'sda1',
      tags: ['env:prod', 'b'],
    };
    expect(readSeries(series(given))).toEqual([
      {
        name: 'system.load.1',
        type: 'rate',
        interval: 20,
        points: [
          { time: 1_700_000_000, value: 0.7 },
          { time: 1_700_000_010.5, value: 1000 },
        ],
        tags: 'env:prod,b,device:sda1,host:web-1',
      },
    ]);
  });

  it('of version 2 are read', () => {
    const given = {
      metric: 'jobs',
      type: 1,
      points: [{ timestamp: 1_700_000_000, value: 3 }],
      resources: [
        { type: 'host', name: 'web-2' },
        { type: 'device', name: 'eth0' },
      ],
      tags: ['env:prod'],
      unit: 'job',
      metadata: { origin: { product: 7 } },
    };
    expect(readSeries(series(given))).toEqual([
      {
        name: 'jobs',
        type: 'count',
        interval: 0,
        points: [{ time: 1_700_000_000, value: 3 }],
        tags: 'env:prod,device:eth0,host:web-2',
      },
    ]);
  });

  it.each([
    [undefined, 'gauge'],
    [null, 'gauge'],
    ['', 'gauge'],
    ['gauge', 'gauge'],
    ['count', 'count'],
    ['counter', 'count'],
    ['rate', 'rate'],
    [0, 'gauge'],
    [1, 'count'],
    [2, 'rate'],
    [3, 'gauge'],
    ['histogram', undefined],
    ['__proto__', undefined],
    [4, undefined],
    [{}, undefined],
  ])('the type %j is %s', (type, expected) => {
    expect(readSeries(series({ metric: 'a', type }))[0]?.type).toBe(expected);
  });

  it.each([
    ['a-b c/d:e|f;g=h#i[j]', 'a_b_c_d_e_f_g_h_i_j_'],
    ['größe', 'gr__e'],
    ['a\nb', 'a_b'],
    ['a\u{1f600}b', 'a_b'],
    ['', ''],
    [7, ''],
    [undefined, ''],
  ])('the name %j becomes "%s"', (metric, name) => {
    expect(readSeries(series({ metric }))[0]?.name).toBe(name);
  });

  it.each([
    [['a:b,c', 'd|e', 'f\ng', '', 7, null, 'größe:ß'], 'a:b_c,d_e,f_g,größe:ß'],
    ['a:1,b:2', 'a:1,b:2'],
    [undefined, ''],
    [{}, ''],
  ])('the tags %j become "%s"', (tags, section) => {
    expect(readSeries(series({ metric: 'a', tags }))[0]?.tags).toBe(section);
  });

  it('without a host have none, and the host of a series comes after a tag that says so too', () => {
    expect(readSeries(series({ metric: 'a', host: null }, { metric: 'a', host: '' })).map(({ tags }) => tags)).toEqual([
      '',
      '',
    ]);
    expect(readSeries(series({ metric: 'a', host: 'h', tags: ['host:x'] }))[0]?.tags).toBe('host:x,host:h');
  });

  it('points that are none have no numbers', () => {
    const points = [[1, '2'], ['1', 2], [1, null], [], 7, null, { timestamp: 1 }, [1, [2]]];
    const [read] = readSeries(series({ metric: 'a', points }));
    expect(read?.points).toEqual([
      { time: 1, value: Number.NaN },
      { time: Number.NaN, value: 2 },
      { time: 1, value: Number.NaN },
      { time: Number.NaN, value: Number.NaN },
      { time: Number.NaN, value: Number.NaN },
      { time: Number.NaN, value: Number.NaN },
      { time: 1, value: Number.NaN },
      { time: 1, value: Number.NaN },
    ]);
  });

  it('of a probe are none', () => {
    expect(readSeries(Buffer.from('{}'))).toEqual([]);
  });

  it.each([
    ['', 'it is no JSON'],
    ['{"series":[', 'it is no JSON'],
    ['[]', 'it is no object'],
    ['null', 'it is no object'],
    ['{"series":{}}', '"series" is no list'],
    ['{"series":[7]}', 'a series is an object'],
  ])('"%s" is refused', (text, why) => {
    const refused = expect.objectContaining({ status: 400, message: `The body cannot be read: ${why}.` });
    expect(() => readSeries(Buffer.from(text))).toThrow(refused);
  });
});

it('distributions are read', () => {
  const points = [[1_700_000_000, [1, 2.5, null]], [1_700_000_001, 4], 'x'];
  expect(readDistributions(series({ metric: 'd', points, host: 'h', tags: ['a'], type: 'distribution' }))).toEqual([
    {
      name: 'd',
      tags: 'a,host:h',
      points: [
        { time: 1_700_000_000, value: [1, 2.5, Number.NaN] },
        { time: 1_700_000_001, value: [] },
        { time: Number.NaN, value: [] },
      ],
    },
  ]);
});

describe('service checks', () => {
  const check = {
    check: 'db.up',
    host_name: 'h1',
    status: 1,
    timestamp: 1_700_000_000,
    message: 'slow',
    tags: ['a:b'],
  };
  const record = { name: 'db.up', host: 'h1', status: 1, time: 1_700_000_000, message: 'slow', tags: 'a:b' };

  it('are read, one or a list of them', () => {
    expect(readChecks(body(check))).toEqual([record]);
    expect(readChecks(body([check, check]))).toEqual([record, record]);
    expect(readChecks(body({ check: 'a', status: 0, timestamp: null, host: 'x' }))).toEqual([
      { name: 'a', host: 'x', status: 0, tags: '' },
    ]);
  });

  it('that are none are refused', () => {
    expect(() => readChecks(body([check, 'x']))).toThrow(expect.objectContaining({ status: 400 }));
  });
});

describe('events', () => {
  it('of the API are read', () => {
    const event = {
      title: 'Deploy',
      text: 'version 7',
      date_happened: 1_700_000_000.9,
      priority: 'low',
      host: 'h',
      tags: ['a', 'b:c'],
      alert_type: 'warning',
      aggregation_key: 'k',
      source_type_name: 'jenkins',
      device_name: 'sda',
      related_event_id: 7,
    };
    expect(readEvent(body(event))).toEqual({
      title: 'Deploy',
      text: 'version 7',
      time: 1_700_000_000,
      priority: 'low',
      host: 'h',
      tags: 'a,b:c,device:sda',
      alertType: 'warning',
      aggregationKey: 'k',
      sourceType: 'jenkins',
    });
  });

  it.each(['[]', '{}', '{"title":""}', '{"title":7}', '7'])('%s is refused', (text) => {
    expect(() => readEvent(Buffer.from(text))).toThrow(expect.objectContaining({ status: 400 }));
  });

  it('of the Agent are read, and what else it sends gives none', () => {
    const event = { msg_title: 'a', msg_text: 'b', timestamp: 5, host: 'h' };
    const named = { ...event, source_type_name: 'docker' };
    const given = { apiKey: '', internalHostname: 'h', events: { api: [event, 7], system: [named], __proto__x: 3 } };
    const record = { title: 'a', text: 'b', time: 5, host: 'h', tags: '' };
    expect(readAgentEvents(body(given))).toEqual([
      { ...record, sourceType: 'api' },
      { title: '', text: '', tags: '', sourceType: 'api' },
      { ...record, sourceType: 'docker' },
    ]);
    expect(readAgentEvents(body({ meta: { 'socket-hostname': 'h' }, agentVersion: '7' }))).toEqual([]);
    expect(readAgentEvents(body({ events: [] }))).toEqual([]);
  });
});
