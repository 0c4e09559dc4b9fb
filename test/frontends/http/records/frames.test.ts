import { describe, expect, it } from 'vitest';
import { framing } from '../../../../frontends/http/records/frames.ts';
import { frames, message } from '../log-frames.ts';

const one = message('app', 'web.1', 'count#a=1');
const good = frames(one).toString();

describe('framing', () => {
  it.each<[title: string, body: string, expected: 'whole' | 'begun' | undefined]>([
    ['nothing', '', undefined],
    ['a frame', good, 'whole'],
    ['three frames', good + good + good, 'whole'],
    ['frames with an LF after each', `${good}\n${good}\n`, 'whole'],
    ['a frame and a half', good + good.slice(0, -3), 'begun'],
    ['damage after two', `${good}${good}xyz`, 'begun'],
    ['damage after one', `${good}xyz`, undefined],
    ['a length that is too large', `9${good}`, undefined],
    ['a length that is too small', good.replace(/^\d+/, '12'), undefined],
    ['a length and no priority', '3 abc', undefined],
    ['a priority of another syslog', '24 <13>May  1 10:00:01 a b: c', undefined],
    ['lines', `${one}\n${one}\n`, undefined],
    ['a line that begins like a frame', `30 <158>1 - - heroku router - x dyno=a\ncount#a=1\n`, undefined],
  ])('%s', (_title, body, expected) => {
    expect(framing(Buffer.from(body))).toBe(expected);
  });
});
