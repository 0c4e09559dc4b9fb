import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, onTestFinished, test } from 'vitest';
import { msBeforeLast } from '../helper/before-last.ts';
import { FakeCarbon } from '../helper/fake-carbon.ts';
import { jsonConsole, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { type RecordingSink, recordingSink } from '../helper/recording-sink.ts';
import { LINES, startTicking, type Ticking } from '../helper/ticking.ts';

/** `npm run test:restarts` makes 100 of each. */
const RESTARTS = Number(process.env.STATSDRAIN_RESTARTS ?? 4);
/** Told by those who asked for a number. */
const tell = process.env.STATSDRAIN_RESTARTS === undefined ? () => undefined : console.log;
const TIMEOUT_MS = 60_000 + RESTARTS * 6000;

/** What the sink of Datadog does while the server ends. Carbon is restarted with it. */
const MODES = ['takes', '503', 'hang', 'restarts'] as const;
type Mode = (typeof MODES)[number];

/** Milliseconds before the end of the last window: what `kill -9` may take of what was not delivered. */
const PROMISED_MS = 500;

/** One run of the server: what was sent, and where the server had it. */
interface Life {
  /** Those that the server had to have when it was told to end. */
  readonly before: readonly string[];
  /** Those that were sent while it ended. */
  readonly late: readonly string[];
  /** What the server itself printed of each tick, and how long before the last window. Milliseconds. */
  readonly printed: ReadonlyMap<string, { readonly value: number; readonly ageMs: number }>;
}

async function restarts(signal: 'SIGTERM' | 'SIGKILL') {
  const folder = temporaryFolder();
  const sink = await recordingSink();
  const carbon = new FakeCarbon();
  await carbon.up();
  onTestFinished(() => carbon.down());
  const config = {
    flushInterval: '100ms',
    shutdownTimeout: '300ms',
    retry: { min: '20ms', max: '100ms', timeout: '2s' },
    frontends: [{ type: 'unix', path: 'lines.sock' }],
    backends: [jsonConsole, { type: 'datadog', apiKey: 'key', url: sink.url }, { type: 'graphite', port: carbon.port }],
    spool: { path: './spool' },
  };
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const lives: Life[] = [];
  let ticks = 0;
  for (let round = 0; round < RESTARTS; round++) {
    const server = await startServer(config, { folder });
    const ticking = await startTicking(join(folder, 'lines.sock'), 'tick', ticks);
    lives.push(await live(server, ticking, MODES[round % MODES.length]!, signal, sink, carbon));
    ticks += ticking.names.length;
    sink.always = undefined;
    await sink.up();
  }
  const last = await startServer(config, { folder });
  // What comes back is held to a pace: it may take longer than one wait.
  const isEmpty = () => spoolOf(folder).length === 0 && waitingOf(last) === 0;
  while (!isEmpty()) {
    const waiting = waitingOf(last);
    await last.until('less in the spool', () => isEmpty() || waitingOf(last) < waiting);
  }
  expect(await last.stop()).toBe(0);
  expect(last.total('statsdrain.lane.given_up')).toBe(0);
  delay.disable();
  return { lives, datadog: sink.sums(), graphite: sumsOf(carbon.lines), stalledMs: delay.max / 1e6 };
}

async function live(
  server: Server,
  ticking: Ticking,
  mode: Mode,
  signal: 'SIGTERM' | 'SIGKILL',
  sink: RecordingSink,
  carbon: FakeCarbon,
): Promise<Life> {
  const seen = (name: string | undefined) => name !== undefined && server.entries.some((entry) => entry.name === name);
  await server.until('a window', () => server.windows.length > 0 && seen(ticking.names[0]));
  if (mode === 'restarts') {
    await Promise.all([sink.down(), carbon.down()]);
    await carbon.up();
  } else if (mode !== 'takes') {
    sink.always = mode;
  }
  const sent = ticking.names.length;
  await server.until('some windows more', () => seen(ticking.names[sent + 50]));
  await ticking.written();
  const before = ticking.names.slice();
  ticking.prefix = 'late';
  server.signal(signal);
  expect(await server.ended).toBe(signal === 'SIGTERM' ? 0 : 'SIGKILL');
  await ticking.closed;
  const printed = new Map<string, { value: number; ageMs: number }>();
  for (const { name = '', value = 0, id } of server.entries) {
    if (!/^(?:tick|late)\./.test(name)) continue;
    printed.set(name, { value: value + (printed.get(name)?.value ?? 0), ageMs: msBeforeLast(server, id) });
  }
  return {
    before,
    late: ticking.names.slice(before.length),
    printed,
  };
}

function spoolOf(folder: string): string[] {
  return readdirSync(join(folder, 'spool')).filter((name) => name !== 'lock');
}

/** Payloads that wait, as the server counted them last; endless as long as it has not. */
function waitingOf(server: Server): number {
  const { id } = server.windows.at(-1) ?? {};
  const waiting = server.entries.filter(
    (entry) => entry.id === id && /^statsdrain\.lane\.(?:payloads|spooled)$/.test(entry.name ?? ''),
  );
  return waiting.length === 0 ? Number.POSITIVE_INFINITY : waiting.reduce((sum, { value = 0 }) => sum + value, 0);
}

/** Of the lines that carbon has, each once: it keeps one value for a path and a time. */
function sumsOf(lines: readonly string[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const line of new Set(lines)) {
    const [, name, value] = /((?:tick|late)\.\d+)\.count (\S+)/.exec(line) ?? [];
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}

/** Ticks of which not all lines are there, or some twice. */
const wrongOf = (sums: ReadonlyMap<string, number>, names: readonly string[], wrong: (lines: number) => boolean) =>
  names.filter((name) => wrong(sums.get(name) ?? 0)).slice(0, 10);

test(
  `${RESTARTS} times SIGTERM at 20,000 lines a second: all that was accepted arrives`,
  async () => {
    const { lives, datadog, graphite } = await restarts('SIGTERM');
    const before = lives.flatMap((life) => life.before);
    const late = new Map(lives.flatMap((life) => life.late.map((name) => [name, life.printed.get(name)?.value ?? 0])));
    for (const [backend, sums] of Object.entries({ datadog, graphite })) {
      expect([backend, wrongOf(sums, before, (lines) => lines !== LINES)]).toEqual([backend, []]);
      // What came later was accepted where the server says so itself.
      expect([...late].filter(([name, lines]) => (sums.get(name) ?? 0) !== lines)).toEqual([]);
    }
    const accepted = [...late.values()].reduce((sum, lines) => sum + lines, 0);
    tell(
      `${RESTARTS} SIGTERM: ${before.length * LINES} lines before and ${accepted} of ${late.size * LINES} lines behind it`,
    );
  },
  TIMEOUT_MS,
);

test(
  `${RESTARTS} times kill -9: no more is lost than the open window and half a second`,
  async () => {
    const { lives, datadog, graphite, stalledMs } = await restarts('SIGKILL');
    // A machine that lets this process wait lets the server wait too.
    const promisedMs = PROMISED_MS + stalledMs;
    for (const [backend, sums] of Object.entries({ datadog, graphite })) {
      const lost = lives.map(({ before, printed }) => {
        const incomplete = before.filter((name) => (sums.get(name) ?? 0) < LINES);
        const ages = incomplete.map((name) => printed.get(name)?.ageMs ?? 0);
        return { ticks: incomplete.length, ageMs: Math.max(0, ...ages) };
      });
      expect([backend, lost.filter(({ ageMs }) => ageMs > promisedMs)]).toEqual([backend, []]);
      const before = lives.flatMap((life) => life.before);
      expect([backend, wrongOf(sums, before, (lines) => lines > LINES)]).toEqual([backend, []]);
      const most = Math.max(...lost.map(({ ticks }) => ticks));
      const oldest = Math.max(...lost.map(({ ageMs }) => ageMs));
      const all = lost.reduce((sum, { ticks }) => sum + ticks, 0);
      tell(
        `${RESTARTS} kill -9, ${backend}: ${all} of ${before.length} ticks of 10 ms lost, at most ${most} at once; the oldest in a window that ended ${oldest} ms before the last`,
      );
    }
  },
  TIMEOUT_MS,
);
