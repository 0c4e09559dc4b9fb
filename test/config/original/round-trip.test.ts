import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Config, loadConfig, migrateConfig } from '../../../src/config/load.ts';
import { folderWith } from '../temporary.ts';

const env = { HOST: 'h.example', PORT: '4242' };
const host = fc.constantFrom('g', '10.0.0.1', `\${HOST}`, `a.\${HOST}`);
const port = fc.oneof(fc.integer({ min: 1, max: 65535 }), fc.constantFrom('9', `\${PORT}`, 0, null));
const flag = fc.constantFrom(true, false, 0, 1, '', 'yes', null);
const name = fc.constantFrom('', 'a', 'a.b', 'x-y_z');
const server = fc.record(
  {
    server: fc.constantFrom('./servers/udp', './servers/tcp', './servers/udp.js'),
    address: fc.constantFrom('127.0.0.1', '::1'),
    address_ipv6: flag,
    port,
    socket: fc.constantFrom('', 's.sock'),
    socket_mod: fc.constantFrom('0660', '777', 0o600),
  },
  { requiredKeys: [] },
);

const settings = fc.record(
  {
    servers: fc.array(server, { minLength: 1, maxLength: 3 }),
    backends: fc.array(fc.constantFrom('./backends/console', './backends/graphite'), { maxLength: 4 }),
    mgmt_address: host,
    mgmt_port: port,
    title: fc.constantFrom('t', false, `$\${x}`),
    healthStatus: fc.constantFrom('up', 'down'),
    debug: flag,
    dumpMessages: flag,
    flushInterval: fc.oneof(fc.integer({ min: 10, max: 1e7 }), fc.constantFrom('700', 0, `\${PORT}`)),
    percentThreshold: fc.oneof(
      fc.double({ min: -200, max: 200, noNaN: true }),
      fc.array(fc.constantFrom(90, -5, '75')),
    ),
    flush_counts: flag,
    keyFlush: fc.record({ interval: fc.constantFrom(0, 5000, '60000'), percent: fc.constantFrom(0, 50, 100) }),
    deleteIdleStats: flag,
    deleteCounters: flag,
    deleteGauges: flag,
    gaugesMaxTTL: fc.constantFrom(0, 1, 5, '3'),
    prefixStats: name,
    keyNameSanitize: flag,
    calculatedTimerMetrics: fc.array(fc.constantFrom('count', 'upper_percent')),
    histogram: fc.array(fc.record({ metric: name, bins: fc.array(fc.constantFrom(1, '2.5', 'inf')) })),
    graphiteHost: host,
    graphitePort: port,
    graphiteProtocol: fc.constantFrom('text', 'pickle'),
    graphite: fc.record({ legacyNamespace: flag, globalPrefix: name, prefixSet: name, globalSuffix: name }),
    console: fc.record({ prettyprint: flag }),
    automaticConfigReload: flag,
    influxdb: fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('${')),
  },
  { requiredKeys: [] },
);

it('migrate prints what loads to the same settings as the file itself', async () => {
  const folder = folderWith({});
  const file = join(folder, 'their.js');
  await fc.assert(
    fc.asyncProperty(fc.tuple(settings, server), async ([most, top]) => {
      writeFileSync(file, `module.exports = ${JSON.stringify({ ...most, ...top })};`);
      const printed = await migrateConfig(file, env).catch((error: Error) => {
        // Two servers at one address: the original ends there, too.
        fc.pre(!/ is taken: /.test(error.message));
        throw error;
      });
      const direct = await loadConfig(file, env);
      const native = await loadConfig(join(folder, 'config.json'), env, printed);
      expect(withoutConfig(native)).toEqual(withoutConfig(direct));
      expect(parts(native)).toEqual(parts(direct));
    }),
    { numRuns: 150 },
  );
}, 60_000);

/** What the blocks say, without the text of their references. */
function parts({ frontends, backends }: Config) {
  return [...frontends, ...backends].map(({ name, module, config }) => ({ name, module, config }));
}

/** What modules find in their configuration is written only where there is one. */
function withoutConfig({ settings: { statsd, ...rest } }: Config) {
  return { ...rest, statsd: { ...statsd, config: undefined } };
}
