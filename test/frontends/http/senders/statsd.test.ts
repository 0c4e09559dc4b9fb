import { expect, it } from 'vitest';
import type { Post } from '../../../../frontends/http/senders/sender.ts';
import { statsdSender } from '../../../../frontends/http/senders/statsd.ts';
import { recordIntake } from '../../../helper/intake.ts';

function read(body: string, spent: () => boolean) {
  const intake = recordIntake();
  const [route] = statsdSender(intake).posts;
  const pauses = [...route.read(Buffer.from(body), { spent } as Post)].length;
  return { pauses, received: intake.received };
}

it('takes whole lines between two pauses, and pauses at least every 17 KiB where its time is spent', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `requests.${index}:1|c`);
  const { pauses, received } = read(lines.join('\n'), () => true);
  expect(received).toEqual(lines);
  expect(pauses).toBeGreaterThan(lines.join('\n').length / 17_000 - 1);
});

it('does not pause where there is time left, nor at the end', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `requests.${index}:1|c`);
  expect(read(lines.join('\n'), () => false).pauses).toBe(0);
  expect(read('a:1|c\n', () => true)).toEqual({ pauses: 0, received: ['a:1|c'] });
  expect(read('', () => true)).toEqual({ pauses: 0, received: [] });
});

it('takes a line that is longer than what is read between two pauses', () => {
  const long = `${'x'.repeat(40_000)}:1|c`;
  expect(read(`${long}\na:1|c\n`, () => true)).toEqual({ pauses: 1, received: [long, 'a:1|c'] });
});
