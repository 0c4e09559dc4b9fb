import { setTimeout as sleep } from 'node:timers/promises';
import { type Column, type Figures, WARM_UP_SECONDS } from './bench.ts';
import type { Workload } from './lines.ts';
import { answerOf, ask, cpuSeconds, end, peakRss, startModule } from './processes.ts';
import type { Burst, Sent } from './sender.ts';
import type { Server } from './servers.ts';
import { waitForSocket } from './udp-socket.ts';

/** After its socket was read to the end, a program still works on the last batch. */
const SETTLE_MS = 50;

/** Figures of {@link measureUdp}. */
export const udpColumns: readonly Column[] = [
  { key: 'cpuPerLine', label: 'CPU µs per line', digits: 3 },
  { key: 'received', label: 'received %', digits: 1 },
  { key: 'linesPerSecond', label: 'k lines/s received', digits: 0 },
  { key: 'drops', label: 'datagrams dropped', digits: 0 },
  { key: 'rss', label: 'peak RSS MB', digits: 0 },
];

/** A sender of one workload, aimed at one server. */
export interface UdpLoad {
  /** Sends for `seconds`, at `rate` datagrams per second or as fast as it goes, and waits until all of it was received. */
  burst(seconds: number, rate?: number): Promise<BurstResult>;
  end(): Promise<void>;
}

export interface BurstResult {
  readonly datagrams: number;
  readonly seconds: number;
  /** Datagrams that the kernel dropped in this burst. */
  readonly drops: number;
  /** Seconds of CPU that the server used for it. */
  readonly cpu: number;
}

export async function openUdpLoad(server: Server, workload: Workload): Promise<UdpLoad> {
  const sender = startModule('./sender.js', String(server.port), workload.name);
  await answerOf(sender);
  const isRead = () => waitForSocket(server.port, ({ queued }) => queued === 0);
  return {
    async burst(seconds, rate) {
      const before = { drops: (await isRead()).drops, cpu: cpuSeconds(server.pid) };
      const question: Burst = { seconds, ...(rate === undefined ? {} : { rate }) };
      const sent = await ask<Sent>(sender, question);
      const { drops } = await isRead();
      await sleep(SETTLE_MS);
      return { ...sent, drops: drops - before.drops, cpu: cpuSeconds(server.pid) - before.cpu };
    },
    end: () => end(sender, 'SIGKILL'),
  };
}

/** Loads a server and stops it. Throws when it accounts for other lines than reached its socket. */
export async function measureUdp(server: Server, workload: Workload, seconds: number, rate?: number): Promise<Figures> {
  const load = await openUdpLoad(server, workload);
  try {
    const before = await load.burst(WARM_UP_SECONDS, rate);
    const { datagrams, drops, cpu, seconds: took } = await load.burst(seconds, rate);
    const rss = peakRss(server.pid);
    const counted = (await server.stop())?.received;
    const arrived = (before.datagrams - before.drops + datagrams - drops) * workload.linesPerDatagram;
    if (counted !== undefined && counted !== arrived) {
      throw new Error(`${arrived} lines reached the socket, but the server accounts for ${counted}`);
    }

    const lines = (datagrams - drops) * workload.linesPerDatagram;
    return {
      cpuPerLine: (cpu * 1e6) / lines,
      received: (100 * (datagrams - drops)) / datagrams,
      linesPerSecond: lines / took / 1000,
      drops,
      rss,
    };
  } catch (error) {
    await server.stop().catch(() => undefined);
    throw error;
  } finally {
    await load.end();
  }
}
