import { type ClientRequest, type IncomingMessage, request } from 'node:http';

export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/** A stream of server-sent events that a test reads. */
export interface EventStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** So far; comments are none. */
  readonly events: readonly ServerEvent[];
  /** Resolves when the server has ended it. */
  readonly ended: Promise<void>;
  /** The first of its kind, also one that is still to come. */
  first<Data>(event: string): Promise<Data>;
  /** Reads nothing any more. */
  pause(): void;
  close(): void;
}

/** Opens a stream, on a connection of its own. Resolves with the head of the answer, whatever its status. */
export async function openEvents(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventStream> {
  const sent: ClientRequest = request(url, { headers, agent: false });
  sent.on('error', () => undefined);
  sent.end();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
  const events: ServerEvent[] = [];
  let text = '';
  let look: () => void = () => undefined;
  response.setEncoding('utf8');
  response.on('error', () => undefined);
  response.on('data', (chunk: string) => {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event !== undefined && data !== undefined) events.push({ event, data: JSON.parse(data) });
    }
    look();
  });
  const ended = new Promise<void>((resolve) => {
    response.once('close', () => {
      look();
      resolve();
    });
  });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    ended,
    first: <Data>(event: string) =>
      new Promise<Data>((resolve, reject) => {
        const before = look;
        const find = () => {
          before();
          const found = events.find((one) => one.event === event);
          if (found !== undefined) resolve(found.data as Data);
          else if (response.destroyed) reject(new Error(`the stream ended without "${event}"`));
        };
        look = find;
        find();
      }),
    pause: () => {
      response.pause();
    },
    close: () => sent.destroy(),
  };
}
