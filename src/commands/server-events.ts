import type { Readable } from 'node:stream';

/** One of a stream of server-sent events, with its data from JSON. */
export interface ServerEvent {
  readonly name: string;
  readonly data: unknown;
}

/** Events of a `text/event-stream`, as they come. Ends with the stream, also where it broke or was destroyed. */
export async function* serverEvents(stream: Readable): AsyncGenerator<ServerEvent> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of untilBroken(stream)) {
    const parts = `${rest}${chunk}`.replaceAll('\r\n', '\n').split('\n\n');
    rest = parts.pop() ?? '';
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
  return data === undefined ? undefined : { name, data: JSON.parse(data) };
}
