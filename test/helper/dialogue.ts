import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { open } from './send.ts';

/** A connection to an admin interface. */
export interface Dialogue {
  /** All that was answered. */
  readonly heard: string;
  readonly closed: boolean;
  /** Sends a chunk as it is. */
  say(chunk: string): void;
  /** Sends a chunk and waits until something is answered. Gives what was answered by then. */
  ask(chunk: string): Promise<string>;
  /** Sends a chunk and waits until the answer ends so. */
  askUntil(chunk: string, end: string): Promise<string>;
  readonly socket: Socket;
}

export async function dialogue(port: number): Promise<Dialogue> {
  const socket = await open(port);
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  let heard = '';
  let closed = false;
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1');
  });
  socket.on('close', () => {
    closed = true;
  });

  async function askFor(chunk: string, isDone: (answer: string) => boolean): Promise<string> {
    const before = heard.length;
    socket.write(chunk);
    await vi.waitFor(() => expect(isDone(heard.slice(before)), `answer to ${JSON.stringify(chunk)}`).toBe(true), {
      timeout: 20_000,
      interval: 2,
    });
    return heard.slice(before);
  }

  return {
    get heard() {
      return heard;
    },
    get closed() {
      return closed;
    },
    socket,
    say(chunk) {
      socket.write(chunk);
    },
    ask: (chunk) => askFor(chunk, (answer) => answer !== ''),
    askUntil: (chunk, end) => askFor(chunk, (answer) => answer.endsWith(end)),
  };
}

/** Commands whose answer ends with an empty line in the original too. */
const ENDS_EMPTY = /^\s*(?:stats|counters|gauges|timers|delcounters|delgauges|deltimers)\b/;
/** The original writes a configuration in many pieces, and nothing tells the last one. */
const QUIET_MS = 100;

/**
 * All that is answered to `chunks`, each sent when the one before was answered; the last one closes. Two chunks that arrive
 * together would be one command to the original.
 */
export async function transcript(port: number, chunks: readonly string[]): Promise<string> {
  const talk = await dialogue(port);
  for (const chunk of chunks.slice(0, -1)) {
    if (ENDS_EMPTY.test(chunk)) await talk.askUntil(chunk, 'END\n\n');
    else await talk.ask(chunk);
    if (chunk.startsWith('config')) await sleep(QUIET_MS);
  }
  talk.say(chunks.at(-1)!);
  if (!talk.closed) await once(talk.socket, 'close');
  return talk.heard;
}
