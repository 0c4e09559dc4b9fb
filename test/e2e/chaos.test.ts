import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { msBeforeLast } from '../helper/before-last.ts';
import { jsonConsole, type Server, startServer, temporaryFolder } from '../helper/process.ts';
import { type RecordingSink, recordingSink, SINK_FAULTS } from '../helper/recording-sink.ts';
import { open } from '../helper/send.ts';

/** Those that change the server's process or surroundings come less often than those of single requests. */
const KINDS = [
  ...SINK_FAULTS,
  ...SINK_FAULTS,
  ...SINK_FAULTS,
  'reload',
  'reload',
  'dns',
  'disk',
  'SIGTERM',
  'SIGKILL',
] as const;
type Kind = (typeof KINDS)[number];

/** Files that the server's surroundings have for as long as the fault lasts. */
type Lasting = 'dns-gone' | 'disk-full';

/** Steps for which a name does not resolve, or a disk is full. */
const LASTS = 5;

/** Milliseconds before the end of the last window: what `kill -9` may take of what was not delivered. */
const PROMISED_MS = 500;

/** The same faults in each run. */
function schedule(seed: number, faults: number): Kind[] {
  let state = seed;
  return Array.from({ length: faults }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return KINDS[Math.floor((state / 2_147_483_648) * KINDS.length)]!;
  });
}

/** What the lives of the server left for the end. */
interface Account {
  /** Items that a `kill -9` may have taken. */
  readonly mayBeGone: Set<string>;
  /** Items that were given up, as windows and the log say. */
  givenUp: number;
  /** Requests that were sent again though they may have been taken, by all that the servers said. */
  ambiguous: number;
  /** The lives that were ended by `kill -9`. */
  readonly killed: Set<number>;
  /** Payloads that were delivered and are sent again, because a full disk did not take that they were, as the log says. */
  notNoted: number;
  /** Payloads that a start found in the spool. */
  found: number;
}

const FOUND = 'the spool has payloads that were not delivered before';

const preload = fileURLToPath(new URL('../fixtures/surroundings.cjs', import.meta.url));
const ofDatadog = (server: Server, name: string, id: number) =>
  server.entries.reduce((sum, entry) => {
    const own =
      entry.id === id && entry.name === `statsdrain.${name}` && (entry.tags?.includes('backend:datadog') ?? true);
    return own ? sum + (entry.value ?? 0) : sum;
  }, 0);
const sumOfLog = (server: Server, msg: string, field: 'payloads' | 'requests', lane?: string) =>
  server.log.reduce((sum, line) => {
    const counts = line.msg.startsWith(msg) && (lane === undefined || line.lane === lane);
    return counts ? sum + (line[field] ?? 0) : sum;
  }, 0);

/**
 * Windows that were not encoded to their end before their back-end had to end, on a machine that is busy with other things: those
 * of which the event was, and those of which nothing was.
 */
function cutOff(server: Server) {
  const parts = server.entries.filter(
    ({ name, tags, value = 0 }) =>
      name === 'statsdrain.backend.lost_items' && tags?.includes('reason:shutdown') && value > 0,
  );
  const whole = server.total('statsdrain.backend.lost_windows', 'backend:datadog', 'reason:shutdown');
  return { parts: parts.length, whole };
}

/** Of the last window: whether what was encoded before it is delivered, given up or waits. Each window is one request of series. */
function isAccounted(server: Server): boolean {
  const last = server.windows.at(-1)?.id ?? -1;
  const before = server.entries.filter(({ id, type }) => id < last && (type === 'window' || type === 'event')).length;
  const found = sumOfLog(server, FOUND, 'payloads');
  const ended = server.total('statsdrain.lane.delivered') + server.total('statsdrain.lane.given_up');
  const waiting = ofDatadog(server, 'lane.payloads', last) + ofDatadog(server, 'lane.spooled', last);
  const left = found + before - ended - waiting;
  const { parts, whole } = cutOff(server);
  // A window without a request of series may have had an event, too.
  return left >= parts + whole && left <= parts + 2 * whole;
}

/** Whether the spool could be used in each of the last windows. */
function isSpooling(server: Server): boolean {
  const last = server.windows.at(-1)?.id ?? 0;
  const down = server.entries.filter(({ name, id }) => name === 'statsdrain.spool.down' && id > last - 10);
  return down.length >= 10 && down.every(({ value }) => value === 0);
}

function itemsOfLast(server: Server, ms: number): string[] {
  const late = new Set(server.windows.map(({ id }) => id).filter((id) => msBeforeLast(server, id) <= ms));
  const printed = server.windows.at(-1)?.id ?? 0;
  return server.entries
    .filter(({ id }) => id > printed || late.has(id))
    .map(({ name, title }) => name ?? title ?? '')
    .filter((item) => /^(?:chaos\.|e)\d+$/.test(item));
}

async function end(server: Server, how: 'SIGTERM' | 'SIGKILL', sink: RecordingSink, account: Account): Promise<void> {
  await server.until('that all is accounted for', () => isAccounted(server));
  if (how === 'SIGKILL') {
    await server.until('a spool', () => isSpooling(server));
    server.signal(how);
    await server.ended;
    for (const item of itemsOfLast(server, PROMISED_MS)) account.mayBeGone.add(item);
    account.killed.add(sink.life);
  } else {
    expect(await server.stop(how)).toBe(0);
    account.givenUp += sumOfLog(server, 'payloads were given up', 'payloads');
    account.notNoted += sumOfLog(server, 'the spool could not note', 'payloads');
    account.ambiguous += sumOfLog(server, 'requests were sent again since the last window', 'requests', 'events');
    if (server.log.some(({ msg }) => msg.startsWith('windows were dropped before'))) account.givenUp += 2;
  }
  sink.life++;
  account.ambiguous += server.total('statsdrain.lane.ambiguous', 'lane:events');
  expect(server.total('statsdrain.lane.given_up')).toBe(0);
  // The event and the counter of a step.
  const { parts, whole } = cutOff(server);
  account.givenUp += 2 * (parts + whole);
}

test('through 200 faults nothing is missing that is not counted, and nothing is there twice that is not counted as ambiguous', async () => {
  const sink = await recordingSink();
  const folder = temporaryFolder();
  const account: Account = { mayBeGone: new Set(), givenUp: 0, ambiguous: 0, killed: new Set(), found: 0, notNoted: 0 };
  let tag = 0;
  const config = () => ({
    flushInterval: '100ms',
    shutdownTimeout: '1s',
    retry: { min: '10ms', max: '50ms', timeout: '1s' },
    frontends: [{ type: 'unix', path: 'lines.sock' }],
    backends: [
      jsonConsole,
      { type: 'datadog', apiKey: `key${tag}`, url: `http://intake.test:${sink.port}`, tags: [`round:${tag}`] },
    ],
    spool: { path: './spool' },
  });
  const start = () => startServer(config(), { folder, preload });
  const connect = () => open(join(folder, 'lines.sock'));
  let server = await start();
  let socket = await connect();

  async function restart(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await end(server, how, sink, account);
    server = await start();
    socket = await connect();
    account.found += sumOfLog(server, FOUND, 'payloads');
  }

  /** What lasts, and the step in which it is over. */
  const lasting = new Map<Lasting, number>();
  const begin = (what: Lasting, until: number) => {
    lasting.set(what, until);
    writeFileSync(join(folder, what), '');
  };
  const over = (what: Lasting) => {
    lasting.delete(what);
    rmSync(join(folder, what), { force: true });
  };

  const kinds = schedule(11, 200);
  for (const [step, kind] of kinds.entries()) {
    for (const [what, until] of lasting) if (until === step) over(what);
    switch (kind) {
      case 'reload': {
        tag++;
        const done = () => server.log.filter(({ msg }) => msg === 'configuration reloaded').length;
        const before = done();
        server.configure(config());
        server.signal('SIGHUP');
        await server.until('the reload', () => done() > before);
        break;
      }
      case 'dns':
        begin('dns-gone', step + LASTS);
        sink.closeIdle();
        break;
      case 'disk':
        begin('disk-full', step + LASTS);
        break;
      case 'SIGTERM':
        // So that some waits for the next start.
        begin('dns-gone', step + LASTS);
        sink.closeIdle();
        await restart(kind);
        break;
      case 'SIGKILL':
        over('disk-full');
        await restart(kind);
        break;
      default:
        sink.faults.push(kind);
    }
    const sent = step + 1;
    socket.write(`chaos.${sent}:1|c\n_e{${`e${sent}`.length},1}:e${sent}|x\n`);
    await server.until('its window', () => server.entries.some(({ name }) => name === `chaos.${sent}`));
  }
  for (const what of lasting.keys()) over(what);
  sink.faults.length = 0;
  const of = (name: string) => ofDatadog(server, name, server.windows.at(-1)?.id ?? -1);
  await server.until(
    'the end of what waits',
    () => of('lane.delivered') > 0 && of('lane.payloads') + of('lane.spooled') === 0,
  );
  await end(server, 'SIGTERM', sink, account);

  const sums = sink.sums();
  const missing: string[] = [];
  for (const item of kinds.flatMap((_, step) => [`chaos.${step + 1}`, `e${step + 1}`])) {
    if (!sums.has(item) && !account.mayBeGone.has(item)) missing.push(item);
    expect([item, sums.get(item) ?? 1]).toEqual([item, 1]);
  }
  // Nobody can tell what a process that was killed had under way.
  const again = sink.resent.filter(({ lane, life, lifeBefore }) => {
    return lane === 'events' && (life === lifeBefore || !account.killed.has(lifeBefore));
  });
  expect(missing.length).toBeLessThanOrEqual(account.givenUp);
  const answered = again.filter((one) => one.answered).length;
  expect(answered).toBeLessThanOrEqual(account.notNoted);
  // The schedule did what it is for.
  expect(again.length).toBeGreaterThan(0);
  expect(account.found).toBeGreaterThan(0);
  expect(again.length - answered).toBeLessThanOrEqual(account.ambiguous);
}, 240_000);
