import { type Bench, type Figures, STATSDRAIN, WARM_UP_SECONDS } from './bench.ts';
import { type BodyWorkload, bodyWorkloads, STEADY_LARGE } from './log-bodies.ts';
import type { PostBurst, Posted } from './poster.ts';
import { answerOf, ask, cpuSeconds, end, peakRss, startModule } from './processes.ts';
import { type Server, startListener, startStatsdrain } from './servers.ts';

/** Milliseconds; 5 where nothing else runs. */
const MOST_P99_MS = 40;
const REFERENCE = 'node:http, string and regexes';

export const drain: Bench = {
  name: 'drain',
  description:
    'A process of its own posts Logplex bodies on 8 connections, each as soon as the last one was answered, so the ' +
    'times are those of a server that is busy all the time; and in the last rows at a steady rate. Of 10 ' +
    'lines 6 are of the router, 2 of an app with three metrics, 1 of memory, 1 without metrics. The CPU is that of ' +
    'the whole server process. The reference is a short program on `node:http` that splits the body into lines and ' +
    'matches regular expressions, without limits, tags, credentials or quoting rules.',
  columns: [
    { key: 'cpuPerRequest', label: 'CPU µs per request', digits: 0 },
    { key: 'bytesPerCpuSecond', label: 'MB per CPU second', digits: 0 },
    { key: 'requestsPerSecond', label: 'requests/s', digits: 0 },
    { key: 'p99', label: 'p99 ms', digits: 1 },
    { key: 'rss', label: 'peak RSS MB', digits: 0 },
  ],
  guards: [
    { workload: bodyWorkloads[0]!.name, column: 'cpuPerRequest', peer: REFERENCE, atMost: 2.5 },
    { workload: bodyWorkloads[1]!.name, column: 'cpuPerRequest', peer: REFERENCE, atMost: 2.5 },
    { workload: STEADY_LARGE, column: 'p99', atMost: MOST_P99_MS },
  ],
  async cases() {
    if (process.platform !== 'linux') return { cases: [], left: ['drain reads /proc, which only Linux has'] };
    const subjects = [
      { subject: STATSDRAIN, start: () => startStatsdrain({ type: 'http' }) },
      { subject: REFERENCE, start: () => startListener('./regex-drain.js') },
    ];
    return {
      cases: bodyWorkloads.flatMap((workload) =>
        subjects.map(({ subject, start }) => ({
          workload: workload.name,
          subject,
          run: async (seconds: number) => measureServer(await start(), workload, seconds),
        })),
      ),
      left: [],
    };
  },
};

async function measureServer(server: Server, workload: BodyWorkload, seconds: number): Promise<Figures> {
  const poster = startModule('./poster.js', String(server.port), workload.name);
  const burst = async (length: number) => {
    const question: PostBurst = { seconds: length };
    const posted = await ask<Posted>(poster, question);
    return { ...posted, cpu: cpuSeconds(server.pid) };
  };
  try {
    await answerOf(poster);
    const before = await burst(WARM_UP_SECONDS);
    const after = await burst(seconds);
    const rss = peakRss(server.pid);
    await end(poster, 'SIGKILL');
    const counted = (await server.stop())?.aggregated;
    const posted = before.metrics + after.metrics;
    if (counted !== undefined && counted !== posted) {
      throw new Error(`${posted} metrics were posted, but the server aggregated ${counted}`);
    }

    const cpu = after.cpu - before.cpu;
    return {
      bytesPerCpuSecond: after.bytes / 1e6 / cpu,
      cpuPerRequest: (cpu * 1e6) / after.requests,
      requestsPerSecond: after.requests / after.seconds,
      p99: after.p99,
      rss,
    };
  } catch (error) {
    await server.stop().catch(() => undefined);
    throw error;
  } finally {
    await end(poster, 'SIGKILL');
  }
}
