import { type Bench, type Figures, STATSDRAIN, WARM_UP_SECONDS } from './bench.ts';
import { statsdVersion } from './environment.ts';
import { workloads } from './lines.ts';
import { answerOf, ask, cpuSeconds, end, peakRss, startModule } from './processes.ts';
import { type Server, startStatsdrain, startStatsdTcp } from './servers.ts';
import type { StreamBurst, Streamed } from './streamer.ts';

const workload = workloads[1]!;
const STATSD = `statsd ${statsdVersion()}`;

export const tcp: Bench = {
  name: 'tcp',
  description:
    'A process of its own writes the lines of `udp` (b) to 64 TCP connections as fast as they are read, and closes them; ' +
    'the time ends when the server has closed the last one, so every line was received.',
  columns: [
    { key: 'cpuPerLine', label: 'CPU µs per line', digits: 3 },
    { key: 'linesPerSecond', label: 'k lines/s', digits: 0 },
    { key: 'rss', label: 'peak RSS MB', digits: 0 },
  ],
  guards: [{ workload: '(e) 64 connections', column: 'cpuPerLine', peer: STATSD, atMost: 0.5 }],
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['tcp reads /proc, which only Linux has'] };
    const subjects = [
      { subject: STATSDRAIN, start: () => startStatsdrain({ type: 'tcp' }) },
      { subject: STATSD, start: startStatsdTcp },
    ];
    return {
      cases: subjects.map(({ subject, start }) => ({
        workload: '(e) 64 connections',
        subject,
        run: async (seconds: number) => measureTcp(await start(), seconds),
      })),
      left: [],
    };
  },
};

async function measureTcp(server: Server, seconds: number): Promise<Figures> {
  const streamer = startModule('./streamer.js', String(server.port), workload.name);
  const burst = async (length: number) => {
    const question: StreamBurst = { seconds: length };
    const before = cpuSeconds(server.pid);
    const streamed = await ask<Streamed>(streamer, question);
    return { ...streamed, cpu: cpuSeconds(server.pid) - before };
  };
  try {
    await answerOf(streamer);
    const before = await burst(WARM_UP_SECONDS);
    const { lines, cpu, seconds: took } = await burst(seconds);
    const rss = peakRss(server.pid);
    const counted = (await server.stop())?.received;
    if (counted !== undefined && counted !== before.lines + lines) {
      throw new Error(`${before.lines + lines} lines were written, but the server accounts for ${counted}`);
    }
    return { cpuPerLine: (cpu * 1e6) / lines, linesPerSecond: lines / took / 1000, rss };
  } catch (error) {
    await server.stop().catch(() => undefined);
    throw error;
  } finally {
    await end(streamer, 'SIGKILL');
  }
}
