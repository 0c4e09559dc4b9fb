import { describe, expect, it } from 'vitest';
import {
  checkLine,
  createLineWriter,
  eventLine,
  timedLine,
} from '../../../../../frontends/http/senders/datadog/lines.ts';
import { recordIntake } from '../../../../helper/intake.ts';

describe('lines of', () => {
  it.each([
    [{ title: 'a', text: 'b', tags: '' }, '_e{1,1}:a|b'],
    [{ title: 'é|x', text: '', tags: 'a,b:c' }, '_e{4,0}:é|x||#a,b:c'],
    [{ title: 'a\nb', text: 'c\r\nd\re', tags: '' }, '_e{4,7}:a\\nb|c\\nd\\ne'],
    [
      {
        title: 't',
        text: 'x',
        tags: '',
        time: 7,
        host: 'h|1',
        aggregationKey: 'k\nl',
        priority: 'low',
        sourceType: 's',
        alertType: 'error',
      },
      '_e{1,1}:t|x|d:7|h:h_1|k:k l|p:low|s:s|t:error',
    ],
    [{ title: '', text: 'x', tags: '' }, undefined],
  ])('event %#', (event, line) => {
    expect(eventLine(event)).toBe(line);
  });

  it('an event have the length that Datadog keeps, in bytes', () => {
    const line = eventLine({ title: 't', text: 'ß'.repeat(5000), tags: '' });
    expect(line).toBe(`_e{1,8000}:t|${'ß'.repeat(4000)}`);
  });

  it.each([
    [{ name: 'db.up', status: 0, tags: '' }, '_sc|db.up|0'],
    [
      { name: 'db|up', status: 3, tags: 'a:b', time: 9, host: 'h', message: 'no|\nanswer' },
      '_sc|db_up|3|d:9|h:h|#a:b|m:no_ answer',
    ],
    [{ name: '', status: 0, tags: '' }, undefined],
    [{ name: 'a', status: 4, tags: '' }, undefined],
    [{ name: 'a', status: 0.5, tags: '' }, undefined],
    [{ name: 'a', status: Number.NaN, tags: '' }, undefined],
  ])('service check %#', (check, line) => {
    expect(checkLine(check)).toBe(line);
  });

  it('a point with a time of its own', () => {
    expect(timedLine('a:1.5|c', 1_700_000_000.9, 'x:y')).toBe('a:1.5|c|T1700000000|#x:y');
    expect(timedLine('a:1|g', 5, '')).toBe('a:1|g|T5');
  });
});

describe('a writer', () => {
  it('hands lines over in pieces, in order', () => {
    const intake = recordIntake();
    const writer = createLineWriter(intake);
    const line = (i: number) => `${'a'.repeat(999)}${i}:1|c`;
    for (let i = 0; i < 150; i++) writer.add(line(i));
    expect(intake.pushes()).toBe(2);
    writer.flush();
    writer.flush();
    expect(intake.pushes()).toBe(3);
    expect(intake.received).toEqual(Array.from({ length: 150 }, (_, i) => line(i)));
  });

  it('drops and counts what is over 32 MiB of one body', () => {
    const intake = recordIntake();
    const writer = createLineWriter(intake);
    const line = 'a'.repeat(1024 * 1024);
    for (let i = 0; i < 34; i++) writer.add(line);
    writer.flush();
    expect([intake.received.length, intake.discarded.get('overload')]).toEqual([32, 2]);
    writer.add('b');
    writer.flush();
    expect(intake.received).toHaveLength(33);
  });
});
