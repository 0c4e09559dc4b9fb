import { describe, expect, it } from 'vitest';
import { anyRecord, appName, recordOf, valueAt } from '../../../../frontends/http/json/record.ts';
import type { JsonObject } from '../../../../frontends/http/records/record.ts';

const read = (fields: JsonObject) => recordOf(fields, 'WRITTEN');

describe('one record', () => {
  it.each<[fields: JsonObject, text: string]>([
    [{ message: 'a', msg: 'b', log: 'c' }, 'a'],
    [{ log: 'c', msg: 'b' }, 'b'],
    [{ log: 'c\n' }, 'c\n'],
    [{ MESSAGE: 'd' }, 'd'],
    [{ MESSAGE: [104, 105] }, 'hi'],
    [{ MESSAGE: ['x'] }, 'WRITTEN'],
    [{ body: 'e' }, 'e'],
    [{ text: 'f' }, 'f'],
    [{ message: '', msg: 'g' }, 'g'],
    [{ message: { a: 1 }, log: { level: 'info' } }, 'WRITTEN'],
    [{ status: 200 }, 'WRITTEN'],
    [{}, 'WRITTEN'],
  ])('has its text in one of some fields: %j', (fields, text) => {
    expect(read(fields)).toMatchObject({ text, fields });
  });

  it.each<[fields: JsonObject, app: string | undefined, process: string | undefined]>([
    [{ app: 'shop', service: 'other', host: 'web-1' }, 'shop', 'web-1'],
    [{ service: { name: 'shop' }, host: { name: 'web-1' } }, 'shop', 'web-1'],
    [{ service: 'shop', container_name: 'api' }, 'shop', 'api'],
    [{ fly: { app: { name: 'shop', instance: '3d8d' }, region: 'ams' }, host: 'edge' }, 'shop', '3d8d'],
    [{ kubernetes: { labels: { app: 'shop' }, container_name: 'api', pod_name: 'api-7d9f' } }, 'shop', 'api'],
    [{ PROGRAM: 'sshd', HOST: 'web-1', PID: '12' }, 'sshd', 'web-1'],
    [{ SYSLOG_IDENTIFIER: 'cron', _HOSTNAME: 'web-1' }, 'cron', 'web-1'],
    [{ app: 'my shop, "eu"', process: '4711' }, 'my_shop___eu_', undefined],
    [{ app: '', process: 4711, host: '' }, undefined, undefined],
    [JSON.parse('{"__proto__":{"app":"evil","message":"evil"}}'), undefined, undefined],
  ])('says who wrote it: %j', (fields, app, process) => {
    expect(read(fields)).toMatchObject({ app, process });
  });

  it.each<[fields: JsonObject, severity: string | undefined]>([
    [{ level: 'info', severity: 'x' }, 'info'],
    [{ level: 30 }, '30'],
    [{ PRIORITY: '6' }, '6'],
    [{ levelname: 'ERROR' }, 'ERROR'],
    [{ log: { level: 'warn' } }, 'warn'],
    [{ level: '' }, undefined],
  ])('says how severe it is: %j', (fields, severity) => {
    expect(read(fields).severity).toBe(severity);
  });

  it.each<[time: string | number | null, timeMs: number | undefined]>([
    ['2024-05-01T10:00:01.120Z', 1_714_557_601_120],
    ['2024-05-01T12:00:01.120345678+02:00', 1_714_557_601_120],
    [1_714_557_601.5, 1_714_557_601_500],
    [1_714_557_601_120, 1_714_557_601_120],
    [1_714_557_601_120_000, 1_714_557_601_120],
    [1_714_557_601_120_000_000, 1_714_557_601_120],
    ['yesterday at about noon', undefined],
    ['10:00', undefined],
    [0, undefined],
    [-1, undefined],
    [null, undefined],
  ])('says when it was: %j', (timestamp, timeMs) => {
    expect(read({ timestamp }).timeMs).toBe(timeMs);
  });

  it('leaves nothing of the one before it', () => {
    read({ message: 'a', app: 'shop', host: 'h', level: 'info', time: 1_714_557_601 });
    expect(read({})).toEqual({ text: 'WRITTEN', fields: {} });
  });
});

it('is a text or an object', () => {
  expect(anyRecord('count#a', '"count#a"')).toEqual({ text: 'count#a' });
  expect(anyRecord({ msg: 'b' }, '')).toMatchObject({ text: 'b' });
  for (const value of [1, true, null, ['a']]) expect(anyRecord(value, '')).toBeUndefined();
});

it('finds what a path leads to, and nothing that JavaScript adds', () => {
  expect(valueAt({ a: { b: [1] } }, ['a', 'b'])).toEqual([1]);
  for (const path of [['a', 'x'], ['a', 'b', '0'], ['toString'], ['constructor', 'name']]) {
    expect(valueAt({ a: { b: [1] } }, path)).toBeUndefined();
  }
});

it('makes a tag of the name of an app', () => {
  expect(appName(`a|b${'x'.repeat(200)}`)).toBe(`a_b${'x'.repeat(97)}`);
});
