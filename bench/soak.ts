/**
 * `npm run soak -- --minutes 30`: 10,000 lines/s, 20,000 of each window's names new, into every built-in back-end with default
 * limits. A line a minute, and a verdict: every line accounted for, memory, lateness, descriptors and threads. Linux.
 */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { packageRoot } from './environment.ts';
import { datadogSink, graphiteSink, repeaterSink } from './soak-sinks.ts';

const LINES_PER_SECOND = 10_000;
const NEW_NAMES_PER_SECOND = 2000;
const KNOWN_NAMES = 1000;
const LINES_PER_DATAGRAM = 20;
const TICK_MS = 50;
const MINUTE = 60_000;
/**
 * Minutes after which memory has found its level: the page of Prometheus, which remembers names for longest, is full with a million of
 * them after 8.3. (When the first leave it, an hour later, others take their place.)
 */
const SETTLED = 10;
/** RSS goes up and down with garbage. What stays is the least of so many minutes; it is looked at every second. */
const FLOOR_MINUTES = 2;
const LOOK_MS = 1000;
/** Minutes of a run of which the slope can be told. */
const SHORTEST = SETTLED + 3 * FLOOR_MINUTES;
/** Bounds of the verdict: bytes per hour, and milliseconds. */
const MOST_SLOPE = 1e6;
const MOST_LATE = 1000;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 480)) {
  console.error(`--minutes: "${values.minutes}" is not a number over 0 and up to 480 (8 h)`);
  process.exit(64);
}

const [datadog, graphite, repeater] = await Promise.all([datadogSink(), graphiteSink(), repeaterSink()]);
const folder = mkdtempSync(join(tmpdir(), 'statsdrain-soak-'));
const config = join(folder, 'config.json');
const backends = [
  { type: 'console', format: 'json' },
  { type: 'datadog', apiKey: 'soak'.repeat(8), url: `http://127.0.0.1:${datadog.port}` },
  { type: 'prometheus', port: 0 },
  { type: 'graphite', port: graphite.port },
  { type: 'repeater', targets: [{ port: repeater.port }] },
];
writeFileSync(config, JSON.stringify({ frontends: [{ type: 'udp', port: 0 }], backends }));
const program = fileURLToPath(new URL('dist/src/cli.js', packageRoot));
const child = spawn(process.execPath, [program, config], { stdio: ['ignore', 'pipe', 'pipe'] });
process.on('exit', () => {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const account = { received: 0, aggregated: 0, rejected: 0, dropped: 0, kernel: 0, console: 0, lateMs: 0, windows: 0 };
const OWN = new Map<string, 'received' | 'aggregated' | 'rejected' | 'dropped' | 'kernel'>([
  ['statsdrain.lines.received', 'received'],
  ['statsdrain.lines.aggregated', 'aggregated'],
  ['statsdrain.lines.rejected', 'rejected'],
  ['statsdrain.lines.dropped', 'dropped'],
  ['statsdrain.kernel.dropped', 'kernel'],
]);
createInterface({ input: child.stdout }).on('line', (line) => {
  const {
    type,
    name = '',
    value,
    window,
  } = JSON.parse(line) as {
    type: string;
    name?: string;
    value: number;
    window: number;
  };
  if (type === 'window') {
    account.windows++;
    account.lateMs = Math.max(account.lateMs, Date.now() - window * 1000);
  } else if (type === 'counter') {
    const own = OWN.get(name);
    if (own !== undefined) account[own] += value;
    else if (name.startsWith('soak.')) account.console += value;
  }
});

let log = '';
const troubles: string[] = [];
createInterface({ input: child.stderr }).on('line', (line) => {
  if (/"level":"(warn|error)"/.test(line)) troubles.push(line);
  if (log.length < 10_000) log += `${line}\n`;
});
const portOf = (name: string) => Number(new RegExp(`"${name} [^"]*?:(\\d+)`).exec(log)?.[1]);
while (!log.includes('"msg":"ready"')) {
  if (child.exitCode !== null) throw new Error(`statsdrain ended:\n${log}`);
  await sleep(100);
}

/** The least RSS of each {@link FLOOR_MINUTES}, in bytes. */
const floors: number[] = [];

interface State {
  readonly atMs: number;
  readonly rss: number;
  readonly descriptors: number;
  readonly threads: number;
}

function look(): State {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const descriptors = readdirSync(`/proc/${child.pid}/fd`).length;
  return { atMs: performance.now(), rss: field('VmRSS') * 1024, descriptors, threads: field('Threads') };
}

/** What the page has of the counters that are always there. */
async function scrape(): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${portOf('prometheus')}/metrics`)).text();
  let sum = 0;
  for (const [, value] of page.matchAll(/^soak_known_\d+ (\S+)$/gm)) sum += Number(value);
  return sum;
}

const socket = createSocket({ type: 'udp4', sendBufferSize: 4 * 1024 * 1024 });
socket.connect(portOf('udp'), '127.0.0.1');
await once(socket, 'connect');
let sent = 0;
let sentKnown = 0;
let fresh = 0;

/** One line of five has a new name. */
function nextLine(): string {
  sent++;
  if (sent % (LINES_PER_SECOND / NEW_NAMES_PER_SECOND) === 0) return `soak.new.name${fresh++}:1|c`;
  return `soak.known.${sentKnown++ % KNOWN_NAMES}:1|c`;
}

const states: State[] = [];
let scraped = Promise.resolve(0);
const start = performance.now();
let nextMinute = start + MINUTE;
let nextScrape = start;
let nextLook = start;
while (performance.now() < start + minutes * MINUTE) {
  const due = ((performance.now() - start) / 1000) * LINES_PER_SECOND;
  while (sent < due) socket.send(Array.from({ length: LINES_PER_DATAGRAM }, nextLine).join('\n'));
  if (performance.now() >= nextScrape) {
    nextScrape += 15_000;
    scraped = scraped.then(scrape);
  }
  if (performance.now() >= nextLook) {
    nextLook += LOOK_MS;
    const floor = Math.floor((performance.now() - start) / (FLOOR_MINUTES * MINUTE));
    floors[floor] = Math.min(floors[floor] ?? Number.POSITIVE_INFINITY, look().rss);
  }
  if (performance.now() >= nextMinute) {
    nextMinute += MINUTE;
    const state = look();
    states.push(state);
    const { received, rejected, dropped, kernel, lateMs, windows } = account;
    console.log(
      `${Math.round((state.atMs - start) / MINUTE)} min: sent ${sent}, ${windows} windows: received ${received}, rejected ${rejected}, ` +
        `dropped ${dropped}, kernel ${kernel}; RSS ${(state.rss / 1e6).toFixed(1)} MB, ${state.descriptors} descriptors, ` +
        `${state.threads} threads; latest window ${lateMs} ms late, load ${loadavg()[0]!.toFixed(1)}; ${troubles.length} warnings and errors`,
    );
  }
  await sleep(TICK_MS);
}
socket.close();

// A window later everything has been rolled up, and the page shows it.
const closed = account.windows + 2;
while (account.windows < closed) await sleep(100);
await scraped;
const page = await scrape();
const ended = once(child, 'close');
child.kill('SIGTERM');
const [code] = await ended;
await sleep(500);

interface Slope {
  /** Bytes per hour, by least squares over the floors after {@link SETTLED}, or over all of a run that is too short. */
  readonly perHour: number;
  /** Two standard errors: what a level that stays may seem to rise or fall by. Four times the time makes it an eighth. */
  readonly error: number;
  readonly judged: boolean;
}

function slope(): Slope {
  const judged = minutes >= SHORTEST;
  const settled = Math.ceil(SETTLED / FLOOR_MINUTES);
  // The last of them may be of a moment only.
  const whole = floors.slice(judged ? settled : 0, Math.floor(minutes / FLOOR_MINUTES));
  if (whole.length < 3) return { perHour: 0, error: Number.POSITIVE_INFINITY, judged: false };
  const mean = whole.reduce((sum, rss) => sum + rss, 0) / whole.length;
  const points = whole.map((rss, index) => ({ x: index - (whole.length - 1) / 2, y: rss - mean }));
  const squares = points.reduce((sum, { x }) => sum + x * x, 0);
  const perFloor = points.reduce((sum, { x, y }) => sum + x * y, 0) / squares;
  const rest = points.reduce((sum, { x, y }) => sum + (y - perFloor * x) ** 2, 0) / (whole.length - 2);
  const anHour = 60 / FLOOR_MINUTES;
  return { perHour: perFloor * anHour, error: 2 * Math.sqrt(rest / squares) * anHour, judged };
}

const { received, aggregated, rejected, dropped, kernel, lateMs } = account;
const { perHour, error, judged } = slope();
const kept = states.slice(1);
const spread = (of: (state: State) => number) =>
  kept.length === 0 ? 0 : Math.max(...kept.map(of)) - Math.min(...kept.map(of));
const checks: readonly (readonly [what: string, found: string, good: boolean])[] = [
  ['sent = received + kernel drops', `${sent} = ${received} + ${kernel}`, sent === received + kernel],
  [
    'received = aggregated + rejected + dropped',
    `${received} = ${aggregated} + ${rejected} + ${dropped}`,
    received === aggregated + rejected + dropped,
  ],
  ['sum at console', `${account.console} of ${aggregated}`, account.console === aggregated],
  ['sum at datadog', `${datadog.sum()} of ${aggregated}`, datadog.sum() === aggregated],
  ['sum at graphite', `${graphite.sum()} of ${aggregated}`, graphite.sum() === aggregated],
  ['sum at repeater', `${repeater.sum()} of ${received}`, repeater.sum() === received],
  ['sum at prometheus, known names', `${page} of ${sentKnown}`, kernel > 0 || page === sentKnown],
  [
    'RSS slope',
    `${(perHour / 1e6).toFixed(2)} ± ${(error / 1e6).toFixed(2)} MB/h${judged ? '' : ` (not judged: needs ${SHORTEST} minutes)`}`,
    !judged || perHour - error < MOST_SLOPE,
  ],
  ['latest window', `${lateMs} ms`, lateMs <= MOST_LATE],
  ['descriptors constant', `spread ${spread(({ descriptors }) => descriptors)}`, spread((s) => s.descriptors) <= 2],
  ['threads constant', `spread ${spread(({ threads }) => threads)}`, spread((s) => s.threads) === 0],
  ['exit code', String(code), code === 0],
];
for (const [what, found, good] of checks) console.log(`${good ? 'good' : 'BAD '}  ${what}: ${found}`);
for (const line of troubles.slice(0, 10)) console.log(line);
console.log(checks.every(([, , good]) => good) ? 'verdict: good' : 'verdict: BAD');
for (const sink of [datadog, graphite, repeater]) sink.close();
process.exit(checks.every(([, , good]) => good) ? 0 : 1);
