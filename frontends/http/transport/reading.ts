import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Client } from '../../../src/kit/http/auth.ts';
import type { BodyServer } from '../../../src/kit/http/body-server.ts';
import type { Intake, PacketOrigin } from '../../../src/plugin.ts';
import type { HttpConfig } from '../config.ts';
import { createLogReaders, type LogReader } from '../extract/reader.ts';
import type { LineTrace } from '../extract/trace.ts';
import type { RuleBook } from '../rules/rules.ts';
import type { Post, Reading, Reply, Sender } from '../senders/sender.ts';
import type { Captures } from './captures.ts';
import type { Drain, Drains } from './drains.ts';
import { mediaTypeOf } from './media-type.ts';
import { appName, queryOf } from './query.ts';
import type { Repeats } from './repeats.ts';
import type { Choose, Chosen } from './routes.ts';

/** Readers that are kept for the next body; each holds 16 KiB. */
const IDLE_READERS = 16;
/** Characters: the token of a drain has 38. */
const LONGEST_STREAM = 100;

/** Is told what a request is read as. */
export interface DrainTrace extends LineTrace {
  sender(name: string): void;
}

interface ReadingParts {
  readonly config: HttpConfig;
  readonly intake: Intake;
  readonly server: BodyServer;
  readonly drains: Drains;
  readonly captures: Captures;
  readonly repeats: Repeats;
  readonly rules: RuleBook | undefined;
  /** How many ready samples those gave who have an intake of their own. */
  samples(): number;
  readonly trace: DrainTrace | undefined;
}

/** Reads bodies that were posted, each with the sender whose it is. */
export function createReading({
  config,
  intake,
  server,
  drains,
  captures,
  repeats,
  rules,
  samples,
  trace,
}: ReadingParts) {
  const { count, spent } = server;
  const { profile, procIdAsSource, maxSeries, platformLines = profile === 'seed' } = config;
  const now = () => performance.now();
  const createReader = createLogReaders(intake, {
    profile,
    procIdAsSource,
    platformLines,
    maxSeries,
    rules,
    spent,
    now,
    trace,
  });
  const idle: LogReader[] = [];
  const { underWay } = repeats;
  const refusedOf = new WeakMap<object, Drain>();

  function* read([sender, route]: Chosen, body: Buffer, post: Post, logs: LogReader, drain: Drain): Reading {
    const { client, app, repeated, headers } = post;
    const stream = String(headers['logplex-drain-token'] ?? '').slice(0, LONGEST_STREAM);
    logs.begin({ client, app, repeated, stream });
    const answer = yield* metered(route.read(body, post), drain);
    yield* logs.end();
    const { totals } = logs;
    drain.lastMs = Date.now();
    drain.sender = sender.name;
    drain.requests++;
    drain.bytes += body.length;
    drain.lines += totals.lines;
    drain.metrics += totals.metrics;
    drain.lostLines += totals.lostLines;
    // One that a reader gave up in the middle of a body is not used again.
    if (idle.length < IDLE_READERS) idle.push(logs);
    return answer;
  }

  /** What is sampled while `reading` goes on is of its drain: nothing else goes on then. */
  function* metered(reading: Reading, drain: Drain): Reading {
    for (;;) {
      const before = samples();
      const { done, value } = reading.next();
      drain.metrics += samples() - before;
      if (done === true) return value;
      yield;
    }
  }

  /** Waits for a reader of the same body, and knows then whether it took it. */
  function* readOnce(key: string, chosen: Chosen, body: Buffer, post: Post, logs: LogReader, drain: Drain): Reading {
    while (underWay.has(key)) yield;
    const repeated = repeats.has(key);
    if (repeated) {
      count('drain.duplicate_frames', 1);
      drain.duplicates++;
    }
    underWay.add(key);
    try {
      const answer = yield* read(chosen, body, repeated ? { ...post, repeated } : post, logs, drain);
      repeats.add(key);
      return answer;
    } finally {
      underWay.delete(key);
    }
  }

  return {
    /** Whose request it was that failed so, where that is known. */
    drainOf: (error: unknown) => (typeof error === 'object' && error !== null ? refusedOf.get(error) : undefined),
    /** `own`: the sender whose request it is, where that is known before its body is. */
    async take(request: IncomingMessage, own: Sender | undefined, choose: Choose): Promise<Reply> {
      const { headers } = request;
      const query = queryOf(request);
      const given = appName(query);
      const mediaType = mediaTypeOf(request);
      let drain: Drain | undefined;
      const options = {
        token: own?.credential?.(headers, query),
        // A replay has no signature: what lets its sender in was taken out of it.
        verify:
          own?.verify === undefined || trace !== undefined ? undefined : (body: Buffer) => own.verify?.(body, headers),
        limits: own?.limits,
        admitted(client: Client) {
          drain = drains.of(client, tokenOf(headers), given ?? client.app);
          if (captures.active) captures.admitted(request, client);
        },
      };
      try {
        const answer = await server.read(
          request,
          (body, client) => {
            const chosen = choose({ headers, mediaType }, body);
            const logs = idle.pop() ?? createReader();
            const app = given ?? client.app;
            const from = originOf(request);
            const post: Post = { headers, mediaType, query, client, app, from, repeated: false, logs, spent, count };
            const [sender] = chosen;
            trace?.sender(sender.name);
            const id = sender.repeat?.(headers);
            if (id === undefined) return read(chosen, body, post, logs, drain!);
            return readOnce(`${client.name}\n${sender.name}\n${id}`, chosen, body, post, logs, drain!);
          },
          options,
        );
        return answer ?? NO_CONTENT;
      } catch (error) {
        if (drain !== undefined && typeof error === 'object' && error !== null) refusedOf.set(error, drain);
        throw error;
      }
    },
  };
}

const NO_CONTENT: Reply = { status: 204 };

function originOf({ socket }: IncomingMessage): PacketOrigin {
  return {
    get address() {
      return socket.remoteAddress ?? '';
    },
    get port() {
      return socket.remotePort ?? 0;
    },
  };
}

/** Of Logplex: which drain of its user it is. */
function tokenOf({ 'logplex-drain-token': token }: IncomingHttpHeaders): string | undefined {
  return typeof token === 'string' ? token : token?.[0];
}
