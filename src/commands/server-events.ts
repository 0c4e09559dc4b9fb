import type { Readable } from 'node:stream';

/** One of a stream of server-sent events, with its data from JSON. */
export interface ServerEvent {
  readonly name: string;
  readonly data: unknown;
}

/** Characters of one event: a server drops a client that lets more than 1 MiB wait. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

/**
 * Events of a `text/event-stream`, as they come. Ends with the stream, also where it broke or was destroyed. Rejects where the stream is none of
 * statsdrain.
 */
export async function* serverEvents(stream: Readable): AsyncGenerator<ServerEvent> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of untilBroken(stream)) {
    const parts = `${rest}${chunk}`.replaceAll('\r\n', '\n').split('\n\n');
    rest = parts.pop() ?? '';
    if (rest.length > MOST_CHARACTERS) throw notOurs();
    for (const part of parts) {
      const event = eventOf(part);
      if (event !== undefined) yield event;
    }
  }
}

async function* untilBroken(stream: Readable): AsyncGenerator<string> {
  try {
    yield* stream;
  } catch {
    // Who reads events knows by the last of them whether it is all.
  }
}

/** Undefined: a comment, which is a sign of life. */
function eventOf(text: string): ServerEvent | undefined {
  let name = 'message';
  let data: string | undefined;
  for (const line of text.split('\n')) {
    const [, field, value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === 'event') name = value;
    if (field === 'data') data = data === undefined ? value : `${data}\n${value}`;
  }
  return data === undefined ? undefined : { name, data: parsed(data) };
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw notOurs();
  }
}

function notOurs(): Error {
  return new Error('what answers there sends no events of statsdrain; is this the address of its back-end "live"?');
}
