import { describe, expect, it } from 'vitest';
import { type ExporterFlag, parseExporterFlags } from '../../src/commands/exporter-flags.ts';
import { UsageError } from '../../src/commands/io.ts';

/** Each of these was taken, or refused, by statsd_exporter 0.30.0 itself. */
describe('flags of statsd_exporter', () => {
  it.each<[string[], [ExporterFlag, string][]]>([
    [[], []],
    [['--'], []],
    [['--web.listen-address=:1'], [['web.listen-address', ':1']]],
    [['--web.listen-address', ':1'], [['web.listen-address', ':1']]],
    [['--web.listen-address='], [['web.listen-address', '']]],
    [['--statsd.listen-udp', ''], [['statsd.listen-udp', '']]],
    [['--statsd.listen-unixgram=@a=b'], [['statsd.listen-unixgram', '@a=b']]],
    [['--check-config'], [['check-config', 'true']]],
    [['--no-check-config'], [['check-config', 'false']]],
    [
      ['--no-statsd.parse-librato-tags', '--statsd.parse-influxdb-tags'],
      [
        ['statsd.parse-librato-tags', 'false'],
        ['statsd.parse-influxdb-tags', 'true'],
      ],
    ],
    [['--statsd.read-buffer=1_000'], [['statsd.read-buffer', '1_000']]],
    [['--statsd.cache-size=1e3'], [['statsd.cache-size', '1e3']]],
    [['--log.level=WARN'], [['log.level', 'WARN']]],
    [['--statsd.event-flush-interval=1m30s'], [['statsd.event-flush-interval', '1m30s']]],
  ])('%j', (args, expected) => {
    expect([...parseExporterFlags(args)].map(([flag, { value }]) => [flag, value])).toEqual(expected);
  });

  it.each<[string[], string]>([
    [['--web.listen-address'], '"--web.listen-address" needs a value: "--web.listen-address=…"'],
    [
      ['--statsd.mapping-config', '--check-config'],
      '"--statsd.mapping-config" needs a value: "--statsd.mapping-config=…"',
    ],
    [['--check-config', '--no-check-config'], '"--check-config" is given twice, and statsd_exporter takes it once'],
    [['--check-config=false'], '"--check-config=false": takes no value: "--check-config" or "--no-check-config"'],
    [
      ['--no-log.level=info'],
      'unknown flag "--no-log.level": statsd_exporter 0.30.0 has none of this name; did you mean "--log.level"?',
    ],
    [['--web.config.file=a'], 'unknown flag "--web.config.file": statsd_exporter 0.30.0 has none of this name'],
    [
      ['--no-statsd.parse-librato-tag'],
      'unknown flag "--no-statsd.parse-librato-tag": statsd_exporter 0.30.0 has none of this name; did you mean "--no-statsd.parse-librato-tags"?',
    ],
    [['mapping.yml'], 'unexpected argument "mapping.yml"'],
    [['@flags'], 'unexpected argument "@flags": give the flags that stand in that file themselves'],
    [['-x'], 'unexpected argument "-x"'],
    [['--statsd.cache-type=x'], '"--statsd.cache-type=x": takes "lru" or "random"'],
    [['--log.format=JSON'], '"--log.format=JSON": takes "logfmt" or "json"'],
    [['--log.level=trace'], '"--log.level=trace": takes "debug" or "info" or "warn" or "error"'],
    [['--statsd.cache-size=1k'], '"--statsd.cache-size=1k": takes a whole number'],
    [['--statsd.cache-size=0x10'], '"--statsd.cache-size=0x10": takes a whole number'],
    [['--statsd.event-queue-size=-1'], '"--statsd.event-queue-size=-1": takes a whole number that is not negative'],
    [['--statsd.event-flush-interval=3'], '"--statsd.event-flush-interval=3": takes a duration such as "200ms"'],
  ])('refuses %j', (args, message) => {
    expect(() => parseExporterFlags(args)).toThrow(new UsageError(`migrate-exporter: ${message}`));
  });
});
