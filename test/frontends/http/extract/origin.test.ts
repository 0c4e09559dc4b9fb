import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../../src/kit/slices.ts';
import { found, frames, message } from '../log-frames.ts';
import { openReader, readFrames, readLines } from '../reading.ts';

describe('prefixes of a credential', () => {
  const client = { name: 'user shop', prefixes: ['shop.', 'heroku.router.'] };

  it('refuse and count all other names', () => {
    const { found, intake } = readLines('count#shop.a=1 count#evil=1 unique#evil=x unique#shop.u=y count#evil=2', {
      client,
    });
    expect(found).toEqual(['counter shop.a 1', 'set shop.u y']);
    expect(intake.discarded).toEqual(new Map([['unsupported', 3]]));
    expect(intake.counted.get('drain.refused_names')).toBe(3);
  });

  it('hold for those of the platform too', () => {
    const body = frames(
      message('heroku', 'router', 'method=GET dyno=web.1 status=200'),
      message('heroku', 'web.1', 'Error R14 (Memory quota exceeded)'),
    );
    const { intake } = readFrames(body, { client });
    expect(intake.samples.map(({ name }) => name)).toEqual(['heroku.router.requests']);
  });

  it('are those of the request, also when they changed', () => {
    const { reader, intake } = openReader();
    for (const prefixes of [['a'], ['a'], ['b'], undefined]) {
      reader.begin({ client: { name: 'x', prefixes }, app: undefined, stream: '', repeated: false });
      atOnce(reader.lines(Buffer.from('count#a=1 count#b=1')));
    }
    expect(found(intake)).toEqual(['counter a 1', 'counter a 1', 'counter b 1', 'counter a 1', 'counter b 1']);
  });
});

describe('series of a credential', () => {
  const line = (...names: readonly number[]) => Buffer.from(names.map((name) => `count#n${name}=1`).join(' '));

  it('are so many in ten minutes, and the others are refused', () => {
    let now = 0;
    const { reader, intake } = openReader({ maxSeries: 3, now: () => now });
    const read = (name: string, body: Buffer) => {
      reader.begin({ client: { name }, app: undefined, stream: '', repeated: false });
      atOnce(reader.lines(body));
      return found(intake).splice(0).length;
    };
    expect(read('a', line(1, 2, 3, 4, 1, 4))).toBe(4);
    expect(intake.discarded).toEqual(new Map([['overload', 2]]));
    expect(intake.counted.get('drain.refused_series')).toBe(2);
    expect(read('b', line(4, 5))).toBe(6);
    now = 599_999;
    expect(read('a', line(4))).toBe(6);
    now = 600_000;
    expect(read('a', line(4))).toBe(7);
  });

  it('count for each list of tags and each type', () => {
    const { intake } = readLines('count#a source=x\ncount#a source=y\nsample#a=1 source=y\ncount#a source=z', {
      maxSeries: 3,
    });
    expect(intake.samples).toHaveLength(3);
  });
});

describe('tags', () => {
  it.each<[app: string | undefined, text: string, expected: string]>([
    [undefined, 'count#a', 'counter a 1'],
    ['shop', 'count#a', 'counter a 1 app:shop'],
    ['shop', 'count#a source=eu', 'counter a 1 source:eu,app:shop'],
    ['a,b|c', 'count#a', 'counter a 1 app:a_b_c'],
  ])('%s: %s', (app, text, expected) => {
    expect(readLines(text, { app }).found).toEqual([expected]);
  });
});
