/**
 * `fuzz-posts.js <seed> <posts>`: bodies of all kinds of senders, mutated and packed in every way, and heads that are no HTTP, to a drain in this
 * process, which must throw nothing, lose nothing good that came before the damage, account for every line, and stay within its
 * memory. Exit code 1 where it did not.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { Client } from 'undici';
import httpPlugin from '../frontends/http/index.ts';
import { logSenders } from '../frontends/http/senders/index.ts';
import { createShard } from '../src/aggregate/shard.ts';
import { defaultSettings } from '../src/config/settings.ts';
import { collectGarbage } from '../src/kit/garbage.ts';
import type { FrontendAccount } from '../src/partial/partial.ts';
import type { Intake } from '../src/plugin.ts';
import { AGGREGATED, dropReasons, dropSlot, RECEIVED, rejectReasons, rejectSlot } from '../src/protocol/reasons.ts';
import { configure, frontendContext } from '../test/helper/intake.ts';
import { createPostFuzzer, GOOD_NAME } from './fuzz-posts-input.ts';

const CONNECTIONS = 8;
const AT_ONCE = 8;
/** Posts between two windows, and between two heads that are no HTTP. */
const WINDOW = 5000;
const BROKEN_HEAD = 400;
const SERIES = 20_000;
/** Bytes of the heap that may be there at the end and were not after a tenth of the posts. */
const MOST_GROWTH = 48e6;
const PATHS = ['/logs', '/statsd', '/api/v2/series', '/intake', '/v1/logs', '/v1/metrics'];
const ANSWERS = /^(20\d|4\d\d|503)$/;

const [seed = 1, posts = 1_000_000] = process.argv.slice(2).map(Number);
const config = configure(httpPlugin, { port: 0, datadog: {} });
const paths = [
  ...PATHS,
  ...logSenders(config, { series: () => ({ add: () => undefined }) }).flatMap(({ posts: all }) =>
    all.map(({ path }) => path),
  ),
];
const next = createPostFuzzer(seed, paths);
const faults: string[] = [];
const fault = (text: string) => {
  if (faults.length < 20) faults.push(text);
};
process.on('uncaughtException', (error) => fault(`thrown: ${error.stack}`));
process.on('unhandledRejection', (error) => fault(`rejected: ${String(error)}`));

const limits = { ...defaultSettings.limits, series: SERIES, seriesPerName: SERIES };
const shard = createShard({ index: 0, limits, now: () => performance.now(), seed: 1 });
const inner = shard.intake('http', 'auto');
let good = 0;
const intake: Intake = {
  ...inner,
  sample(type, name, value, tags, weight) {
    if (name === GOOD_NAME) good += value;
    inner.sample(type, name, value, tags, weight);
  },
  series(type, name, tags) {
    const series = inner.series(type, name, tags);
    if (name !== GOOD_NAME) return series;
    return {
      add(value, weight) {
        good += value;
        series.add(value, weight);
      },
    };
  },
};
const context = frontendContext();
const frontend = httpPlugin.create(config, intake, context);
const [origin = ''] = await frontend.start();

const account = { received: 0, accounted: 0 };
function takeWindow(): void {
  const { accounts } = shard.handOver(Date.now(), false);
  for (const { slots } of accounts) {
    account.received += slots[RECEIVED]!;
    account.accounted += accountedOf(slots);
  }
}

function accountedOf(slots: FrontendAccount['slots']): number {
  const refused = [...rejectReasons.map(rejectSlot), ...dropReasons.map(dropSlot)];
  return refused.reduce((sum, slot) => sum + slots[slot]!, slots[AGGREGATED]!);
}

const statuses = new Map<string, number>();
let sent = 0;
let expected = 0;
let early = 0;
const broken = new Set<Promise<void>>();

async function post(client: Client): Promise<void> {
  const { path, headers, bytes, good: wanted } = next();
  const { statusCode, body } = await client.request({ path, method: 'POST', headers, body: bytes });
  await body.dump();
  statuses.set(String(statusCode), (statuses.get(String(statusCode)) ?? 0) + 1);
  if (wanted === undefined) return;
  expected += wanted;
  if (statusCode !== 204) fault(`${statusCode} for a body that begins well: ${bytes.toString('latin1').slice(0, 300)}`);
}

/** What is no request is refused, and takes its connection with it. */
async function sendBroken(): Promise<void> {
  const { bytes } = next();
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  socket.end(Buffer.concat([Buffer.from('POST /logs HTTP/1.1\r\nHost: x\r\n'), bytes, Buffer.from('\r\n\r\n')]));
  if (!socket.closed) await once(socket, 'close');
}

async function worker(): Promise<void> {
  const client = new Client(origin, { pipelining: AT_ONCE });
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (sent < posts) {
        const number = sent++;
        if (number % WINDOW === 0) takeWindow();
        if (number % BROKEN_HEAD === 0) broken.add(sendBroken());
        if (number === Math.floor(posts / 10)) early = heapUsed();
        await post(client).catch((error: unknown) => fault(`no answer: ${String(error)}`));
      }
    }),
  );
  await client.close();
}

function heapUsed(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

await Promise.all(Array.from({ length: CONNECTIONS }, worker));
await Promise.all(broken);
await frontend.stop();
await turn();
takeWindow();
const grown = heapUsed() - early;
for (const { level, message, fields } of context.logged) {
  if (level === 'error') fault(`logged: ${message} ${JSON.stringify(fields)}`);
}

const known = [...statuses.keys()];
const checks: (readonly [what: string, found: string, isGood: boolean])[] = [
  ['nothing failed', faults.join('\n') || 'yes', faults.length === 0],
  ['answers', JSON.stringify(Object.fromEntries(statuses)), known.every((status) => ANSWERS.test(status))],
  ['good before the damage', `${good} of ${expected}`, good === expected],
  [
    'lines',
    `${account.received} = ${account.accounted}`,
    account.received === account.accounted && account.received > 0,
  ],
  ['memory', `${(grown / 1e6).toFixed(1)} MB more than after a tenth`, grown < MOST_GROWTH],
];
for (const [what, found, isGood] of checks)
  console.log(`${isGood ? 'good' : 'BAD '}  ${posts} posts, ${what}: ${found}`);
process.exit(checks.every(([, , isGood]) => isGood) ? 0 : 1);
