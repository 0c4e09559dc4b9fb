/** Programs that show a page of metrics, and how it is filled and read. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import type { Totals } from './discard.ts';
import { freePort } from './free-port.ts';
import { cpuMs } from './processes.ts';
import { startStatsdrain } from './servers.ts';
import { waitForConnection } from './udp-socket.ts';

/** A program under test that has a page. */
export interface Pages {
  readonly pid: number;
  /** UDP, of lines. */
  readonly port: number;
  /** TCP, of lines. */
  readonly stream: number;
  readonly url: string;
  stop(): Promise<Totals | undefined>;
}

/** Longer than a window of the page: what was sent is on it then. */
export const UNTIL_SHOWN_MS = 1500;

/** `backends` besides that of the page. */
export async function startPages(backends: readonly object[] = []): Promise<Pages> {
  const [stream, http] = [await freePort(), await freePort()];
  const { pid, port, stop } = await startStatsdrain({
    type: 'udp',
    flushMs: 5000,
    limits: { series: 1_200_000, seriesPerName: 1_200_000, keyBytes: 2 ** 30 },
    frontends: [{ type: 'tcp', host: '127.0.0.1', port: stream }],
    backends: [{ type: 'prometheus', host: '127.0.0.1', port: http, maxSeries: 1_100_000 }, ...backends],
  });
  return { pid, port, stream, url: `http://127.0.0.1:${http}/metrics`, stop };
}

/** The path of statsd_exporter, where it is installed (test/fixtures/statsd-exporter/install.sh). */
export const exporterProgram = process.env.STATSD_EXPORTER;

export async function startExporterPages(): Promise<Pages> {
  const [port, stream, http] = [await freePort(), await freePort(), await freePort()];
  const child = spawn(
    exporterProgram!,
    [
      `--web.listen-address=127.0.0.1:${http}`,
      `--statsd.listen-udp=127.0.0.1:${port}`,
      `--statsd.listen-tcp=127.0.0.1:${stream}`,
      // As much as statsdrain's front-end asks for.
      '--statsd.read-buffer=4194304',
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  process.once('exit', () => child.kill('SIGKILL'));
  try {
    await waitForConnection(http);
    await waitForConnection(stream);
  } catch (error) {
    await killed(child);
    throw error;
  }
  const stop = async () => {
    await killed(child);
    return undefined;
  };
  return { pid: child.pid!, port, stream, url: `http://127.0.0.1:${http}/metrics`, stop };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

const LINES_AT_ONCE = 500;
/** New series come at this pace at most, per second: a program that starts has no more at once. */
const PACE = 100_000;

/** Types of the 100 families, from the first one of each. */
export type Mix = readonly (readonly [first: number, value: (series: number) => string])[];

const counter = () => 'requests_total:1|c';
const gauge = (series: number) => `depth:${series % 977}|g`;
const timer = (series: number) => `seconds:${series % 331}|ms`;

export const countersAndGauges: Mix = [
  [0, counter],
  [50, gauge],
];
export const withTimers: Mix = [
  [0, counter],
  [40, gauge],
  [60, timer],
];

/** One sample for each of the series `from` to `to`, with three labels. Over TCP, which loses nothing. */
export async function fill({ stream }: Pages, from: number, to: number, mix: Mix = countersAndGauges): Promise<void> {
  const socket = connect(stream, '127.0.0.1');
  await once(socket, 'connect');
  for (let next = from; next < to; ) {
    if (next > from && (next - from) % PACE === 0) await sleep(1000);
    let lines = '';
    for (const end = Math.min(next + LINES_AT_ONCE, to); next < end; next++) lines += lineOf(next, mix);
    if (!socket.write(lines)) await once(socket, 'drain');
  }
  socket.end();
  socket.resume();
  await once(socket, 'close');
}

function lineOf(series: number, mix: Mix): string {
  const family = series % 100;
  const [, value] = mix.findLast(([first]) => family >= first)!;
  return `bench.family_${family}.${value(series)}|#shop:shop-${Math.floor(series / 100)},zone:eu-${series % 3},code:${200 + (series % 5)}\n`;
}

export interface PageRead {
  /** As it came over the connection. */
  readonly bytes: number;
  readonly type: string;
  /** Lines of samples; 0 where they were not counted. */
  readonly samples: number;
  /** Until all of it was here. */
  readonly ms: number;
  /** Of the program, all its threads. */
  readonly cpu: number;
}

/** Scrapes once, by any headers. Throws at another status than 200. Samples are counted where `count` says so, since that takes time. */
export async function readPage(
  { url, pid }: Pages,
  headers: Readonly<Record<string, string>>,
  count = true,
): Promise<PageRead> {
  const [before, began] = [cpuMs(pid), performance.now()];
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).on('error', reject);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const [cpu, ms] = [cpuMs(pid) - before, performance.now() - began];
  if (response.statusCode !== 200) throw new Error(`${url} answers ${response.statusCode}`);
  const gzip = response.headers['content-encoding'] === 'gzip';
  return {
    bytes: chunks.reduce((sum, { length }) => sum + length, 0),
    type: response.headers['content-type'] ?? '',
    samples: count ? await samplesIn(chunks, gzip) : 0,
    ms,
    cpu,
  };
}

const LF = 10;
const HASH = 35;

/** Lines that are no comments, after those that this program read: its own CPU is nobody's figure. */
async function samplesIn(chunks: readonly Buffer[], gzip: boolean): Promise<number> {
  let lines = 0;
  let comments = 0;
  let atStart = true;
  const take = (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      if (atStart && chunk[at] === HASH) comments++;
      const end = chunk.indexOf(LF, at);
      atStart = end >= 0;
      if (end >= 0) lines++;
      at = end < 0 ? chunk.length : end + 1;
    }
  };
  if (!gzip) for (const chunk of chunks) take(chunk);
  else {
    const unzip = createGunzip();
    unzip.on('data', take);
    for (const chunk of chunks) unzip.write(chunk);
    unzip.end();
    await once(unzip, 'end');
  }
  return lines - comments;
}
