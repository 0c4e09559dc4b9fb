import type { Dialect, Limits } from '../src/config/settings.ts';

/** Lines of one kind, of {@link KIND_SERIES} series. */
export interface LineKind {
  readonly name: string;
  readonly dialect?: Dialect;
  readonly limits?: Partial<Limits>;
  line(number: number): string;
}

export const KIND_SERIES = 1000;
/** Of those that are past a limit: more are in a chunk of the plane. */
const HOT_SERIES = 20;

const name = (number: number) => `checkout.requests.${number % KIND_SERIES}`;
const hot = (number: number) => `checkout.latency.${number % HOT_SERIES}`;
const member = (number: number) => `user-${(number * 7919) % 100_003}`;

const TWENTY_TAGS = Array.from({ length: 20 }, (_, tag) => `key${tag}:value${tag}`).join(',');

/** Every kind of line that a client may send, the common one first. */
export const lineKinds: readonly LineKind[] = [
  { name: 'counter', line: (n) => `${name(n)}:1|c` },
  { name: 'counter, sampled', line: (n) => `${name(n)}:1|c|@0.1` },
  { name: 'counter, 3 tags', line: (n) => `${name(n)}:1|c|#env:prod,region:eu-1,host:web-3` },
  { name: 'counter, 20 tags', line: (n) => `${name(n)}:1|c|#${TWENTY_TAGS}` },
  { name: 'counter, tags in the name', line: (n) => `${name(n)};env=prod:1|c` },
  { name: 'counter, name of other letters', line: (n) => `größe von ${name(n)}:1|c` },
  { name: 'counter with a container', line: (n) => `${name(n)}:1|c|#env:prod|c:ci-1f8b` },
  { name: 'counter with a time', line: (n) => `${name(n)}:1|c|T1700000000`, limits: { points: 1e9 } },
  { name: 'gauge', line: (n) => `${name(n)}:${n % 977}|g` },
  { name: 'gauge, signed', line: (n) => `${name(n)}:+${n % 7}|g` },
  { name: 'timer', line: (n) => `${name(n)}:${n % 977}.25|ms` },
  { name: 'timer, 17 digits', line: (n) => `${name(n)}:0.12345678901${100_000 + (n % 99_991)}|ms` },
  { name: 'timer, exponent', line: (n) => `${name(n)}:${n % 977}e-3|ms` },
  { name: 'timer, 4 values', line: (n) => `${name(n)}:1:2:3:${n % 977}|ms` },
  { name: 'timer past its limit', line: (n) => `${hot(n)}:${n % 977}.25|ms`, limits: { timerValuesPerSeries: 100 } },
  { name: 'timer past that of all', line: (n) => `${hot(n)}:${n % 977}.25|ms`, limits: { timerValues: 100 } },
  { name: 'distribution', line: (n) => `${name(n)}:${n % 977}|d|#env:prod` },
  { name: 'set', line: (n) => `${name(n)}:user-${n % 50}|s` },
  { name: 'set past its limit', line: (n) => `${hot(n)}:${member(n)}|s`, limits: { setMembersPerSeries: 100 } },
  { name: 'set past that of all', line: (n) => `${hot(n)}:${member(n)}|s`, limits: { setMembers: 100 } },
  { name: 'two types in a line', line: (n) => `${name(n)}:1|c:${n % 977}|ms` },
  { name: 'rejected', line: (n) => `${name(n)}:x|c` },
  { name: 'event', line: (n) => `_e{6,5}:deploy|v1.${n % 10}${n % 10}|#env:prod`, limits: { events: 1e9 } },
  { name: 'service check', line: () => '_sc|db.up|0|#env:prod', limits: { serviceChecks: 1e9 } },
  { name: 'statsd: counter', dialect: 'statsd', line: (n) => `${name(n)}:1|c` },
  { name: 'statsd: timer', dialect: 'statsd', line: (n) => `${name(n)}:${n % 977}.25|ms` },
  { name: 'statsd: gauge, signed', dialect: 'statsd', line: (n) => `${name(n)}:-${n % 7}|g` },
  { name: 'statsd: name to clean', dialect: 'statsd', line: (n) => `checkout / requests.${n % KIND_SERIES}:1|c` },
  { name: 'statsd: two values in a line', dialect: 'statsd', line: (n) => `${name(n)}:1|c:2|c` },
];
