/** Bodies that take a server long. */
import { gzipSync } from 'node:zlib';
import { bodyWorkloads, createBodies } from './log-bodies.ts';

export interface HoldBody {
  readonly name: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `names` is in all names of series: other ones are new to the server. */
  create(names: string): Buffer;
}

const MIB = 1024 * 1024;
/** The largest body that is taken by default, less a line. */
const LARGEST = 8 * MIB - 1024;
const NEW_SERIES = 60_000;

const LOGPLEX = { 'content-type': 'application/logplex-1' };
const JSON_TYPE = { 'content-type': 'application/json' };

export const holdBodies: readonly HoldBody[] = [
  {
    name: 'lines: 60,000 new series in 1.7 MB',
    path: '/logs',
    headers: {},
    create: (names) => repeated(NEW_SERIES, (index) => `count#${names}.new.series.${number(index)}=1\n`),
  },
  {
    name: 'Logplex, 8 MiB',
    path: '/logs',
    headers: LOGPLEX,
    create: () => logplex(LARGEST),
  },
  {
    name: 'Logplex, 8 MiB in gzip',
    path: '/logs',
    headers: { ...LOGPLEX, 'content-encoding': 'gzip' },
    create: () => gzipSync(logplex(LARGEST)),
  },
  {
    name: 'one frame, 8 MiB',
    path: '/logs',
    headers: LOGPLEX,
    create(names) {
      const lines = filled((index) => `at=info count#${names}.long=1 user=${index}\n`);
      return Buffer.concat([Buffer.from(`${lines.length + 10} <190>1 - - `), lines]);
    },
  },
  {
    name: 'NDJSON, 8 MiB',
    path: '/logs',
    headers: { 'content-type': 'application/x-ndjson' },
    create: (names) => filled((index) => `${JSON.stringify(record(names, index))}\n`),
  },
  {
    name: 'JSON array, 8 MiB',
    path: '/logs',
    headers: JSON_TYPE,
    create: (names) => listed('[', (index) => JSON.stringify(record(names, index)), ']'),
  },
  {
    name: 'StatsD, 8 MiB',
    path: '/statsd',
    headers: {},
    create: (names) => filled((index) => `${names}.requests.${number(index % 4000)}:1|c|#route:items\n`),
  },
  {
    name: 'StatsD, 60,000 new series',
    path: '/statsd',
    headers: {},
    create: (names) => repeated(NEW_SERIES, (index) => `${names}.new.${number(index)}:1|c\n`),
  },
  {
    name: "Datadog's series in JSON, 8 MiB",
    path: '/api/v2/series',
    headers: JSON_TYPE,
    create(names) {
      const timestamp = Math.floor(Date.now() / 1000);
      return listed(
        '{"series":[',
        (index) =>
          JSON.stringify({
            metric: `${names}.requests.${number(index % 4000)}`,
            type: 1,
            points: [{ timestamp, value: 1 }],
            tags: ['route:items', 'env:prod'],
          }),
        ']}',
      );
    },
  },
];

function number(index: number): string {
  return String(index).padStart(8, '0');
}

function record(names: string, index: number): object {
  const message = `at=info measure#${names}.query=${index % 80}.5ms count#${names}.add=1 user=${index % 10_000}`;
  return {
    time: '2026-05-01T10:00:01.120Z',
    level: 'info',
    service: `web.${index % 8}`,
    message,
    request: number(index),
  };
}

function repeated(count: number, line: (index: number) => string): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, index) => line(index)).join(''));
}

function filled(line: (index: number) => string, size = LARGEST): Buffer {
  const lines: string[] = [];
  for (let length = 0; length < size; length += lines.at(-1)!.length) lines.push(line(lines.length));
  return Buffer.from(lines.slice(0, -1).join(''));
}

function listed(head: string, item: (index: number) => string, tail: string): Buffer {
  const items = filled((index) => `${item(index)},`);
  return Buffer.concat([Buffer.from(head), items.subarray(0, -1), Buffer.from(tail)]);
}

function logplex(size: number): Buffer {
  const bodies = createBodies(bodyWorkloads[1]!).map(({ bytes }) => bytes);
  const all: Buffer[] = [];
  for (let length = 0; ; ) {
    const next = bodies[all.length % bodies.length]!;
    length += next.length;
    if (length > size) return Buffer.concat(all);
    all.push(next);
  }
}
