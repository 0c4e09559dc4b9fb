import { describe, expect, it } from 'vitest';
import { isAccessLog } from '../../../../frontends/http/records/access-log.ts';
import { createScan } from '../../../../frontends/http/records/scan.ts';
import { readLines } from '../reading.ts';

function tells(line: string): boolean {
  const scan = createScan();
  const before = 'x HTTP/1.1 [10/Oct/2000:13:55:36 -0700] "\n';
  scan.load(Buffer.from(`${before}${line}\n::1 - `));
  return isAccessLog(scan, before.length, before.length + Buffer.byteLength(line));
}

const FORGED = 'count#forged=1';
const DATE = '[10/Oct/2000:13:55:36 -0700]';

describe('lines of access logs', () => {
  it.each([
    ['common', `203.0.113.9 - ${FORGED} ${DATE} "GET / HTTP/1.1" 200 12`],
    ['combined', `203.0.113.9 - - ${DATE} "GET / HTTP/1.1" 200 12 "-" "a" ${FORGED} "b"`],
    ['combined, cut', `203.0.113.9 - - ${DATE} "GET / HTTP/1.1" 200 12 "-" "a" ${FORGED} b`],
    ['a user name with blanks and quotes', `203.0.113.9 - a " ${FORGED} " ${DATE} "GET / HTTP/1.1" 401 12`],
    ['a user name, cut', `203.0.113.9 - ${FORGED} xxxxxxxxxxxxxxxxxxxxxxxx`],
    ['a user name that pretends to be the rest', `::1 - x ${DATE} "GET / HTTP/1.1" 200 1 "-" "-" ${FORGED} xxx`],
    ['an address of IPv6', `2001:db8::7 - ${FORGED} x`],
    ['one with IPv4 in it', `::ffff:203.0.113.9 - ${FORGED} x`],
    ['the host of an address', `www.example.com - ${FORGED} ${DATE} "GET / HTTP/1.1" 200 12`],
    ['a virtual host', `www.example.com:443 203.0.113.9 - ${FORGED} x`],
    ['short, of morgan', `- ${FORGED} GET / HTTP/1.1 200 2 - 1.234 ms`],
    ['short, with an open quote', `- ${FORGED} " GET / HTTP/1.1 200 2 - 1.234 ms`],
    ['short, with an open quote of another kind', `- ${FORGED} ' GET / HTTP/1.1 200 2 - 1.234 ms`],
    [
      'HAProxy',
      `10.0.1.2:33313 [06/Feb/2009:12:14:14.655] in a/b 10/0/30/69/109 200 27 - - ---- 1/1/1/1/0 0/0 {x ${FORGED} } {} "GET / HTTP/1.1"`,
    ],
    ['Envoy', `[2016-04-15T20:17:00.310Z] "GET / HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "a" ${FORGED} "b"`],
    [
      'errors of nginx',
      `2024/05/01 10:00:01 [error] 31#31: *7 open() failed, client: 1.2.3.4, referrer: "a" ${FORGED} "b"`,
    ],
    [
      'errors of Apache',
      `[Wed May 01 10:00:01.123456 2024] [core:error] [pid 7] [client 1.2.3.4:5] no file, referer: a ${FORGED}`,
    ],
    ['the server of Python', `127.0.0.1 - - [10/Oct/2000 13:55:36] ${FORGED} 200 -`],
  ])('give no metric: %s', (_title, line) => {
    expect(tells(line)).toBe(true);
    for (const profile of ['tagged', 'seed'] as const) {
      expect(readLines(`${line}\ncount#good=1\n`, { profile }).found).toEqual(['counter good 1']);
    }
  });

  it('are counted', () => {
    const { intake } = readLines(`${DATE} ${FORGED} ${DATE} "GET"\n${DATE} "GET ${FORGED}"\n`);
    expect(intake.counted.get('drain.visitor_lines')).toBe(1);
  });

  it.each([
    'count#a=1',
    'count#a=1 request="GET / HTTP/1.1"',
    "count#a=1 request='GET / HTTP/1.1'",
    'count#a=1 protocol=HTTP/1.1',
    'count#a=1 HTTP/x',
    'HTTP/1.1 count#a=1',
    '10:00:01 count#a=1',
    '[2024-05-01 10:00:01] count#a=1 a=1',
    '[INFO] [x] "y" count#a=1 and some more',
    '2024/05/01 10:00:01 count#a=1 and some more',
    '10.0.0 count#a=1',
    'a.b.c.d count#a=1',
    '12 203.0.113.9 count#a=1',
    `count#a=1 [01] "x"`,
    '1.2.3.4',
  ])('are not: %s', (line) => {
    expect(tells(line)).toBe(false);
  });
});
