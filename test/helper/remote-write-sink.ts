import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ReceivedTimeSeries, readRequest } from './remote-write-messages.ts';

export interface ReceivedWrite {
  readonly headers: IncomingHttpHeaders;
  readonly version: 1 | 2;
  readonly series: readonly ReceivedTimeSeries[];
  readonly sentBytes: number;
  readonly status: number;
}

export type WriteReply =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'hang'
  | 'reset';

/** `1`: 415 to what it does not know · `old`: takes version 2 for an empty request of version 1, as Prometheus 2 does. */
export type Speaks = '1' | '2' | 'old';

/** A stand-in for a receiver of remote write on loopback, strict about headers, labels and the order of samples in a request. */
export interface RemoteWriteSink {
  readonly url: string;
  /** All that were answered, in that order. */
  readonly writes: readonly ReceivedWrite[];
  /** What was taken, in order. */
  readonly taken: readonly ReceivedTimeSeries[];
  /** Of the series of this name what was taken, in order. */
  valuesOf(name: string, labels?: Readonly<Record<string, string>>): readonly number[];
  /** The next `times` requests are answered so. */
  script(reply: WriteReply, times: number): void;
  /** Answers with what this gives, where it gives something. */
  refuse(judge: (write: Omit<ReceivedWrite, 'status'>) => WriteReply | undefined): void;
  speak(speaks: Speaks): void;
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

const VERSIONS: ReadonlyMap<string, 1 | 2> = new Map([
  ['0.1.0', 1],
  ['2.0.0', 2],
]);

export async function remoteWriteSink(first: Speaks = '2'): Promise<RemoteWriteSink> {
  const writes: ReceivedWrite[] = [];
  const taken: ReceivedTimeSeries[] = [];
  const scripts: { readonly reply: WriteReply; times: number }[] = [];
  let judge: Parameters<RemoteWriteSink['refuse']>[0] = () => undefined;
  let speaks = first;

  function replyTo(write: Omit<ReceivedWrite, 'status'>): WriteReply {
    const script = scripts.find(({ times }) => times > 0);
    if (script !== undefined) {
      script.times--;
      return script.reply;
    }
    if (write.version === 2 && speaks === '1') return { status: 415, body: 'unknown content type' };
    if (write.version === 2 && speaks === 'old') return { status: 204 };
    const refused = judge(write);
    if (refused !== undefined) return refused;
    if (!write.series.every(isGood)) return { status: 400, body: 'bad series' };
    taken.push(...write.series);
    return { status: 204, headers: write.version === 2 ? written(write.series) : {} };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const block = await readAll(request);
    const { headers } = request;
    const version = VERSIONS.get(String(headers['x-prometheus-remote-write-version']));
    const isGoodHead = request.method === 'POST' && headers['content-encoding'] === 'snappy' && version !== undefined;
    if (!isGoodHead) throw new Error('a bad head');
    const write = { headers, version, series: readRequest(headers['content-type'], block), sentBytes: block.length };
    const reply = replyTo(write);
    if (reply === 'hang') return;
    if (reply === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    writes.push({ ...write, status: reply.status });
    response.writeHead(reply.status, reply.headers).end(reply.body);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.writeHead(400).end(String(error)));
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/api/v1/write`,
    writes,
    taken,
    valuesOf: (name, labels = {}) => {
      const wanted = Object.entries({ __name__: name, ...labels });
      const has = (one: ReceivedTimeSeries) => wanted.every(([key, value]) => labelOf(one, key) === value);
      return taken.filter(has).flatMap(({ samples }) => samples.map(({ value }) => value));
    },
    script: (reply, times) => scripts.push({ reply, times }),
    refuse(next) {
      judge = next;
    },
    speak(next) {
      speaks = next;
    },
    down: close,
    up: () => listen(port),
    close,
  };
}

export function labelOf({ labels }: ReceivedTimeSeries, name: string): string | undefined {
  return labels.find(([key]) => key === name)?.[1];
}

function written(series: readonly ReceivedTimeSeries[]): Record<string, string> {
  const samples = series.reduce((sum, one) => sum + one.samples.length, 0);
  const histograms = series.reduce((sum, one) => sum + one.histograms.length, 0);
  return {
    'X-Prometheus-Remote-Write-Samples-Written': String(samples),
    'X-Prometheus-Remote-Write-Histograms-Written': String(histograms),
    'X-Prometheus-Remote-Write-Exemplars-Written': '0',
  };
}

function isGood({ labels, samples, histograms }: ReceivedTimeSeries): boolean {
  const names = labels.map(([name]) => name);
  const isSorted = names.every(
    (name, at) => at === 0 || Buffer.compare(Buffer.from(names[at - 1]!), Buffer.from(name)) < 0,
  );
  const isTimed = samples.every(({ timestamp }, at) => at === 0 || samples[at - 1]!.timestamp < timestamp);
  const isFull = samples.length + histograms.length > 0 && labels.every(([, value]) => value !== '');
  return isSorted && isTimed && isFull && names.includes('__name__');
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
