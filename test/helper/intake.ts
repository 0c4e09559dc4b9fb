import { setTimeout as sleep } from 'node:timers/promises';
import { kit } from '../../src/config/kit.ts';
import { createMemories } from '../../src/ingest/memories.ts';
import type {
  DiscardReason,
  FrontendContext,
  FrontendPlugin,
  Intake,
  LineStream,
  LogFields,
  MetricType,
} from '../../src/plugin.ts';
import { guardModule } from '../../src/plugins/module-guard.ts';

export interface RecordedSample {
  readonly type: Exclude<MetricType, 'set'>;
  readonly name: string;
  readonly value: number;
  readonly tags?: string;
  readonly weight?: number;
}

export interface RecordedMember {
  readonly name: string;
  readonly member: string;
  readonly tags?: string;
}

/** An {@link Intake} that parses nothing and keeps everything. */
export interface RecordingIntake extends Intake {
  /** Lines of `lines()` and `stream()` in order of arrival, without their LF; empty lines are left out. */
  readonly received: string[];
  readonly samples: RecordedSample[];
  readonly members: RecordedMember[];
  readonly discarded: Map<DiscardReason, number>;
  /** Own counters of the front-end by name, with their tags behind it after blanks. */
  readonly counted: Map<string, number>;
  /** Sum of what `kernelDropped` was given. */
  readonly kernelDrops: () => number;
  /** Number of calls that brought input; an empty datagram is one too. */
  readonly pushes: () => number;
  /** Streams that were opened and not ended. */
  readonly openStreams: () => number;
  /** Whether a line `name:…`, a sample or a set member of this name arrived. */
  has(name: string): boolean;
}

/** `encoding` is how the bytes of a line become a string; `latin1` keeps each byte. */
export function recordIntake(encoding: 'latin1' | 'utf8' = 'latin1'): RecordingIntake {
  const received: string[] = [];
  const samples: RecordedSample[] = [];
  const members: RecordedMember[] = [];
  const discarded = new Map<DiscardReason, number>();
  const counted = new Map<string, number>();
  let kernelDrops = 0;
  let pushes = 0;
  let openStreams = 0;

  const keep = (text: string) => {
    for (const line of text.split('\n')) if (line !== '') received.push(line);
  };

  return {
    received,
    samples,
    members,
    discarded,
    counted,
    kernelDrops: () => kernelDrops,
    pushes: () => pushes,
    openStreams: () => openStreams,
    has: (name) =>
      received.some((line) => line.startsWith(`${name}:`)) ||
      samples.some((sample) => sample.name === name) ||
      members.some((member) => member.name === name),

    lines(bytes, start = 0, end = bytes.length) {
      pushes++;
      keep(Buffer.from(bytes.subarray(start, end)).toString(encoding));
    },
    stream(_from, eolRequired): LineStream {
      let pending: Buffer[] = [];
      let ended = false;
      openStreams++;
      return {
        push(chunk) {
          if (ended) throw new Error('push() after end() of a stream');
          pushes++;
          const cut = chunk.lastIndexOf(0x0a) + 1;
          if (cut > 0) {
            keep(Buffer.concat([...pending, chunk.subarray(0, cut)]).toString(encoding));
            pending = [];
          }
          // A copy, because the chunk belongs to the caller again when push() returns.
          if (cut < chunk.length) pending.push(Buffer.from(chunk.subarray(cut)));
        },
        end() {
          if (ended) throw new Error('end() of a stream that was ended before');
          ended = true;
          openStreams--;
          const rest = Buffer.concat(pending);
          if (eolRequired !== true) keep(rest.toString(encoding));
          else if (rest.length > 0) discarded.set('unterminated', (discarded.get('unterminated') ?? 0) + 1);
        },
      };
    },
    sample(type, name, value, tags, weight) {
      pushes++;
      const optional = { ...(tags === undefined ? {} : { tags }), ...(weight === undefined ? {} : { weight }) };
      samples.push({ type, name, value, ...optional });
    },
    series(type, name, tags) {
      return { add: (value, weight) => this.sample(type, name, value, tags, weight) };
    },
    member(name, member, tags) {
      pushes++;
      members.push({ name, member, ...(tags === undefined ? {} : { tags }) });
    },
    discard(reason, count) {
      discarded.set(reason, (discarded.get(reason) ?? 0) + count);
    },
    kernelDropped(datagrams) {
      kernelDrops += datagrams;
    },
    count(name, value, tags = []) {
      const key = [name, ...tags].join(' ');
      counted.set(key, (counted.get(key) ?? 0) + value);
    },
  };
}

export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

export interface RecordingFrontendContext extends FrontendContext {
  readonly logged: LogEntry[];
}

/** A context without a fast receiver, whose server is ready, as far as `overrides` does not say otherwise. */
export function frontendContext(overrides: Partial<Omit<FrontendContext, 'log'>> = {}): RecordingFrontendContext {
  const logged: LogEntry[] = [];
  const record =
    (level: LogEntry['level']) =>
    (message: string, fields: LogFields = {}) => {
      logged.push({ level, message, fields });
    };
  const log = { info: record('info'), warn: record('warn'), error: record('error') };
  return {
    name: 'test',
    ready: () => true,
    tapped: false,
    kit,
    receiveDatagrams: async () => 'the test has no fast receiver',
    inherited: () => undefined,
    failed: (error) => log.error(`failed: ${error.message}`),
    handedOver: () => false,
    replaced: () => false,
    kept: createMemories().of({ name: 'test', module: 'test' }),
    folder: async () => undefined,
    guardModule: (file) => guardModule(file, { log, count: () => undefined }),
    ...overrides,
    log,
    logged,
  };
}

/** `block` with the defaults of the plugin's schema; throws what zod throws. */
export function configure<Config>(plugin: FrontendPlugin<Config>, block: unknown): Config {
  return plugin.config === undefined ? (block as Config) : plugin.config(kit).parse(block);
}

const WAIT_MS = 10_000;
const POLL_MS = 2;

/** Resolves as soon as `condition` holds; rejects with `what` after 10 s, which is under the time limit of a test. */
export async function waitFor(condition: () => boolean | Promise<boolean>, what?: string): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${WAIT_MS} ms: ${what ?? condition.toString()}`);
    await sleep(POLL_MS);
  }
}
