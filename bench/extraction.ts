/** Reads log bodies without a socket: `extraction.js <program> <seconds>`. The answer is {@link Extracted}. */
import { createLogReaders, type DrainIntake, type LogReader } from '../frontends/http/extract/reader.ts';
import { createShard } from '../src/aggregate/shard.ts';
import { defaultSettings } from '../src/config/settings.ts';
import { atOnce } from '../src/kit/slices.ts';
import { found } from '../test/frontends/http/log-frames.ts';
import { plainRead } from '../test/frontends/http/plain-reader.ts';
import { recordIntake } from '../test/helper/intake.ts';
import { WARM_UP_SECONDS } from './bench.ts';
import { bodyWorkloads, createBodies } from './log-bodies.ts';
import { flush, takeBody } from './regex-lines.ts';

export type Program = 'reader' | 'regex';

export interface Extracted {
  readonly bytes: number;
  /** Microseconds of CPU of the whole process. */
  readonly cpu: number;
}

interface Take {
  body(bytes: Buffer): void;
  /** Ends a window. */
  flush(): void;
}

const FLUSH_MS = 1000;
/** Milliseconds between two turns of the event loop. */
const SLICE_MS = 20;
const HEAD = /^<\d+>1 \S+ \S+ (\S+) (\S+) - ([\s\S]*)$/;

const bodies = createBodies(bodyWorkloads[1]!).map(({ bytes }) => bytes);

function openReader(intake: DrainIntake): LogReader {
  const options = { profile: 'tagged', procIdAsSource: undefined, platformLines: false, maxSeries: 100_000 } as const;
  return createLogReaders(intake, { ...options, spent: () => false, now: () => performance.now() })();
}

function readBody(reader: LogReader, bytes: Buffer): void {
  reader.begin({ client: { name: 'bench' }, app: undefined, stream: '', repeated: false });
  atOnce(reader.frames(bytes, { structuredData: false, believed: true }));
  atOnce(reader.end());
}

/** statsdrain's, into a shard as an ingest thread has it. */
function fastReader(): Take {
  const shard = createShard({ index: 0, limits: defaultSettings.limits, now: () => performance.now(), seed: 1 });
  const reader = openReader(shard.intake('bench', 'auto'));
  return { body: (bytes) => readBody(reader, bytes), flush: () => void shard.handOver(Date.now(), false) };
}

const programs: Readonly<Record<Program, () => Take>> = {
  reader: fastReader,
  regex: () => ({ body: takeBody, flush }),
};

/** Throws unless the fast reader finds what regular expressions find. */
function assertEqual(): void {
  for (const bytes of bodies) {
    const intake = recordIntake();
    readBody(openReader(intake), bytes);
    const given = found(intake).sort();
    const wanted = framesOf(bytes.toString('latin1')).flatMap(plainMetrics).sort();
    const at = wanted.findIndex((metric, index) => metric !== given[index]);
    if (at < 0 && given.length === wanted.length) continue;
    throw new Error(`the reader gives "${given[at]}" where regular expressions find "${wanted[at]}"`);
  }
}

function framesOf(text: string): string[] {
  const frames: string[] = [];
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(' ', at);
    at = space + 1 + Number(text.slice(at, space));
    frames.push(text.slice(space + 1, at));
  }
  return frames;
}

function plainMetrics(frame: string): string[] {
  const [, app = '', process = '', message = ''] = HEAD.exec(frame) ?? [];
  const metrics = plainRead(app, process, message);
  const [, total, quota] = /memory_total=([\d.]+)MB .*memory_quota=([\d.]+)MB/.exec(message) ?? [];
  if (quota === undefined) return metrics;
  const tags = `dyno:${process},dyno_type:${process.split('.', 1)[0]}`;
  return [...metrics, `gauge heroku.dyno.memory_pct ${(Number(total) / Number(quota)) * 100} ${tags}`];
}

async function feed(take: Take, seconds: number): Promise<number> {
  const deadline = performance.now() + seconds * 1000;
  let bytes = 0;
  let flushed = performance.now();
  for (let index = 0; performance.now() < deadline; ) {
    for (const pause = performance.now() + SLICE_MS; performance.now() < pause; index++) {
      const body = bodies[index % bodies.length]!;
      take.body(body);
      bytes += body.length;
    }
    await new Promise(setImmediate);
    if (performance.now() - flushed < FLUSH_MS) continue;
    flushed = performance.now();
    take.flush();
  }
  return bytes;
}

const [program, seconds] = process.argv.slice(2);
assertEqual();
const take = programs[program as Program]();
await feed(take, WARM_UP_SECONDS);
const start = process.cpuUsage();
const bytes = await feed(take, Number(seconds));
const { user, system } = process.cpuUsage(start);
process.send!({ bytes, cpu: user + system } satisfies Extracted, () => process.exit());
