import { describe, expect, it } from 'vitest';
import { migrateFlags } from '../../src/commands/exporter-config.ts';
import { parseExporterFlags } from '../../src/commands/exporter-flags.ts';

const migrated = (...flags: string[]) => migrateFlags(parseExporterFlags(flags));
const blocks = (...flags: string[]) => {
  const { config } = migrated(...flags);
  return [...config.frontends, ...config.backends];
};

describe('what flags of statsd_exporter become', () => {
  it.each<[string[], object]>([
    [['--web.listen-address=10.0.0.1:80'], { type: 'prometheus', host: '10.0.0.1', port: 80 }],
    [['--web.listen-address=[::]:9102'], { type: 'prometheus', host: '::', port: 9102 }],
    [['--web.telemetry-path=/m'], { type: 'prometheus', path: '/m' }],
    [['--web.enable-lifecycle'], { type: 'prometheus', lifecycle: true }],
    [['--statsd.mapping-config=m.yml'], { type: 'prometheus', mapping: 'm.yml' }],
    [[['--statsd.mapping-config=$', '{A}'].join('')], { type: 'prometheus', mapping: ['$$', '{A}'].join('') }],
    [['--statsd.listen-udp=localhost:0'], { type: 'udp', host: 'localhost', port: 0 }],
    [['--statsd.listen-tcp=localhost:8125'], { type: 'tcp', host: 'localhost', port: 8125 }],
    [['--statsd.read-buffer=8388608'], { type: 'udp', receiveBuffer: 8_388_608 }],
    [['--statsd.listen-unixgram=/s'], { type: 'unix', path: '/s', mode: 'datagram', permissions: '0755' }],
    [['--statsd.listen-unixgram=/s', '--statsd.unixsocket-mode=0777'], { type: 'unix', permissions: '0777' }],
    [['--no-statsd.parse-librato-tags'], { type: 'udp', tagStyles: ['dogstatsd', 'influxdb', 'signalfx'] }],
    [
      ['--statsd.relay.address=10.0.0.1:1'],
      { type: 'repeater', targets: [{ host: '10.0.0.1', port: 1 }], protocol: 'udp4' },
    ],
    [['--statsd.relay.address=[::1]:1'], { type: 'repeater', targets: [{ host: '::1', port: 1 }], protocol: 'udp6' }],
    [['--statsd.relay.address=:1'], { type: 'repeater', targets: [{ host: '127.0.0.1', port: 1 }] }],
  ])('%j', (flags, block) => {
    expect(blocks(...flags)).toContainEqual(expect.objectContaining(block));
  });

  it.each<[string[], object | undefined]>([
    [[], undefined],
    [['--log.level=warn'], { level: 'warn' }],
    [['--log.level=debug', '--log.format=logfmt'], { level: 'info', format: 'text' }],
    [['--log.format=json'], { format: 'json' }],
  ])('%j in the log', (flags, log) => {
    expect(migrated(...flags).config.log).toEqual(log);
  });

  it('has no listener that is turned off, and no permissions of a socket without a file', () => {
    const found = blocks('--statsd.listen-udp=', '--statsd.listen-tcp=', '--statsd.listen-unixgram=@statsd');
    const tagStyles = ['dogstatsd', 'influxdb', 'librato', 'signalfx'];
    expect(found).toEqual([
      { type: 'unix', dialect: 'auto', tagStyles, path: '@statsd', mode: 'datagram' },
      { type: 'prometheus', host: '0.0.0.0', port: 9102, path: '/metrics', quantiles: [0.5, 0.9, 0.99] },
    ]);
  });

  it.each<[string[], string[]]>([
    [['--statsd.cache-size=5'], ['"--statsd.cache-size=5": every series is looked up']],
    [['--statsd.cache-type=lru'], ['"--statsd.cache-type=lru": every series is looked up']],
    [['--statsd.event-queue-size=5'], ['"--statsd.event-queue-size=5": nothing waits']],
    [['--statsd.event-flush-threshold=5'], ['"--statsd.event-flush-threshold=5": nothing waits']],
    [['--statsd.event-flush-interval=1s'], ['"--statsd.event-flush-interval=1s": a scrape sees']],
    [['--statsd.udp-packet-queue-size=5'], ['"--statsd.udp-packet-queue-size=5": datagrams wait']],
    [['--statsd.relay.packet-length=5'], ['"--statsd.relay.packet-length=5": packets go on']],
    [['--statsd.unixsocket-mode=777'], ['"--statsd.unixsocket-mode=777": there is no']],
    [['--statsd.unixsocket-mode=777', '--statsd.listen-unixgram=@a'], ['"--statsd.unixsocket-mode=777": a socket in']],
    [['--statsd.read-buffer=0'], ['"--statsd.read-buffer=0": the receive buffer']],
    [['--statsd.read-buffer=9', '--statsd.listen-udp='], ['"--statsd.read-buffer=9": there is no UDP']],
    [['--statsd.read-buffer=9', '--statsd.listen-unixgram=/a'], ['"--statsd.read-buffer=9": is for UDP alone']],
    [['--web.enable-lifecycle'], ['"--web.enable-lifecycle": turns on "/-/reload"']],
    [['--web.listen-address=:1'], ['"--web.listen-address=:1": "0.0.0.0" is']],
    [['--statsd.mapping-config=m.yml'], ['"--statsd.mapping-config=m.yml": is looked up']],
    [['--log.level=debug'], ['"--log.level=debug": "info" is']],
    [['--log.format=logfmt'], ['"--log.format=logfmt": "text" is']],
    [['--version'], ['"--version": instead of']],
    [
      ['dogstatsd', 'influxdb', 'librato', 'signalfx'].map((style) => `--no-statsd.parse-${style}-tags`),
      ['"--no-statsd.parse-signalfx-tags": one style'],
    ],
    [['--no-check-config', '--no-web.enable-lifecycle', '--statsd.mapping-config=/m.yml', '--log.level=info'], []],
  ])('%j is told', (flags, starts) => {
    const { notes } = migrated(...flags);
    expect(notes.map((note, index) => note.slice(0, starts[index]?.length))).toEqual(starts);
  });

  it.each<[string[], string]>([
    [['--statsd.listen-udp=', '--statsd.listen-tcp='], 'one of "--statsd.listen-udp"'],
    [['--statsd.listen-udp=9125'], '"--statsd.listen-udp=9125": takes "host:port"'],
    [['--statsd.listen-tcp=:99999'], '"--statsd.listen-tcp=:99999": takes "host:port"'],
    [['--web.listen-address=:http'], '"--web.listen-address=:http": takes "host:port"'],
    [['--web.listen-address='], '"--web.listen-address=": takes "host:port"'],
    [['--web.telemetry-path=metrics'], '"--web.telemetry-path=metrics": takes a path'],
    [['--statsd.relay.address=nohost'], '"--statsd.relay.address=nohost": takes "host:port"'],
    [['--statsd.read-buffer=-1'], '"--statsd.read-buffer=-1": is negative'],
    [['--statsd.listen-unixgram=/a', '--statsd.unixsocket-mode=9'], '"--statsd.unixsocket-mode=9": takes three'],
  ])('refuses %j', (flags, message) => {
    expect(() => migrated(...flags)).toThrow(`migrate-exporter: ${message}`);
  });
});
