import { describe, expect, it } from 'vitest';
import { isAccessLog } from '../../frontends/http/records/access-log.ts';
import { createScan } from '../../frontends/http/records/scan.ts';

/** How often quotes are looked for in one line of `parts` quoted words, each before what looks like the end of a request line. */
function searches(parts: number): number {
  const scan = createScan();
  const line = '"a HTTP/1 ", '.repeat(parts);
  scan.load(Buffer.from(line));
  let calls = 0;
  for (const finder of [scan.quote, scan.protocol]) {
    const { next } = finder;
    finder.next = (position) => {
      calls++;
      return next.call(finder, position);
    };
  }
  expect(isAccessLog(scan, 0, line.length)).toBe(false);
  return calls;
}

// One body of 200 kB held the event loop for 2.6 s: each `HTTP/` had the quotes of the line read from its beginning.
describe('a line with many quoted request lines', () => {
  it('is read once', () => {
    expect(searches(4000)).toBeLessThan(5 * searches(1000));
  });
});
