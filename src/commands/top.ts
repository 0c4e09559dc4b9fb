import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../kit/error-text.ts';
import type { Order, ServerState, TopNames } from './api.ts';
import type { Asked } from './ask.ts';
import { type Command, type Flags, type Io, UsageError } from './io.ts';
import { parseOptions, wholeNumber } from './options.ts';
import { askFor, findRunning } from './running.ts';
import type { Screen } from './screen.ts';
import { matching, topScreen, topTable, type View } from './top-view.ts';

/** Milliseconds between two looks at the server. */
const EVERY_MS = 1000;
/** Names that are asked for, so that a filter finds more than what a screen shows. As many as the server gives. */
const MOST = 100;
/** Rows of a table in a pipe. */
const USUAL = 20;
const orders = ['lines', 'series'] as const satisfies readonly Order[];

const flags = {
  by: { type: 'string', value: 'order', values: orders, says: 'lines (a second; the default) or series' },
  limit: { type: 'string', value: 'n', says: `names at most in the table (${USUAL}; ${MOST} on the screen)` },
  once: { type: 'boolean', says: 'print one table on a terminal too' },
  json: { type: 'boolean', says: 'one line of JSON' },
} as const satisfies Flags;

/** Shows which names have most lines and series, live on a terminal. */
export const top: Command = {
  usage: 'top [config.json] [--by order] [--limit n] [--once] [--json]',
  summary: 'show which names have most lines and series, live',
  about: `Asks the back-end "live" of a running server, as "statsdrain status" does. On a terminal it shows
the server once a second until "q" is pressed; in a pipe it prints one table.

  l   names with most lines first
  s   names with most series first
  /   show only names with a text in them, which is typed behind it
  p   pause, and go on
  q   quit
`,
  options: flags,
  examples: `  statsdrain top --by series --once
`,
  async run(args, io) {
    const { values, positionals } = parseOptions('top', flags, args);
    const [given, extra] = positionals;
    const { once = false, json = false } = values;
    if (extra !== undefined) throw new UsageError(`top: unexpected argument "${extra}": it takes one file or URL`);
    const by = orderOf(values.by);
    const limit = wholeNumber('top', 'limit', values.limit);
    if (limit !== undefined && limit > MOST)
      throw new UsageError(`top: --limit "${limit}" is too many; a server gives ${MOST} at most`);
    const asked = await findRunning('top', given, io);
    if (io.screen !== undefined && !once && !json) {
      await live(asked, by, limit ?? MOST, io, io.screen);
      return 0;
    }
    const names = await namesOf(asked, by, limit ?? USUAL);
    io.out(json ? `${JSON.stringify(names)}\n` : topTable(names));
    return 0;
  },
};

function orderOf(given = 'lines'): Order {
  const order = orders.find((one) => one === given);
  if (order === undefined) throw new UsageError(`top: --by "${given}" is neither "lines" nor "series"`);
  return order;
}

function namesOf(asked: Asked, by: Order, limit: number): Promise<TopNames> {
  return askFor<TopNames>(asked, `/api/top?by=${by}&limit=${limit}`, 'names', 'more');
}

/** Until somebody quits. Rejects when there is no answer at the first time; later it asks again. */
async function live(asked: Asked, order: Order, limit: number, io: Io, open: () => Screen): Promise<void> {
  let view: View = {
    url: asked.url,
    state: undefined,
    top: undefined,
    order,
    filter: '',
    isTyping: false,
    isPaused: false,
    from: 0,
    problem: undefined,
  };
  const look = async (): Promise<void> => {
    const { order } = view;
    const [state, names] = await Promise.all([
      askFor<ServerState>(asked, '/api/status', 'verdict', 'frontends', 'backends'),
      namesOf(asked, order, limit),
    ]);
    // What was asked for in another order, or came after a pause began, is not shown any more.
    if (view.isPaused) return;
    view = { ...view, state, ...(order === view.order && { top: names }), problem: undefined };
  };
  await look();
  const interrupted = io.interruption?.();
  const screen = open();
  const over = new AbortController();
  const draw = () => {
    if (!over.signal.aborted) screen.show(topScreen(view, screen));
  };
  const stop = () => over.abort();
  interrupted?.addEventListener('abort', stop);
  if (interrupted?.aborted) stop();
  let wake: () => void = () => undefined;
  screen.onKey((key) => {
    const next = pressed(view, key, pageOf(screen));
    if (next === undefined) return stop();
    const asksAgain = next.order !== view.order || (view.isPaused && !next.isPaused);
    view = next;
    draw();
    if (asksAgain) wake();
  });
  try {
    draw();
    while (!over.signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        sleep(EVERY_MS, undefined, { signal: over.signal }).then(resolve, resolve);
      });
      if (over.signal.aborted || view.isPaused) continue;
      await Promise.race([
        look().catch((error: unknown) => {
          view = { ...view, problem: messageOf(error) };
        }),
        new Promise((resolve) => over.signal.addEventListener('abort', resolve, { once: true })),
      ]);
      draw();
    }
  } finally {
    interrupted?.removeEventListener('abort', stop);
    screen.close();
  }
}

function pageOf({ rows }: Screen): number {
  return Math.max(1, rows - 8);
}

/** What a key does; undefined: it ends. */
export function pressed(view: View, key: string, page: number): View | undefined {
  if (key === 'interrupt') return undefined;
  if (key === 'resize') return view;
  if (view.isTyping) return typed(view, key);
  const last = Math.max(0, matching(view.top?.names ?? [], view.filter).length - page);
  const scrolled = (by: number): View => ({ ...view, from: Math.max(0, Math.min(last, view.from + by)) });
  switch (key) {
    case 'q':
      return undefined;
    case 'l':
      return { ...view, order: 'lines', from: 0 };
    case 's':
      return { ...view, order: 'series', from: 0 };
    case '/':
      return { ...view, isTyping: true };
    case 'p':
    case ' ':
      return { ...view, isPaused: !view.isPaused };
    case 'escape':
      return { ...view, filter: '', from: 0 };
    case 'up':
      return scrolled(-1);
    case 'down':
      return scrolled(1);
    case 'pageup':
      return scrolled(-page);
    case 'pagedown':
      return scrolled(page);
    default:
      return view;
  }
}

function typed(view: View, key: string): View {
  switch (key) {
    case 'enter':
      return { ...view, isTyping: false };
    case 'escape':
      return { ...view, isTyping: false, filter: '', from: 0 };
    case 'backspace':
      return { ...view, filter: view.filter.slice(0, -1), from: 0 };
    default:
      return [...key].length === 1 ? { ...view, filter: view.filter + key, from: 0 } : view;
  }
}
