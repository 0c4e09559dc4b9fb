/**
 * `npm run fuzz -- --seed 1 --datagrams 2000000 --frames 160000 --bodies 16000 --posts 1000000`: random and mutated input of every kind
 * to a real server, which must live, account for every line, answer nothing with 5xx but 503, and stay within its memory. Linux.
 */
import { fork, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { packageRoot } from './environment.ts';
import { createFuzzer } from './fuzz-input.ts';

const FRAMES_PER_CONNECTION = 100;
const REQUESTS_AT_ONCE = 8;
/** Series of one window; the memory that these limits allow, in bytes. */
const SERIES = 50_000;
const MOST_RSS = 512e6;
const GOOD = 'fuzz.good:1|c';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    datagrams: { type: 'string', default: '2000000' },
    frames: { type: 'string', default: '160000' },
    bodies: { type: 'string', default: '16000' },
    posts: { type: 'string', default: '1000000' },
  },
});
function whole(name: keyof typeof values): number {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  console.error(`--${name}: "${values[name]}" is not a whole number of 0 or more`);
  process.exit(64);
}
const counts = {
  datagrams: whole('datagrams'),
  frames: whole('frames'),
  bodies: whole('bodies'),
  posts: whole('posts'),
};
const fuzzer = createFuzzer(whole('seed'));

const folder = mkdtempSync(join(tmpdir(), 'statsdrain-fuzz-'));
const config = join(folder, 'config.json');
const frontends = [
  { type: 'udp', port: 0 },
  { type: 'unix', path: 'fuzz.sock' },
  { type: 'http', port: 0 },
];
const limits = { series: SERIES, seriesPerName: SERIES };
writeFileSync(
  config,
  JSON.stringify({ flushInterval: '1s', limits, frontends, backends: [{ type: 'console', format: 'json' }] }),
);
const program = fileURLToPath(new URL('dist/src/cli.js', packageRoot));
const child = spawn(process.execPath, [program, config], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
process.on('exit', () => {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

/** Totals of counters, by name and front-end; and what was printed that is not JSON. */
const totals = new Map<string, number>();
let notJson = '';
createInterface({ input: child.stdout }).on('line', (line) => {
  try {
    const {
      type,
      name,
      tags = [],
      value = 0,
    } = JSON.parse(line) as {
      type: string;
      name?: string;
      tags?: string[];
      value?: number;
    };
    if (type !== 'counter' || !(name?.startsWith('statsdrain.') || name?.startsWith('fuzz.'))) return;
    const frontend = tags.find((tag) => tag.startsWith('frontend:')) ?? '';
    const key = `${name} ${frontend}`.trim();
    totals.set(key, (totals.get(key) ?? 0) + value);
  } catch {
    notJson ||= line.slice(0, 200);
  }
});
let log = '';
const errors: string[] = [];
createInterface({ input: child.stderr }).on('line', (line) => {
  if (!line.startsWith('{') || line.includes('"level":"error"')) errors.push(line.slice(0, 400));
  if (log.length < 10_000) log += `${line}\n`;
});
while (!log.includes('"msg":"ready"')) {
  if (child.exitCode !== null) throw new Error(`statsdrain ended:\n${log}`);
  await sleep(100);
}
const portOf = (name: string) => Number(new RegExp(`"${name} [^"]*?:(\\d+)`).exec(log)?.[1]);

let mostRss = 0;
const watch = setInterval(() => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
  mostRss = Math.max(mostRss, Number(kilobytes) * 1024);
}, 100);

async function sendDatagrams(): Promise<void> {
  const socket = createSocket({ type: 'udp4', sendBufferSize: 4 * 1024 * 1024 });
  socket.on('error', () => undefined);
  socket.connect(portOf('udp'), '127.0.0.1');
  await once(socket, 'connect');
  for (let sent = 0; sent < counts.datagrams; sent++) {
    socket.send(fuzzer.packet(), () => undefined);
    if (sent % 50 === 0) await turn();
  }
  await new Promise<void>((resolve) => socket.send(GOOD, () => resolve()));
  socket.close();
}

/** One connection: every fifth is broken off somewhere, the others end with a good line. Gives 1 for a good one. */
async function sendFrames(count: number): Promise<number> {
  const frames: Buffer[] = [];
  const add = (packet: Buffer) => {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(packet.length);
    frames.push(head, packet);
  };
  // The first frame of a connection is told by its length, and an empty one is one.
  for (let i = 0; i < count; i++) add(fuzzer.packet());
  const isBroken = fuzzer.below(5) === 0;
  if (isBroken) frames.push(Buffer.from([0xff, 0xff, 0xff, fuzzer.below(256)]), fuzzer.packet());
  else add(Buffer.from(GOOD));
  const bytes = Buffer.concat(frames);
  const socket = connect(join(folder, 'fuzz.sock'));
  socket.on('error', () => undefined);
  socket.resume();
  // In pieces that respect no frame.
  for (let at = 0; at < bytes.length; ) {
    const next = at + 1 + fuzzer.below(8000);
    socket.write(bytes.subarray(at, next));
    at = next;
  }
  socket.end();
  if (!socket.closed) await once(socket, 'close');
  return isBroken ? 0 : 1;
}

const statuses = new Map<string, number>();
async function postBody(): Promise<void> {
  const { path, headers, bytes } = fuzzer.body();
  const url = `http://127.0.0.1:${portOf('http')}${path}`;
  const status = await fetch(url, { method: 'POST', headers, body: bytes as Uint8Array<ArrayBuffer> }).then(
    async (response) => {
      await response.arrayBuffer();
      return String(response.status);
    },
    (error: Error) => `no answer (${String(error.cause ?? error)})`,
  );
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
}

const say = (text: string) => console.log(`${text}; RSS at most ${(mostRss / 1e6).toFixed(0)} MB`);
await sendDatagrams();
say(`${counts.datagrams} datagrams sent`);
let goodConnections = 0;
for (let left = counts.frames; left > 0; left -= FRAMES_PER_CONNECTION) {
  goodConnections += await sendFrames(Math.min(left, FRAMES_PER_CONNECTION));
}
say(`${counts.frames} frames sent`);
for (let left = counts.bodies; left > 0; left -= REQUESTS_AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(left, REQUESTS_AT_ONCE) }, postBody));
}
say(`${counts.bodies} bodies sent: ${JSON.stringify(Object.fromEntries(statuses))}`);
const last = await fetch(`http://127.0.0.1:${portOf('http')}/statsd`, { method: 'POST', body: GOOD }).catch(
  () => undefined,
);
await sleep(2500);
clearInterval(watch);
const ended = once(child, 'close');
child.kill('SIGTERM');
const [code, signal] = child.exitCode === null ? await ended : [child.exitCode, child.signalCode];

const total = (name: string, frontend: string) => totals.get(`${name} frontend:${frontend}`) ?? 0;
const checks: (readonly [what: string, found: string, good: boolean])[] = [
  ['it lived', `exit ${signal ?? code}`, code === 0],
  ['output is JSON', notJson === '' ? 'yes' : notJson, notJson === ''],
  ['no errors in the log', errors[0] ?? 'none', errors.length === 0],
  ['memory', `${(mostRss / 1e6).toFixed(0)} MB of ${MOST_RSS / 1e6}`, mostRss < MOST_RSS],
  ['a good body after all', String(last?.status), last?.status === 204],
  ['answers', [...statuses.keys()].join(' '), [...statuses.keys()].every((one) => /^(204|4\d\d|503)$/.test(one))],
];
let aggregatedAny = 0;
for (const frontend of ['udp', 'unix', 'http']) {
  const lines = (name: string) => total(`statsdrain.lines.${name}`, frontend);
  const [received, aggregated, rejected, dropped] = ['received', 'aggregated', 'rejected', 'dropped'].map(lines) as [
    number,
    number,
    number,
    number,
  ];
  aggregatedAny += aggregated;
  const found = `${received} = ${aggregated} + ${rejected} + ${dropped}`;
  checks.push([`lines of ${frontend}`, found, received === aggregated + rejected + dropped]);
}
// The datagram with the good line may be lost to the kernel.
const good = totals.get('fuzz.good') ?? 0;
const wanted = goodConnections + 1;
checks.push(['good lines', `${good} of ${wanted} or ${wanted + 1}`, good === wanted || good === wanted + 1]);
checks.push(['something was taken', String(aggregatedAny), aggregatedAny > 0]);
for (const [what, found, isGood] of checks) console.log(`${isGood ? 'good' : 'BAD '}  ${what}: ${found}`);
const drain = fork(fileURLToPath(new URL('./fuzz-posts.js', import.meta.url)), [values.seed, values.posts]);
process.on('exit', () => drain.kill('SIGKILL'));
const [drainCode] = await once(drain, 'exit');
const isGood = drainCode === 0 && checks.every(([, , one]) => one);
console.log(`seed ${values.seed}: ${isGood ? 'good' : 'BAD'}`);
process.exit(isGood ? 0 : 1);
