/** StatsD lines as a mixed fleet of applications sends them; the same on every call. */

export interface Workload {
  readonly name: string;
  readonly linesPerDatagram: number;
  readonly tagged: boolean;
  readonly series: number;
  /** All lines are counters. */
  readonly countersOnly?: boolean;
  /** Each in its turn, however few they are, so that all of them are live. */
  readonly inTurn?: boolean;
}

export const SERIES = 4000;
const MILLION = 1_000_000;

/** Sent as fast as the sender can. */
export const workloads: readonly Workload[] = [
  { name: '(a) 1 line per datagram', linesPerDatagram: 1, tagged: false, series: SERIES },
  { name: '(b) 20 lines per datagram', linesPerDatagram: 20, tagged: false, series: SERIES },
  { name: '(c) 10 lines with 3 tags', linesPerDatagram: 10, tagged: true, series: SERIES },
];

/** (b) with more series. */
export const growthWorkloads: readonly Workload[] = [
  { name: '(b) 4,000 series', linesPerDatagram: 20, tagged: false, series: SERIES },
  { name: '(d) 100,000 series', linesPerDatagram: 20, tagged: false, series: MILLION / 10 },
  { name: '(d) 1,000,000 series', linesPerDatagram: 20, tagged: false, series: MILLION },
];

export const counterWorkloads: readonly Workload[] = [
  { name: '100,000 counters', linesPerDatagram: 20, tagged: false, series: MILLION / 10, countersOnly: true },
  { name: '1,000,000 counters', linesPerDatagram: 20, tagged: false, series: MILLION, countersOnly: true },
];

/** What a spool is made for: as many as one busy host has. */
export const outageWorkload: Workload = {
  name: '60,000 series with 3 tags',
  linesPerDatagram: 20,
  tagged: true,
  series: 60_000,
  inTurn: true,
};

/** Different lines before they repeat: enough that neither a cache nor a branch predictor learns them. */
const LINES = 80_000;
const SET_MEMBERS = 500;

const services = ['checkout', 'search', 'billing', 'session', 'catalog'];
const subjects = ['requests', 'latency', 'queue', 'cache', 'visitors', 'db.query', 'errors', 'jobs'];

export function workloadNamed(name: string): Workload {
  const all = [...workloads, ...growthWorkloads, ...counterWorkloads, outageWorkload];
  const found = all.find((workload) => workload.name === name);
  if (found === undefined)
    throw new Error(`unknown workload "${name}" (known: ${all.map(({ name: known }) => `"${known}"`).join(', ')})`);
  return found;
}

/** A few series in any order, or many, each in its turn, so that all of them are live. */
export function createDatagrams({
  linesPerDatagram,
  tagged,
  series,
  countersOnly = false,
  inTurn: given = false,
}: Workload): Buffer[] {
  const random = createRandom(1);
  const inTurn = given || series > LINES;
  let next = 0;
  // A step that is prime to the number of series visits each once.
  const seriesOf = () => (inTurn ? (next++ * STEP) % series : Math.floor(random() * series));
  return Array.from({ length: Math.max(LINES, inTurn ? series : 0) / linesPerDatagram }, () => {
    const lines = Array.from({ length: linesPerDatagram }, () => createLine(seriesOf(), tagged, countersOnly, random));
    return Buffer.from(lines.join('\n'));
  });
}

const STEP = 7919;

/** Of 20 series 10 are counters, 5 timers, 3 gauges and 2 sets. */
function createLine(series: number, tagged: boolean, countersOnly: boolean, random: () => number): string {
  const name = `${services[series % services.length]}.${subjects[series % subjects.length]}.${series}`;
  const tags = tagged ? `|#env:prod,region:eu-${series % 3},host:web-${series % 40}` : '';
  return `${name}:${createValue(countersOnly ? 0 : series % 20, random)}${tags}`;
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
