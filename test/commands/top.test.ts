import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Io } from '../../src/commands/io.ts';
import type { Screen } from '../../src/commands/screen.ts';
import { runCommand } from '../helper/command.ts';
import { fakeLive, stateWith } from '../helper/fake-live.ts';
import { waitFor } from '../helper/intake.ts';

const names = {
  by: 'lines',
  windowMs: 10_000,
  names: [
    {
      name: 'page.views',
      type: 'counter',
      linesPerSecond: 1234.5,
      series: 3,
      tag: { key: 'env', values: 3, samples: ['prod', 'dev'] },
    },
    { name: 'evil\u001b[2J\u202e', type: 'gauge', linesPerSecond: 0.25, series: 1, tag: null },
    { name: 'n'.repeat(8000), type: 'timer', linesPerSecond: 123_456, series: 2_000_000, tag: null },
  ],
  more: 12,
};
const answers = { '/api/status': stateWith(), '/api/top': names };

/** A terminal whose keys the test presses. */
function terminal(size = { columns: 80, rows: 12 }) {
  let press: (key: string) => void = () => undefined;
  const shown: (readonly string[])[] = [];
  let closed = 0;
  const open = (): Screen => ({
    ...size,
    colour: false,
    show: (lines) => void shown.push(lines),
    onKey: (listener) => {
      press = listener;
    },
    close: () => {
      closed++;
    },
  });
  return {
    open,
    press: (key: string) => press(key),
    shown,
    last: () => (shown.at(-1) ?? []).join('\n'),
    closed: () => closed,
  };
}

describe('in a pipe', () => {
  it('prints one table of 80 columns', async () => {
    const { folder, asked } = await fakeLive(answers);
    const { code, out } = await runCommand(['top'], { cwd: folder });
    expect({ code, asked }).toEqual({ code: 0, asked: ['GET /api/top?by=lines&limit=20'] });
    expect(out).toBe(` LINES/S  SERIES  TYPE         NAME                          WIDEST TAG
   1,235       3  counter      page.views                    env ×3: prod, dev
     0.3       1  gauge        evil\\u001b[2J\\u202e
    123k    2.0M  timer        ${'n'.repeat(28)}…
and 12 more
`);
  });

  it('gives the answer as JSON, in the order that was asked for', async () => {
    const { folder, asked } = await fakeLive(answers);
    const { out } = await runCommand(['top', 'config.json', '--by', 'series', '--limit', '5', '--json'], {
      cwd: folder,
    });
    expect(JSON.parse(out)).toEqual(names);
    expect(asked).toEqual(['GET /api/top?by=series&limit=5']);
  });

  it.each([
    [0, 'the first window has not ended yet'],
    [10_000, 'nothing came in the last window'],
  ])('says why it is empty (%i ms)', async (windowMs, text) => {
    const { folder } = await fakeLive({ '/api/top': { by: 'lines', windowMs, names: [], more: 0 } });
    expect((await runCommand(['top'], { cwd: folder })).out.split('\n')[1]).toBe(text);
  });

  it.each([
    [['--by', 'name'], 'top: --by "name" is neither "lines" nor "series"'],
    [['--limit', '0'], 'top: --limit "0" is no whole number over 0'],
    [['--limit', '101'], 'top: --limit "101" is too many; a server gives 100 at most'],
    [['a', 'b'], 'top: unexpected argument "b": it takes one file or URL'],
  ])('refuses %j', async (args, problem) => {
    expect(await runCommand(['top', ...args])).toMatchObject({ code: 64, out: '', err: `statsdrain: ${problem}\n` });
  });
});

describe('on a terminal', () => {
  async function live(io: Partial<Io> = {}) {
    const server = await fakeLive(answers);
    const screen = terminal();
    const run = runCommand(['top'], { cwd: server.folder, screen: screen.open, ...io });
    await waitFor(async () => screen.shown.length > 0);
    return { server, screen, run };
  }

  it('sorts, filters, pauses and quits by keys', async () => {
    const { server, screen, run } = await live();
    expect(screen.last().split('\n').slice(0, 2)).toEqual([
      `statsdrain 0.1.0 at ${server.url}  process 4711  up 1m  by lines`,
      'good: 12,300 lines/s in · 0 rejected · 0 lost · every back-end delivered',
    ]);
    screen.press('s');
    await waitFor(async () => server.asked.includes('GET /api/top?by=series&limit=100'));
    for (const key of ['/', 'P', 'A', 'x', 'backspace']) screen.press(key);
    expect(screen.last()).toContain('filter: PA_');
    expect(screen.last()).not.toContain('evil');
    expect(screen.last()).toContain('page.views');
    screen.press('enter');
    screen.press('p');
    expect(screen.last()).toContain('PAUSED  filter "PA"');
    const asked = server.asked.length;
    await sleep(1200);
    expect(server.asked.length).toBe(asked);
    screen.press('p');
    await waitFor(async () => server.asked.length > asked);
    screen.press('q');
    expect(await run).toEqual({ code: 0, out: '', err: '', served: [] });
    expect(screen.closed()).toBe(1);
  });

  it('asks again while nobody answers, and says so', async () => {
    const { server, screen, run } = await live();
    server.answer({});
    await waitFor(async () => /^no answer, asking again: http.* answered 404/m.test(screen.last()));
    server.answer(answers);
    await waitFor(async () => /^good: /m.test(screen.last()));
    screen.press('interrupt');
    expect((await run).code).toBe(0);
  });

  it('gives the terminal back at a signal', async () => {
    const controller = new AbortController();
    const { screen, run } = await live({ interruption: () => controller.signal });
    controller.abort();
    expect((await run).code).toBe(0);
    expect(screen.closed()).toBe(1);
  });

  it('takes no terminal where there is no answer at first', async () => {
    const { folder } = await fakeLive({});
    const screen = terminal();
    const { code } = await runCommand(['top'], { cwd: folder, screen: screen.open });
    expect([code, screen.shown.length, screen.closed()]).toEqual([1, 0, 0]);
  });

  it('prints one table with --once', async () => {
    const { folder } = await fakeLive(answers);
    const screen = terminal();
    const { out } = await runCommand(['top', '--once'], { cwd: folder, screen: screen.open });
    expect([out.split('\n').length, screen.shown.length]).toEqual([6, 0]);
  });
});
