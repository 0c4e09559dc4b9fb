import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/process/package.ts';
import { folderWith, problemsOf } from '../config/temporary.ts';
import { runCommand } from '../helper/command.ts';

const migrate = (...flags: string[]) => runCommand(['migrate-exporter', '--', ...flags]);

describe('statsdrain migrate-exporter', () => {
  it('prints the defaults of statsd_exporter where no flag is given', async () => {
    const { code, out, err } = await runCommand(['migrate-exporter']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const tagStyles = ['dogstatsd', 'influxdb', 'librato', 'signalfx'];
    const reading = { dialect: 'auto', tagStyles, host: '0.0.0.0', port: 9125 };
    expect(JSON.parse(out)).toEqual({
      $schema: `file://${packageRoot()}/config.schema.json`,
      limits: { nameLength: 8192, tags: 4096, tagLength: 8192 },
      frontends: [
        { type: 'udp', ...reading },
        { type: 'tcp', ...reading, maxConnections: 10_000, maxConnectionsPerAddress: 0 },
      ],
      backends: [{ type: 'prometheus', host: '0.0.0.0', port: 9102, path: '/metrics', quantiles: [0.5, 0.9, 0.99] }],
    });
  });

  it('prints what "statsdrain check" takes', async () => {
    const { out } = await migrate(
      '--web.listen-address=127.0.0.1:0',
      '--statsd.listen-udp=[::1]:9125',
      '--statsd.listen-unixgram=/run/statsd.sock',
      '--statsd.read-buffer=1_000_000',
      '--statsd.relay.address=statsd:8125',
      '--log.level=warn',
      '--log.format=json',
    );
    expect(await problemsOf(JSON.parse(out))).toEqual([]);
    const checked = await runCommand(['check'], { cwd: folderWith({ 'config.json': out }) });
    expect(checked).toMatchObject({ code: 0, err: '' });
    expect(checked.out).toContain('/run/statsd.sock');
  });

  it('tells on standard error, with control characters escaped, what is no configuration', async () => {
    const { code, err } = await migrate('--check-config', '--debug.dump-fsm', 'a\u001b[31m');
    expect(code).toBe(0);
    expect(err.split('\n')).toEqual([
      'migrate-exporter: "--check-config": instead of this flag: "statsdrain check config.json"',
      'migrate-exporter: "--debug.dump-fsm=a\\u001b[31m": no graph is written; "statsdrain explain LINE" tells which rule a line meets, and what it becomes',
      '',
    ]);
  });

  it('exits with 64 for flags that statsd_exporter refuses, and prints nothing', async () => {
    expect(await migrate('--statsd.maping-config=a.yml')).toMatchObject({
      code: 64,
      out: '',
      err: 'statsdrain: migrate-exporter: unknown flag "--statsd.maping-config": statsd_exporter 0.30.0 has none of this name; did you mean "--statsd.mapping-config"?\n',
    });
  });

  it('has help', async () => {
    const { code, out } = await runCommand(['migrate-exporter', '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/^statsdrain migrate-exporter -- \[flags\]\n/);
  });
});
