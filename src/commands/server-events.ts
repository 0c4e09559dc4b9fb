import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** One of a stream of server-sent events, with its data from JSON. */
export interface ServerEvent {
  readonly name: string;
  readonly data: unknown;
}

/** Events of a `text/event-stream`, as they come. Ends with the stream, also where it broke. */
export async function* serverEvents(stream: Readable): AsyncGenerator<ServerEvent> {
  let name = 'message';
  let data = '';
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  stream.on('error', () => lines.close());
  for await (const line of lines) {
    if (line === '') {
      if (data !== '') yield { name, data: JSON.parse(data) };
      name = 'message';
      data = '';
      continue;
    }
    const [, field, value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === 'event') name = value;
    if (field === 'data') data += value;
  }
}
