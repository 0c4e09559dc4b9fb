import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCommandLines, MAX_LINE, QUIET_MS } from '../../../src/statsd/admin/lines.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(isAnswerable: (line: string) => boolean = () => true) {
  const taken: string[] = [];
  let tooLong = 0;
  const lines = createCommandLines({
    command: (line) => taken.push(line),
    isAnswerable,
    tooLong: () => {
      tooLong++;
    },
  });
  return { lines, taken, tooLong: () => tooLong };
}

describe('commands', () => {
  it.each([
    ['one in a chunk', ['health\n'], ['health']],
    ['one with CRLF', ['health\r\n'], ['health\r']],
    ['several in a chunk', ['help\nhealth\r\nstats\n'], ['help', 'health\r', 'stats']],
    ['one in several chunks', ['hea', 'lth', '\n'], ['health']],
    ['CR and LF in two chunks', ['health\r', '\n'], ['health\r']],
    ['the end of one and all of the next', ['hea', 'lth\nhelp\n'], ['health', 'help']],
    ['an empty line', ['\n'], ['']],
    ['several empty lines in a chunk', ['\n\r\n  \n'], ['']],
    ['empty lines around a command', ['\nhealth\n\n'], ['health']],
    ['an empty line in the chunk after', ['health\n', '\n'], ['health', '']],
    ['an empty line before the beginning of one', ['\nhea', 'lth\n'], ['health']],
  ])('%s', (_, chunks, expected) => {
    const { lines, taken } = open();
    for (const chunk of chunks) lines.push(chunk);
    expect(taken).toEqual(expected);
    vi.advanceTimersByTime(QUIET_MS);
    expect(taken).toEqual(expected);
  });

  it('without LF are taken after a quiet moment', () => {
    const { lines, taken } = open();
    lines.push('hea');
    vi.advanceTimersByTime(QUIET_MS - 1);
    lines.push('lth');
    vi.advanceTimersByTime(QUIET_MS - 1);
    expect(taken).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(taken).toEqual(['health']);
    lines.push('help\n');
    expect(taken).toEqual(['health', 'help']);
  });

  it('without LF wait for it where they are not to be answered', () => {
    const { lines, taken } = open((line) => line !== 'delcounters a');
    lines.push('delcounters a');
    vi.advanceTimersByTime(60_000);
    expect(taken).toEqual([]);
    lines.push('.*\n');
    expect(taken).toEqual(['delcounters a.*']);
  });

  it('without LF are taken at the end of the connection', () => {
    const { lines, taken } = open(() => false);
    lines.push('health');
    lines.end();
    lines.end();
    expect(taken).toEqual(['health']);
  });

  it('are not taken once it is stopped', () => {
    const { lines, taken } = open();
    lines.push('health');
    lines.stop();
    lines.push('help\n');
    lines.end();
    vi.advanceTimersByTime(QUIET_MS);
    expect(taken).toEqual([]);
  });

  it.each([
    ['in one chunk', ['x'.repeat(MAX_LINE + 1)]],
    ['with its LF', [`${'x'.repeat(MAX_LINE + 1)}\n`]],
    ['in many', Array<string>(MAX_LINE / 1024 + 1).fill('x'.repeat(1024))],
  ])('that are too long end it: %s', (_, chunks) => {
    const { lines, taken, tooLong } = open();
    for (const chunk of chunks) lines.push(chunk);
    lines.push('help\n');
    expect([taken, tooLong()]).toEqual([[], 1]);
  });

  it('of the longest length are taken', () => {
    const { lines, taken } = open();
    lines.push(`${'x'.repeat(MAX_LINE)}\n`);
    expect(taken).toEqual(['x'.repeat(MAX_LINE)]);
  });
});
