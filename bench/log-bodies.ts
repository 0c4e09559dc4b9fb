/** Logplex bodies as a busy application sends them; the same on every call. */
import { createRandom } from './lines.ts';

export interface BodyWorkload {
  readonly name: string;
  /** Bytes of one body, about. */
  readonly size: number;
  /** Different bodies before they repeat. */
  readonly variants: number;
  /** Requests per second; absent: each connection sends as soon as it was answered. */
  readonly rate?: number;
}

/** Those of a steady rate. */
const STEADY_SMALL = '4,000 bodies/s of 1 kB';
export const STEADY_LARGE = '400 bodies/s of 100 kB';

export interface LogBody {
  readonly bytes: Buffer;
  readonly frames: number;
  /** Metrics that the lines hold, with the names of the profile `tagged`. */
  readonly metrics: number;
}

export const bodyWorkloads: readonly BodyWorkload[] = [
  { name: 'bodies of 1 kB', size: 1000, variants: 64 },
  { name: 'bodies of 100 kB', size: 100_000, variants: 16 },
  { name: STEADY_SMALL, size: 1000, variants: 64, rate: 4000 },
  { name: STEADY_LARGE, size: 100_000, variants: 16, rate: 400 },
];

interface Line {
  readonly process: string;
  readonly message: string;
  readonly metrics: number;
}

const TIMESTAMP = '2026-05-01T10:00:01.120000+00:00';

/** Of 10 lines 6 come from the router, 2 from an app with three metrics, 1 is of memory, 1 has none. */
export function createBodies({ size, variants }: BodyWorkload): LogBody[] {
  const random = createRandom(2);
  const pick = (count: number) => Math.floor(random() * count);
  const router = (): Line => ({
    process: 'heroku router',
    message:
      `at=info method=GET path="/items/${pick(10_000)}?page=${pick(50)}" host=shop.example.com request_id=${pick(2 ** 31)} ` +
      `fwd="203.0.113.${pick(255)}" dyno=web.${1 + pick(8)} connect=${pick(4)}ms service=${pick(900)}ms ` +
      `status=${[200, 200, 201, 304, 404][pick(5)]} bytes=${pick(40_000)} protocol=https`,
    metrics: 4,
  });
  const app = (): Line => ({
    process: `app web.${1 + pick(8)}`,
    message: `at=info measure#db.query=${(random() * 80).toFixed(1)}ms count#cart.add=${1 + pick(3)} sample#queue.depth=${pick(200)} user=${pick(10_000)}`,
    metrics: 3,
  });
  const memory = (): Line => ({
    process: `heroku web.${1 + pick(8)}`,
    message: `source=web.${1 + pick(8)} dyno=heroku.1001.ab12 sample#memory_total=${(random() * 500).toFixed(2)}MB sample#memory_rss=${(random() * 400).toFixed(2)}MB sample#memory_quota=512.00MB`,
    metrics: 4,
  });
  const plain = (): Line => ({
    process: `app worker.${1 + pick(4)}`,
    message: `Started job ${pick(100_000)} "Send the weekly report" with priority 5 after waiting in the default queue`,
    metrics: 0,
  });
  const cycle = [router, app, router, memory, router, plain, router, app, router, router];

  return Array.from({ length: variants }, () => {
    const frames: string[] = [];
    let length = 0;
    let metrics = 0;
    while (length < size) {
      const line = cycle[frames.length % cycle.length]!();
      const text = `<190>1 ${TIMESTAMP} host ${line.process} - ${line.message}\n`;
      const frame = `${text.length} ${text}`;
      frames.push(frame);
      length += frame.length;
      metrics += line.metrics;
    }
    return { bytes: Buffer.from(frames.join(''), 'latin1'), frames: frames.length, metrics };
  });
}
