import { didYouMean } from '../kit/suggest.ts';
import { UsageError } from './io.ts';

/** What a flag takes: a switch nothing (`--flag`, `--no-flag`), all others one value. */
type FlagKind = 'text' | 'switch' | 'integer' | 'unsigned' | 'duration' | readonly string[];

/** The flags of statsd_exporter 0.30.0 (its `--help-long`). */
const flags = {
  'web.listen-address': 'text',
  'web.enable-lifecycle': 'switch',
  'web.telemetry-path': 'text',
  'statsd.listen-udp': 'text',
  'statsd.listen-tcp': 'text',
  'statsd.listen-unixgram': 'text',
  'statsd.unixsocket-mode': 'text',
  'statsd.mapping-config': 'text',
  'statsd.read-buffer': 'integer',
  'statsd.cache-size': 'integer',
  'statsd.cache-type': ['lru', 'random'],
  'statsd.event-queue-size': 'unsigned',
  'statsd.event-flush-threshold': 'integer',
  'statsd.event-flush-interval': 'duration',
  'debug.dump-fsm': 'text',
  'check-config': 'switch',
  'statsd.parse-dogstatsd-tags': 'switch',
  'statsd.parse-influxdb-tags': 'switch',
  'statsd.parse-librato-tags': 'switch',
  'statsd.parse-signalfx-tags': 'switch',
  'statsd.relay.address': 'text',
  'statsd.relay.packet-length': 'unsigned',
  'statsd.udp-packet-queue-size': 'integer',
  'log.level': ['debug', 'info', 'warn', 'error'],
  'log.format': ['logfmt', 'json'],
  version: 'switch',
} as const satisfies Readonly<Record<string, FlagKind>>;

export type ExporterFlag = keyof typeof flags;

const kinds: ReadonlyMap<string, FlagKind> = new Map(Object.entries(flags));

/** One flag as it was given. `shown` is how it stands in messages. */
export interface GivenFlag {
  /** Of a switch "true" or "false". */
  readonly value: string;
  readonly shown: string;
}

export type GivenFlags = ReadonlyMap<ExporterFlag, GivenFlag>;

/**
 * Reads flags as statsd_exporter does: `--flag=value`, `--flag value`, and of switches `--flag` and `--no-flag`, each once. A
 * `--` at the start is left out. Throws a {@link UsageError} for what the exporter would refuse.
 */
export function parseExporterFlags(args: readonly string[]): GivenFlags {
  const given = new Map<ExporterFlag, GivenFlag>();
  const rest = args[0] === '--' ? args.slice(1) : [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!/^--./.test(word)) throw unexpected(word);
    const end = word.indexOf('=');
    const written = word.slice('--'.length, end === -1 ? undefined : end);
    const inline = end === -1 ? undefined : word.slice(end + 1);
    const { name, kind, inverted } = flagOf(written);
    if (given.has(name)) throw mistake(`"--${name}" is given twice, and statsd_exporter takes it once`);
    if (kind === 'switch') {
      if (inline !== undefined) throw mistake(`"${word}": takes no value: "--${name}" or "--no-${name}"`);
      given.set(name, { value: String(!inverted), shown: `"--${written}"` });
      continue;
    }
    const value = inline ?? rest.shift();
    if (value === undefined || (inline === undefined && value.startsWith('-')))
      throw mistake(`"--${name}" needs a value: "--${name}=…"`);
    if (inline === undefined && value.startsWith('@')) throw unexpected(value);
    judge(name, kind, value);
    given.set(name, { value, shown: `"--${name}=${value}"` });
  }
  return given;
}

function flagOf(written: string): { name: ExporterFlag; kind: FlagKind; inverted: boolean } {
  const inverted = !kinds.has(written) && written.startsWith('no-');
  const name = inverted ? written.slice('no-'.length) : written;
  const kind = kinds.get(name);
  if (kind !== undefined && (!inverted || kind === 'switch')) return { name: name as ExporterFlag, kind, inverted };
  const known = [...kinds].flatMap(([flag, of]) => (of === 'switch' ? [flag, `no-${flag}`] : [flag]));
  const hint = didYouMean(
    `--${written}`,
    known.map((flag) => `--${flag}`),
  );
  throw mistake(`unknown flag "--${written}": statsd_exporter 0.30.0 has none of this name${hint}`);
}

const shapes = {
  // As Go reads a float, of which the exporter takes the whole part.
  integer: [/^[-+]?\d[\d_]*(?:\.\d*)?(?:[eE][-+]?\d+)?$/, 'a whole number'],
  // As Go reads a literal.
  unsigned: [/^(?:0[xX][\da-fA-F_]+|\d[\d_]*)$/, 'a whole number that is not negative'],
  duration: [/^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/, 'a duration such as "200ms"'],
} as const satisfies Readonly<Record<string, readonly [RegExp, string]>>;

function judge(name: ExporterFlag, kind: Exclude<FlagKind, 'switch'>, value: string): void {
  if (kind === 'text') return;
  if (typeof kind === 'string') {
    const [pattern, allowed] = shapes[kind];
    if (!pattern.test(value)) throw mistake(`"--${name}=${value}": takes ${allowed}`);
  } else if (!kind.includes(name === 'log.level' ? value.toLowerCase() : value)) {
    throw mistake(`"--${name}=${value}": takes ${kind.map((word) => `"${word}"`).join(' or ')}`);
  }
}

function unexpected(word: string): UsageError {
  const hint = word.startsWith('@') ? ': give the flags that stand in that file themselves' : '';
  return mistake(`unexpected argument "${word}"${hint}`);
}

export function mistake(text: string): UsageError {
  return new UsageError(`migrate-exporter: ${text}`);
}
