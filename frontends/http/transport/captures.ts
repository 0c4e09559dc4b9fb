import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Client } from '../../../src/kit/http/auth.ts';
import { refusal } from '../../../src/kit/http/refusal.ts';
import type { RedactedHead } from './redact.ts';

/** Requests as they came, for whoever wants to know what a sender really sends. */
export interface Captures {
  /** False: nobody looks, and nothing else of this is called for a request. */
  readonly active: boolean;
  /** A request whose body nobody has begun to read. */
  watch(request: IncomingMessage, response: ServerResponse): void;
  admitted(request: IncomingMessage, client: Client): void;
  /**
   * A line of JSON for each request that is answered from now on: `{ time, client, status, method, path, headers, body }`, the body in Base64 and
   * packed as it came; and at the end `{ end, captured, skipped }`. A client that stands for an app, or may write some names
   * only, sees its own. Throws a refusal (400, 429).
   */
  open(asking: Client, query: URLSearchParams): Readable;
  /** Ends all. */
  close(): void;
}

interface Watched {
  readonly chunks: Buffer[];
  bytes: number;
  /** False: there was no room for all of the body. */
  isWhole: boolean;
  client: Client | undefined;
}

interface Session {
  readonly stream: Readable;
  readonly only: string | undefined;
  readonly limit: number;
  captured: number;
  skipped: number;
  bytes: number;
  end(why: 'limit' | 'time' | 'size' | 'stop'): void;
}

const SESSIONS = 2;
/** Bytes of bodies that are held until their requests are answered, and that wait for who asked. */
const HELD = 32 * 1024 * 1024;
const WAITING = 32 * 1024 * 1024;
/** Bytes of all bodies that one gets. */
const SIZE = 256 * 1024 * 1024;

export function createCaptures(redact: (request: IncomingMessage) => RedactedHead): Captures {
  const sessions = new Set<Session>();
  const watched = new WeakMap<IncomingMessage, Watched>();
  let held = 0;

  function give(request: IncomingMessage, status: number, one: Watched): void {
    let line: Buffer | undefined;
    for (const session of sessions) {
      if (session.only !== undefined && session.only !== one.client?.name) continue;
      if (!one.isWhole || session.stream.readableLength > WAITING) {
        session.skipped++;
        continue;
      }
      line ??= lineOf(redact(request), status, one);
      session.stream.push(line);
      session.captured++;
      session.bytes += one.bytes;
      if (session.captured >= session.limit) session.end('limit');
      else if (session.bytes >= SIZE) session.end('size');
    }
  }

  return {
    get active() {
      return sessions.size > 0;
    },
    watch(request, response) {
      if (request.method === 'GET' || request.method === 'HEAD') return;
      const one: Watched = { chunks: [], bytes: 0, isWhole: true, client: undefined };
      watched.set(request, one);
      // Unlike `on` this does not let the body flow: it goes by as whoever reads it asks for it.
      request.prependListener('data', (chunk: Buffer) => {
        if (!one.isWhole) return;
        one.bytes += chunk.length;
        held += chunk.length;
        one.chunks.push(chunk);
        if (held <= HELD) return;
        held -= one.bytes;
        one.isWhole = false;
        one.chunks.length = 0;
      });
      response.once('close', () => {
        if (response.writableFinished) give(request, response.statusCode, one);
        if (one.isWhole) held -= one.bytes;
        one.isWhole = false;
        one.chunks.length = 0;
      });
    },
    admitted(request, client) {
      const one = watched.get(request);
      if (one !== undefined) one.client = client;
    },
    open(asking, query) {
      const limit = numberOf(query, 'limit', 100, 10_000);
      const seconds = numberOf(query, 'seconds', 60, 600);
      if (sessions.size >= SESSIONS) {
        throw refusal(429, `${SESSIONS} captures are under way; wait for one of them.`, { 'retry-after': '60' });
      }
      const stream = new Readable({ read: () => undefined });
      const narrow = asking.app !== undefined || asking.prefixes !== undefined;
      const session: Session = {
        stream,
        only: narrow ? asking.name : undefined,
        limit,
        captured: 0,
        skipped: 0,
        bytes: 0,
        end(why) {
          const { captured, skipped } = session;
          forget();
          stream.push(`${JSON.stringify({ end: why, captured, skipped })}\n`);
          stream.push(null);
        },
      };
      const timer = setTimeout(() => session.end('time'), seconds * 1000);
      const forget = () => {
        clearTimeout(timer);
        sessions.delete(session);
      };
      stream.once('close', forget);
      sessions.add(session);
      // So that the head of the answer leaves at once.
      stream.push('\n');
      return stream;
    },
    close() {
      for (const session of [...sessions]) session.end('stop');
    },
  };
}

function lineOf(head: RedactedHead, status: number, { client, chunks }: Watched): Buffer {
  const known = { time: new Date().toISOString(), client: client?.name, status, ...head };
  const json = JSON.stringify(known).slice(0, -1);
  // Base64 may be long, and needs no escapes.
  return Buffer.from(`${json},"body":"${Buffer.concat(chunks).toString('base64')}"}\n`);
}

function numberOf(query: URLSearchParams, name: string, usual: number, most: number): number {
  const given = query.get(name);
  if (given === null) return usual;
  const number = Number(given);
  if (/^\d{1,6}$/.test(given) && number >= 1 && number <= most) return number;
  throw refusal(400, `"${name}" in the query must be a whole number from 1 to ${most}.`);
}
