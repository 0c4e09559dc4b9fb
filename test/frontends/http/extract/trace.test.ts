import { expect, it } from 'vitest';
import type { TracedLine } from '../../../../frontends/http/extract/trace.ts';
import { atOnce } from '../../../../src/kit/slices.ts';
import { found, frames, message } from '../log-frames.ts';
import { openReader } from '../reading.ts';

function read(body: Buffer, { isFramed = false, repeated = false } = {}) {
  const events: string[] = [];
  const lines: TracedLine[] = [];
  const { intake, reader } = openReader({
    spent: () => false,
    repeated,
    trace: {
      begin: () => void events.push(`begin ${intake.samples.length}`),
      end(line) {
        events.push(`end ${intake.samples.length}`);
        lines.push(line);
      },
    },
  });
  if (isFramed) atOnce(reader.frames(body, { structuredData: false, believed: true }));
  else atOnce(reader.lines(body));
  for (const text of ['count#r=1', 'x']) reader.record({ text, process: 'api' });
  atOnce(reader.end());
  return { events, lines, intake };
}

it('tells of each line before and after it is read, with what was wrong in it', () => {
  const { events, lines } = read(Buffer.from('count#a=1 count#b=x\ncount#c!=1\nname\xc3\xa9 hello\n', 'latin1'));
  expect(events).toEqual([
    ...['begin 0', 'end 1', 'begin 1', 'end 1', 'begin 1', 'end 1'],
    ...['begin 1', 'end 2', 'begin 2', 'end 2'],
  ]);
  const plain = {
    process: '',
    platform: false,
    repeated: false,
    valueErrors: 0,
    nameErrors: 0,
    lostLines: 0,
    isCut: false,
    isVisitors: false,
  };
  expect(lines).toEqual([
    { ...plain, text: 'count#a=1 count#b=x', valueErrors: 1 },
    { ...plain, text: 'count#c!=1', nameErrors: 1 },
    { ...plain, text: 'name\xc3\xa9 hello' },
    { ...plain, text: 'count#r=1', process: 'api' },
    { ...plain, text: 'x', process: 'api' },
  ]);
});

it('knows whose a line is, and what it says was lost', () => {
  const notice = 'Error L10 (output buffer overflow): 7 messages dropped since 2024-05-01T10:00:00+00:00.';
  const body = frames(message('heroku', 'logplex', notice), message('app', 'web.1', 'count#a'));
  const { lines } = read(body, { isFramed: true });
  expect(lines.slice(0, 2)).toMatchObject([
    { text: notice, process: 'logplex', platform: true, lostLines: 7 },
    { text: 'count#a', process: 'web.1', platform: false, lostLines: 0 },
  ]);
  const again = read(body, { isFramed: true, repeated: true });
  expect(again.lines.map(({ repeated, lostLines }) => [repeated, lostLines])).toEqual([
    [true, 7],
    [true, 0],
    [true, 0],
    [true, 0],
  ]);
  expect(found(again.intake)).toEqual([]);
});

it('knows what visitors wrote', () => {
  const body = frames(
    message('app', 'web.1', '1.2.3.4 - - count#forged=1'),
    message('app', 'web.1', 'x'.repeat(10_000)),
    message('app', 'web.1', 'count#forged=1'),
  );
  const { lines } = read(body, { isFramed: true });
  expect(lines.slice(0, 3).map(({ isCut, isVisitors }) => [isCut, isVisitors])).toEqual([
    [false, true],
    [false, false],
    [true, false],
  ]);
});
