import { describe, expect, it } from 'vitest';
import type { Json, LogRecord } from '../../../../../frontends/http/records/record.ts';
import { logRecord, logSink } from '../../../../../frontends/http/senders/otlp/logs.ts';
import type { LogEntry } from '../../../../../frontends/http/senders/otlp/model.ts';

const attribute = (key: string, value: Json) => ({ key, value });

function entry(body: Json, more: Partial<LogEntry> = {}): LogEntry {
  return { timeMs: undefined, severity: undefined, body, attributes: [], ...more };
}

describe('a log record', () => {
  it.each<[what: string, body: Json, text: string, fields: object | undefined]>([
    ['text', 'hello', 'hello', undefined],
    ['text that is JSON', '{"a":1}', '{"a":1}', { a: 1 }],
    ['text that begins like JSON', '{a', '{a', undefined],
    ['a map with a message', { message: 'hi', a: 1 }, 'hi', { message: 'hi', a: 1 }],
    ['a map without', { a: 1 }, '{"a":1}', { a: 1 }],
    ['a list', [1, 2], '[1,2]', undefined],
    ['a number', 5, '5', undefined],
    ['nothing', null, '', undefined],
  ])('with a body of %s', (_, body, text, fields) => {
    const record = logRecord(entry(body), undefined, []);
    expect(record.text).toBe(text);
    expect(record.fields === undefined ? undefined : { ...record.fields }).toEqual(fields);
  });

  it('has the fields of its attributes, and over them those of its body', () => {
    const { fields } = logRecord(
      entry({ a: 1 }, { attributes: [attribute('a', 2), attribute('__proto__', 3)] }),
      undefined,
      [],
    );
    expect(Object.entries(fields ?? {})).toEqual([
      ['a', 1],
      ['__proto__', 3],
    ]);
  });

  it.each<[expected: string | undefined, attributes: readonly string[], resource: readonly string[]]>([
    ['web.1', [], ['heroku.dyno.name=web.1', 'host.name=h']],
    ['h', [], ['service.instance.id=0b9f1ab0-3c5e-4e62-9bb2-6f1d2f1c5a11', 'host.name=h']],
    ['i-1', [], ['service.instance.id=i-1', 'host.name=h']],
    ['run.5', ['dyno=run.5'], ['host.name=h']],
    [undefined, [], ['service.name=shop']],
  ])('comes from %s', (expected, attributes, resource) => {
    const all = (given: readonly string[]) =>
      given.map((one) => one.split('=')).map(([key = '', value = '']) => attribute(key, value));
    expect(logRecord(entry('x', { attributes: all(attributes) }), undefined, all(resource)).process).toBe(expected);
  });

  it('keeps time and severity', () => {
    expect(logRecord(entry('x', { timeMs: 5, severity: 'INFO' }), 'shop', [])).toEqual({
      text: 'x',
      app: 'shop',
      timeMs: 5,
      severity: 'INFO',
      process: undefined,
      fields: undefined,
    });
  });
});

// biome-ignore lint/correctness/useYield: nothing of this is read.
function* noFrames() {
  return 0;
}

describe('the app of log records', () => {
  function appsOf(app: string | undefined, services: readonly string[]): (string | undefined)[] {
    const records: LogRecord[] = [];
    const none = function* () {};
    const logs = {
      record: (record: LogRecord) => records.push(record) < 0,
      flush: none,
      lines: none,
      frames: noFrames,
    };
    const sink = logSink({ logs, app });
    for (const service of services) {
      sink.open({ level: 'resource', attributes: service === '' ? [] : [attribute('service.name', service)] });
      sink.leaf(entry('x'));
    }
    return records.map((record) => record.app);
  }

  it('is the name of their service', () => {
    expect(appsOf(undefined, ['shop', '', 'my till?'])).toEqual(['shop', undefined, 'my_till_']);
  });

  it('is that of the request where it names one', () => {
    expect(appsOf('mine', ['shop'])).toEqual([undefined]);
  });
});
