/** StatsD lines as a mixed fleet of applications sends them; the same on every call. */

export interface Workload {
  readonly name: string;
  readonly linesPerDatagram: number;
  readonly tagged: boolean;
}

export const workloads: readonly Workload[] = [
  { name: '(a) 1 line per datagram', linesPerDatagram: 1, tagged: false },
  { name: '(b) 20 lines per datagram', linesPerDatagram: 20, tagged: false },
  { name: '(c) 10 lines with 3 tags', linesPerDatagram: 10, tagged: true },
];

export const SERIES = 4000;
/** Different lines before they repeat: enough that neither a cache nor a branch predictor learns them. */
const LINES = 80_000;
const SET_MEMBERS = 500;

const services = ['checkout', 'search', 'billing', 'session', 'catalog'];
const subjects = ['requests', 'latency', 'queue', 'cache', 'visitors', 'db.query', 'errors', 'jobs'];

export function workloadNamed(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name);
  if (found === undefined)
    throw new Error(
      `unknown workload "${name}" (known: ${workloads.map(({ name: known }) => `"${known}"`).join(', ')})`,
    );
  return found;
}

export function createDatagrams({ linesPerDatagram, tagged }: Workload): Buffer[] {
  const random = createRandom(1);
  return Array.from({ length: LINES / linesPerDatagram }, () => {
    const lines = Array.from({ length: linesPerDatagram }, () =>
      createLine(Math.floor(random() * SERIES), tagged, random),
    );
    return Buffer.from(lines.join('\n'));
  });
}

/** Of 20 series 10 are counters, 5 timers, 3 gauges and 2 sets. */
function createLine(series: number, tagged: boolean, random: () => number): string {
  const name = `${services[series % services.length]}.${subjects[series % subjects.length]}.${series}`;
  const tags = tagged ? `|#env:prod,region:eu-${series % 3},host:web-${series % 40}` : '';
  return `${name}:${createValue(series % 20, random)}${tags}`;
}

function createValue(kind: number, random: () => number): string {
  if (kind < 8) return `${random() < 0.7 ? 1 : Math.ceil(random() * 100)}|c`;
  if (kind < 10) return `${Math.ceil(random() * 10)}|c|@0.1`;
  if (kind < 15) return `${(random() * 1000).toFixed(kind % 3)}|ms`;
  if (kind < 18) return `${(random() * 10_000).toFixed(kind % 2)}|g`;
  return `user-${Math.floor(random() * SET_MEMBERS)}|s`;
}

/** Numbers from 0 up to 1: mulberry32 (public domain, Tommy Ettinger). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
