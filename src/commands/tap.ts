import { escapeControls } from '../kit/escape.ts';
import type { TappedLines } from './api.ts';
import { ask } from './ask.ts';
import { divide } from './configuration.ts';
import { type Command, type Flags, type Io, UsageError } from './io.ts';
import { parseOptions, wholeNumber } from './options.ts';
import { findRunning, isUrl } from './running.ts';
import { serverEvents } from './server-events.ts';

/** Lines a second of which a server gives copies. */
const MOST = 1000;

const flags = {
  limit: { type: 'string', value: 'n', says: `lines at most in a second (20; up to ${MOST})` },
  count: { type: 'string', value: 'n', says: 'end after so many lines' },
  frontend: { type: 'string', value: 'name', says: 'only what this front-end receives' },
  json: { type: 'boolean', says: 'a line of JSON for each' },
} as const satisfies Flags;

/** Prints lines as a running server receives them. */
export const tap: Command = {
  usage: 'tap [name] [config.json] [--limit n] [--count n] [--frontend name] [--json]',
  summary: 'print lines as a running server receives them, with sender and verdict',
  about: `Asks the back-end "live" of a running server, as "statsdrain status" does, for copies of some of the
lines that it receives. It ends after 60 s, or when it is interrupted. The name may have "*" and "?"
in it. An argument alone that is a file, a URL or ends in ".json" is the configuration.
`,
  options: flags,
  examples: `  statsdrain tap 'page.*' --count 10
`,
  async run(args, io) {
    const { values, positionals } = parseOptions('tap', flags, args);
    const { name, given } = namesIn(positionals, io);
    const limit = wholeNumber('tap', 'limit', values.limit);
    if (limit !== undefined && limit > MOST)
      throw new UsageError(`tap: --limit "${limit}" is too many; a server copies ${MOST} lines a second at most`);
    const count = wholeNumber('tap', 'count', values.count) ?? Number.POSITIVE_INFINITY;
    const asked = await findRunning('tap', given, io);
    const query = new URLSearchParams();
    if (name !== undefined) query.set('name', name);
    if (values.frontend !== undefined) query.set('frontend', values.frontend);
    if (limit !== undefined) query.set('limit', String(limit));
    const answer = await ask(asked, `/api/tap?${query}`);
    const stop = () => void answer.destroy();
    const interrupted = io.interruption?.();
    interrupted?.addEventListener('abort', stop);
    if (interrupted?.aborted) stop();
    let printed = 0;
    let skipped = 0;
    let end: string | undefined;
    for await (const { name, data } of serverEvents(answer)) {
      if (name === 'end') end = (data as { readonly reason: string }).reason;
      if (end !== undefined || interrupted?.aborted) break;
      if (name !== 'lines') continue;
      const tapped = data as TappedLines;
      skipped = tapped.skipped;
      const lines = tapped.lines.slice(0, count - printed);
      printed += lines.length;
      io.out(lines.map((line) => (values.json ? `${JSON.stringify(line)}\n` : lineText(line))).join(''));
      if (printed < count) continue;
      end = 'count';
      break;
    }
    stop();
    interrupted?.removeEventListener('abort', stop);
    if (end === undefined && interrupted?.aborted !== true)
      throw new Error(`tap: the server ended the connection after ${counted(printed)}`);
    io.err(summary(printed, skipped, end));
    return 0;
  },
};

function namesIn(positionals: readonly string[], io: Io): { name: string | undefined; given: string | undefined } {
  const last = positionals.at(-1);
  const { words, given } = isUrl(last) ? { words: positionals.slice(0, -1), given: last } : divide(positionals, io.cwd);
  const [name, extra, ...rest] = words;
  // Two words: the second was meant to be a file, and it is told that there is none.
  if (extra !== undefined && rest.length === 0 && given === undefined) return { name, given: extra };
  if (extra !== undefined) throw new UsageError(`tap: unexpected argument "${extra}": it takes one name and one file`);
  return { name, given };
}

/** `rejected    udp   127.0.0.1:5123  a:1|x  (bad type: …)` */
function lineText({ frontend, from, line, outcome, reason, advice }: TappedLines['lines'][number]): string {
  const why = [reason, advice].filter((part) => typeof part === 'string' && part !== '').join(': ');
  const sender = from ?? '-';
  const text = `${outcome.padEnd(12)} ${frontend.padEnd(6)} ${sender.padEnd(21)} ${line}`;
  return `${escapeControls(why === '' ? text : `${text}  (${why})`)}\n`;
}

function summary(printed: number, skipped: number, end: string | undefined): string {
  const over = skipped === 0 ? '' : `; at least ${skipped} more were over --limit`;
  const because = end === 'time' ? ': its time was over' : end === 'stopping' ? ': the server stops' : '';
  return `tap: ${counted(printed)}${over}${because}\n`;
}

function counted(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}
