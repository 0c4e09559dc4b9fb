/** Reads log bodies without a socket: `extraction.js <program> <seconds>`. The answer is {@link Extracted}. */
import { createLogReaders, type DrainIntake, type LogReader } from '../frontends/http/extract/reader.ts';
import { readRecords } from '../frontends/http/json/records.ts';
import { parseRules } from '../frontends/http/rules/file.ts';
import { openRules } from '../frontends/http/rules/open.ts';
import type { RuleBook } from '../frontends/http/rules/rules.ts';
import { createShard } from '../src/aggregate/shard.ts';
import { kit } from '../src/config/kit.ts';
import { defaultSettings } from '../src/config/settings.ts';
import { atOnce } from '../src/kit/slices.ts';
import { found } from '../test/frontends/http/log-frames.ts';
import { plainRead } from '../test/frontends/http/plain-reader.ts';
import { frontendContext, recordIntake } from '../test/helper/intake.ts';
import { WARM_UP_SECONDS } from './bench.ts';
import { bodyWorkloads, createBodies } from './log-bodies.ts';
import { flush, takeBody } from './regex-lines.ts';

/** `reader` and `regex` read Logplex bodies, `ndjson` the same lines as objects, `rules` the Logplex bodies with ten rules of regular expressions. */
export type Program = 'reader' | 'regex' | 'ndjson' | 'rules';

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

function openReader(intake: DrainIntake, rules?: RuleBook): LogReader {
  const options = { profile: 'tagged', procIdAsSource: undefined, platformLines: false, maxSeries: 100_000 } as const;
  return createLogReaders(intake, { ...options, rules, spent: () => false, now: () => performance.now() })();
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

const client = { name: 'bench' };

function objectReader(): Take {
  const shard = createShard({ index: 0, limits: defaultSettings.limits, now: () => performance.now(), seed: 1 });
  const logs = openReader(shard.intake('bench', 'auto'));
  const post = {
    headers: {},
    mediaType: '',
    query: new URLSearchParams(),
    client,
    from: {},
    app: undefined,
    repeated: false,
    logs,
  };
  return {
    body(bytes) {
      logs.begin({ client, app: undefined, stream: '', repeated: false });
      atOnce(readRecords(bytes, { ...post, spent: () => false, count: () => undefined }));
      atOnce(logs.end());
    },
    flush: () => void shard.handOver(Date.now(), false),
  };
}

/** Three whose text stands in a tenth of the lines, as the reports of memory, and seven whose text stands in none. */
const regexRules = Array.from({ length: 10 }, (_, index) => ({
  name: `rule-${index}`,
  when: {
    contains: index < 3 ? ['sample#memory_total', 'sample#memory_rss', 'sample#memory_quota'][index] : `never-${index}`,
  },
  parse: 'regex',
  regex: 'memory_(?<what>\\w+)=(?<megabytes>[0-9.]+)MB',
  metrics: [{ type: 'measure', name: `memory.rule_${index}`, value: '$megabytes', tags: { what: '$what' } }],
}));

function ruledReader(): Take {
  const shard = createShard({ index: 0, limits: defaultSettings.limits, now: () => performance.now(), seed: 1 });
  const intake = shard.intake('bench', 'auto');
  const read = parseRules(JSON.stringify({ rules: regexRules }), kit);
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const reader = openReader(intake, openRules({ set: read.set }, intake, { log: frontendContext().log }).book);
  return { body: (bytes) => readBody(reader, bytes), flush: () => void shard.handOver(Date.now(), false) };
}

const programs: Readonly<Record<Program, () => Take>> = {
  reader: fastReader,
  regex: () => ({ body: takeBody, flush }),
  ndjson: objectReader,
  rules: ruledReader,
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

/** The messages of a body, an object and a line each. */
function objectsOf(body: Buffer): Buffer {
  const lines = framesOf(body.toString('latin1')).map((frame) => {
    const [, app, process, message = ''] = HEAD.exec(frame) ?? [];
    return `${JSON.stringify({ time: '2026-05-01T10:00:01.120Z', level: 'info', app, process, message: message.trimEnd() })}\n`;
  });
  return Buffer.from(lines.join(''), 'latin1');
}

async function feed(take: Take, given: readonly Buffer[], seconds: number): Promise<number> {
  const deadline = performance.now() + seconds * 1000;
  let bytes = 0;
  let flushed = performance.now();
  for (let index = 0; performance.now() < deadline; ) {
    for (const pause = performance.now() + SLICE_MS; performance.now() < pause; index++) {
      const body = given[index % given.length]!;
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
const given = program === 'ndjson' ? bodies.map(objectsOf) : bodies;
await feed(take, given, WARM_UP_SECONDS);
const start = process.cpuUsage();
const bytes = await feed(take, given, Number(seconds));
const { user, system } = process.cpuUsage(start);
process.send!({ bytes, cpu: user + system } satisfies Extracted, () => process.exit());
