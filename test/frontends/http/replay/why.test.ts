import { expect, it } from 'vitest';
import type { TracedLine } from '../../../../frontends/http/extract/trace.ts';
import { reasonsOf } from '../../../../frontends/http/replay/why.ts';

const line = (text: string, more: Partial<TracedLine> = {}): TracedLine => ({
  text,
  process: '',
  platform: false,
  repeated: false,
  valueErrors: 0,
  nameErrors: 0,
  lostLines: 0,
  isCut: false,
  isVisitors: false,
  ...more,
});
const metric = (name: string) => ({ type: 'counter', name, value: 1 });

it.each<[string, string, string[], Partial<TracedLine>, string[]]>([
  ['all that it has', 'count#a=1 count#b', ['a', 'b'], {}, []],
  ['a line of the platform', 'at=info dyno=web.1', ['dyno.web.status.200'], { platform: true }, []],
  ['no token', 'hello', [], {}, ['no metric in it']],
  ['nothing', '', [], {}, ['no metric in it']],
  [
    'the platform, otherwise',
    'State changed',
    [],
    { platform: true },
    ['a line of the platform, of a kind that has no metrics'],
  ],
  [
    'the router, by a visitor',
    'at=info method=GET path="/" host=a dyno=web.1',
    [],
    {},
    ['looks like a line of the router, and nothing vouches that it is one'],
  ],
  ['quotes', 'msg="count#a=1"', [], {}, ['count#a: stands in quotes']],
  ['an open quote', 'msg="x count#a=1', [], {}, ['count#a: stands in quotes']],
  ['an escaped quote', 'msg="x \\" count#a=1"', [], {}, ['count#a: stands in quotes']],
  ['inches', '5" count#a=x', [], { valueErrors: 1 }, ['count#a: "x" is no value']],
  ['the middle of a word', 'xcount#a=1', [], {}, ['count#a: does not begin a word']],
  ['the start of a second line', 'x\ncount#a=x', [], { valueErrors: 1 }, ['count#a: "x" is no value']],
  [
    'a name',
    'count#a!=1',
    [],
    { nameErrors: 1 },
    ['count#a!: the name may have 1 to 200 of A-Z a-z 0-9 _ . : / and -'],
  ],
  ['no name', 'count#=1', [], { nameErrors: 1 }, ['count#: the name may have 1 to 200 of A-Z a-z 0-9 _ . : / and -']],
  ['no value', 'measure#a sample#b=', [], { valueErrors: 2 }, ['measure#a: has no value', 'sample#b: has no value']],
  ['a value', 'measure#a=abc', [], { valueErrors: 1 }, ['measure#a: "abc" is no value']],
  ['a quoted value', 'sample#a="x y"', [], { valueErrors: 1 }, ['sample#a: ""x y"" is no value']],
  [
    'less than nothing',
    'count#a=-1',
    [],
    { valueErrors: 1 },
    ['count#a: "-1" is negative, and a counter only counts up'],
  ],
  [
    'one of several',
    'count#a=1 count#b=x count#a=y',
    ['a'],
    { valueErrors: 2 },
    ['count#b: "x" is no value', 'count#a: "y" is no value'],
  ],
  ['a cut line', 'count#a=1', [], { isCut: true }, ['was cut where visitors write, or goes on with a line that was']],
  [
    'a log of requests',
    'count#a=1',
    [],
    { isVisitors: true },
    ['is of a log of requests, and what visitors write is no metric'],
  ],
  ['what nobody knows', 'count#a=1', [], {}, ['count#a: not taken as a metric here']],
  [
    'a body that came again',
    'count#a=1',
    [],
    { repeated: true },
    ['the body was taken before, and is only acknowledged'],
  ],
  ['a notice', 'Error L10', ['heroku.error.L10'], { platform: true, lostLines: 7 }, ['tells of 7 lost lines']],
  [
    'a notice that came again',
    'Error L10',
    [],
    { repeated: true, lostLines: 7 },
    ['the body was taken before, and is only acknowledged', 'tells of 7 lost lines'],
  ],
])('says of %s why', (_, text, names, more, reasons) => {
  expect(reasonsOf(line(text, more), names.map(metric))).toEqual(reasons);
});
