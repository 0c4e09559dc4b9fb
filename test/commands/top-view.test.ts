import { expect, it } from 'vitest';
import type { ServerState, TopNames } from '../../src/commands/api.ts';
import { pressed } from '../../src/commands/top.ts';
import { topScreen, type View } from '../../src/commands/top-view.ts';
import { stateWith } from '../helper/fake-live.ts';

const top: TopNames = {
  by: 'lines',
  windowMs: 1000,
  names: Array.from({ length: 40 }, (_, index) => ({
    name: `name.${index}.日本語\u0007`,
    type: 'counter',
    linesPerSecond: index,
    series: 1,
    tag: null,
  })),
  more: 0,
};
const view: View = {
  url: 'http://127.0.0.1:8127',
  state: stateWith() as ServerState,
  top,
  order: 'lines',
  filter: '',
  isTyping: false,
  isPaused: false,
  from: 0,
  problem: undefined,
};

/** Columns of a terminal, by hand: the three characters of the names take two each. */
const width = (line: string) => line.length + (line.match(/[日本語]/g) ?? []).length;

it.each([
  [80, 24],
  [132, 50],
  [40, 10],
  [20, 3],
  [1, 1],
])('fits into %i columns and %i rows', (columns, rows) => {
  const lines = topScreen(view, { columns, rows, colour: false });
  expect(lines.length).toBeLessThanOrEqual(rows);
  expect(lines.filter((line) => width(line) > columns)).toEqual([]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there.
  expect(lines.filter((line) => /[\u0000-\u001f]/.test(line))).toEqual([]);
});

it('colours the verdict where colours are welcome', () => {
  const [, line] = topScreen(view, { columns: 80, rows: 24, colour: true });
  expect(line).toBe('\u001b[32mgood: 12,300 lines/s in · 0 rejected · 0 lost · every back-end delivered\u001b[0m');
});

it.each([
  [
    24,
    [
      '- The back-end "datadog" (series) fails: POST',
      /\/api\/v2\/series: ECONNREFUSED; nothing listens$/,
      '  there: start it, or mend its address',
    ],
  ],
  [12, [/^- The back-end "datadog" \(series\) fails: POST https:.*…$/]],
])('tells all that is to be done where there is room: %i rows', (rows, told) => {
  const advice = `The back-end "datadog" (series) fails: POST https://api.ap1.datadoghq.com/api/v2/series: ECONNREFUSED; nothing listens there: start it, or mend its address`;
  const state = stateWith({ verdict: { level: 'bad', text: 'datadog is down', advice: [advice] } }) as ServerState;
  const lines = topScreen({ ...view, state }, { columns: 80, rows, colour: false });
  for (const [index, line] of told.entries())
    expect(lines[2 + index]).toEqual(typeof line === 'string' ? line : expect.stringMatching(line));
  expect(lines[2 + told.length]).toMatch(/lines\/s/);
  expect(lines).toHaveLength(rows);
});

it('says that no name fits', () => {
  const lines = topScreen({ ...view, filter: 'x\u001b' }, { columns: 80, rows: 10, colour: false });
  expect(lines[6]).toBe('no name of these has "x\\u001b" in it');
});

it.each([
  ['down', 5, 6],
  ['up', 5, 4],
  ['up', 0, 0],
  ['pagedown', 5, 15],
  ['pagedown', 25, 30],
  ['pageup', 5, 0],
  ['x', 5, 5],
  ['escape', 5, 0],
  ['l', 5, 0],
])('%s scrolls from %i to %i of 40 names, ten at a time', (key, from, expected) => {
  expect(pressed({ ...view, from }, key, 10)?.from).toBe(expected);
});

it.each(['q', 'interrupt'])('%s ends it', (key) => {
  expect(pressed(view, key, 10)).toBeUndefined();
});

it('takes letters as text while the filter is typed', () => {
  const keys = ['/', 'q', 'l', 'up', 'backspace', '語'];
  let now: View | undefined = view;
  for (const key of keys) now = now && pressed(now, key, 10);
  expect(now).toMatchObject({ filter: 'q語', isTyping: true, order: 'lines' });
  expect(now && pressed(now, 'escape', 10)).toMatchObject({ filter: '', isTyping: false });
  expect(now && pressed(now, 'interrupt', 10)).toBeUndefined();
});
