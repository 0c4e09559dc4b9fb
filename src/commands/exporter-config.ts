import { isIPv6 } from 'node:net';
import { type ExporterFlag, type GivenFlags, mistake } from './exporter-flags.ts';

/** A configuration that does what statsd_exporter does with the same flags. */
export interface ExporterConfig {
  readonly log?: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, number>>;
  readonly frontends: readonly object[];
  readonly backends: readonly object[];
}

export interface ExporterMigration {
  readonly config: ExporterConfig;
  /** What is no configuration: the flag as it was given, and why it means nothing here or what to do instead. */
  readonly notes: readonly string[];
}

/** Throws a `UsageError` for values that neither program can listen on, send to or serve. */
export function migrateFlags(given: GivenFlags): ExporterMigration {
  const log = logOf(given);
  const config = {
    ...(Object.keys(log).length === 0 ? {} : { log }),
    limits,
    frontends: frontendsOf(given),
    backends: backendsOf(given),
  };
  return { config: escaped(config) as ExporterConfig, notes: notesOf(given) };
}

/** The exporter bounds neither names nor tags, and people have URLs in them: a line of `limits.lineLength` (8 KiB) may be all of either. */
const limits = { nameLength: 8192, tags: 4096, tagLength: 8192 };

function frontendsOf(given: GivenFlags): object[] {
  const reading = { dialect: 'auto', tagStyles: tagStylesOf(given) };
  const udp = addressOf(given, 'statsd.listen-udp', ':9125');
  const tcp = addressOf(given, 'statsd.listen-tcp', ':9125');
  const path = textOf(given, 'statsd.listen-unixgram');
  if (udp === undefined && tcp === undefined && path === '')
    throw mistake('one of "--statsd.listen-udp", "--statsd.listen-tcp" and "--statsd.listen-unixgram" is to be given');
  const buffer = wholeOf(textOf(given, 'statsd.read-buffer', '0'));
  if (buffer < 0) throw mistake(`${shown(given, 'statsd.read-buffer')}: is negative`);
  return [
    ...(udp === undefined
      ? []
      : [{ type: 'udp', ...reading, ...udp, ...(buffer === 0 ? {} : { receiveBuffer: buffer }) }]),
    // The exporter limits connections neither in all nor by address.
    ...(tcp === undefined
      ? []
      : [{ type: 'tcp', ...reading, ...tcp, maxConnections: 10_000, maxConnectionsPerAddress: 0 }]),
    ...(path === '' ? [] : [{ type: 'unix', ...reading, path, mode: 'datagram', ...permissionsOf(given, path) }]),
  ];
}

const tagFlags = [
  ['statsd.parse-dogstatsd-tags', 'dogstatsd'],
  ['statsd.parse-influxdb-tags', 'influxdb'],
  ['statsd.parse-librato-tags', 'librato'],
  ['statsd.parse-signalfx-tags', 'signalfx'],
] as const;

/** Without one style there has to be another: that of Graphite, of which a `;` in a name is the only sign. */
function tagStylesOf(given: GivenFlags): string[] {
  const styles = tagFlags.flatMap(([flag, style]) => (isOn(given, flag, true) ? [style] : []));
  return styles.length === 0 ? ['graphite'] : styles;
}

/** A socket in the abstract namespace has no file. */
function permissionsOf(given: GivenFlags, path: string): object {
  const mode = textOf(given, 'statsd.unixsocket-mode', '755');
  if (path.startsWith('@')) return {};
  if (!/^0?[0-7]{3}$/.test(mode))
    throw mistake(`${shown(given, 'statsd.unixsocket-mode')}: takes three octal digits, such as "755"`);
  return { permissions: mode.padStart(4, '0') };
}

function backendsOf(given: GivenFlags): object[] {
  const path = textOf(given, 'web.telemetry-path', '/metrics');
  if (!/^\/[\w.~/-]*$/.test(path))
    throw mistake(
      `${shown(given, 'web.telemetry-path')}: takes a path of letters, digits, "_", "-", ".", "~" and "/", such as "/metrics"`,
    );
  const listen = addressOf(given, 'web.listen-address', ':9102');
  if (listen === undefined) throw mistake(`${shown(given, 'web.listen-address')}: takes "host:port", such as ":9102"`);
  const mapping = textOf(given, 'statsd.mapping-config');
  const page = {
    type: 'prometheus',
    ...listen,
    path,
    // Of what no rule fits, too: else they are those of `percentiles`.
    quantiles: [0.5, 0.9, 0.99],
    ...(mapping === '' ? {} : { mapping }),
    ...(isOn(given, 'web.enable-lifecycle', false) ? { lifecycle: true } : {}),
  };
  const relay = addressOf(given, 'statsd.relay.address', '');
  if (relay === undefined) return [page];
  // Go takes no host as this machine.
  const target = relay.host === ANY ? { ...relay, host: '127.0.0.1' } : relay;
  return [page, { type: 'repeater', targets: [target], protocol: isIPv6(target.host) ? 'udp6' : 'udp4' }];
}

/** Lines that the exporter has and statsdrain has not are left out as those of "info". */
function logOf(given: GivenFlags): Record<string, string> {
  const level = given.get('log.level')?.value.toLowerCase();
  const format = given.get('log.format')?.value;
  return {
    ...(level === undefined ? {} : { level: level === 'debug' ? 'info' : level }),
    ...(format === undefined ? {} : { format: format === 'json' ? 'json' : 'text' }),
  };
}

/** Every IPv4 address. */
const ANY = '0.0.0.0';

/** `host:port`, `:port` or `[::1]:port`; undefined where it is empty. */
function addressOf(
  given: GivenFlags,
  flag: ExporterFlag,
  otherwise: string,
): { host: string; port: number } | undefined {
  const text = textOf(given, flag, otherwise);
  if (text === '') return undefined;
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535)
    throw mistake(`${shown(given, flag)}: takes "host:port", with a number from 0 to 65535 as the port`);
  return { host: bracketed || plain || ANY, port };
}

function textOf(given: GivenFlags, flag: ExporterFlag, otherwise = ''): string {
  return given.get(flag)?.value ?? otherwise;
}

function wholeOf(value: string): number {
  return Math.trunc(Number(value.replaceAll('_', '')));
}

function isOn(given: GivenFlags, flag: ExporterFlag, otherwise: boolean): boolean {
  return (given.get(flag)?.value ?? String(otherwise)) === 'true';
}

function shown(given: GivenFlags, flag: ExporterFlag): string {
  return given.get(flag)?.shown ?? `"--${flag}"`;
}

/** `${` is written `$${` where it is no reference. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.split('${').join('$${');
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escaped(item)]));
}

const queues = 'nothing waits in queues of events here: what a front-end reads is summed at once';
const cache =
  'every series is looked up in the rules once and stays found for as long as it is kept, with no size to set';

/** What is said of a flag; undefined where its value is configuration and nothing else. */
const remarks: ReadonlyMap<ExporterFlag, (value: string, given: GivenFlags) => string | undefined> = new Map<
  ExporterFlag,
  (value: string, given: GivenFlags) => string | undefined
>([
  [
    'web.listen-address',
    (value) =>
      value.startsWith(':') ? '"0.0.0.0" is every IPv4 address; write "::" in "host" for IPv6 as well' : undefined,
  ],
  [
    'web.enable-lifecycle',
    (value) => (value === 'true' ? 'turns on "/-/reload"; there is no "/-/quit": send SIGTERM instead' : undefined),
  ],
  [
    'statsd.mapping-config',
    (value) =>
      value === '' || value.startsWith('/')
        ? undefined
        : 'is looked up from the folder of the configuration, not from the working directory',
  ],
  [
    'statsd.unixsocket-mode',
    (_, given) => {
      const path = textOf(given, 'statsd.listen-unixgram');
      if (path === '') return 'there is no "--statsd.listen-unixgram" that it could be for';
      return path.startsWith('@') ? 'a socket in the abstract namespace has no file, and so no permissions' : undefined;
    },
  ],
  [
    'statsd.read-buffer',
    (value, given) => {
      if (wholeOf(value) === 0) return 'the receive buffer is 4 MiB by default, or what the kernel gives of it';
      if (textOf(given, 'statsd.listen-udp', ':9125') === '') return 'there is no UDP socket that it could be for';
      if (textOf(given, 'statsd.listen-unixgram') === '') return undefined;
      return 'is for UDP alone; senders to a Unix socket wait in "net.unix.max_dgram_qlen"';
    },
  ],
  ['statsd.cache-size', () => cache],
  ['statsd.cache-type', () => cache],
  ['statsd.event-queue-size', () => queues],
  ['statsd.event-flush-threshold', () => queues],
  ['statsd.event-flush-interval', () => 'a scrape sees all that came before it, however long windows are'],
  [
    'statsd.udp-packet-queue-size',
    () => 'datagrams wait in the buffer of the kernel ("receiveBuffer" of "udp"), and nowhere else',
  ],
  [
    'debug.dump-fsm',
    () => 'no graph is written; "statsdrain explain LINE" tells which rule a line meets, and what it becomes',
  ],
  ['check-config', (value) => (value === 'true' ? 'instead of this flag: "statsdrain check config.json"' : undefined)],
  ['version', (value) => (value === 'true' ? 'instead of this flag: "statsdrain version"' : undefined)],
  [
    'statsd.relay.packet-length',
    () => 'packets go on as they came, byte for byte: none is joined or cut, and so there is no length to set',
  ],
  [
    'log.level',
    (value) =>
      value.toLowerCase() === 'debug'
        ? '"info" is the finest level; "statsdrain explain LINE" tells of single lines'
        : undefined,
  ],
  [
    'log.format',
    (value) => (value === 'logfmt' ? '"text" is for people and no logfmt; "json" is for programs' : undefined),
  ],
  [
    'statsd.parse-signalfx-tags',
    (value, given) =>
      value === 'false' && tagFlags.every(([flag]) => !isOn(given, flag, true))
        ? 'one style of tags has to be left: "graphite", which reads "a;k=v" and nothing else'
        : undefined,
  ],
]);

function notesOf(given: GivenFlags): string[] {
  return [...given].flatMap(([flag, { value, shown }]) => {
    const remark = remarks.get(flag)?.(value, given);
    return remark === undefined ? [] : [`${shown}: ${remark}`];
  });
}
