import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Config, loadConfig, migrateConfig } from '../../../src/config/load.ts';
import { folderWith } from '../temporary.ts';

interface Native {
  readonly _notes: readonly string[];
  readonly frontends: readonly object[];
  readonly backends: readonly object[];
  readonly statsd: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

async function migrated(text: string, env: NodeJS.ProcessEnv = {}): Promise<Native> {
  return JSON.parse(await migrateConfig(join(folderWith({ 'their.js': text }), 'their.js'), env));
}

async function settingsOf(text: string, env: NodeJS.ProcessEnv = {}): Promise<Config> {
  return loadConfig(join(folderWith({ 'their.js': text }), 'their.js'), env);
}

const limits = {
  seriesPerName: 1_000_000,
  lineLength: 65_536,
  timerValuesPerSeries: 1_000_000,
  setMembersPerSeries: 1_000_000,
};
const udp = { type: 'udp', dialect: 'statsd', host: '0.0.0.0', port: 8125, receivers: 1 };
const tcp = {
  type: 'tcp',
  dialect: 'statsd',
  host: '0.0.0.0',
  port: 8125,
  maxConnectionsPerAddress: 0,
  maxConnections: 10_000,
  idleTimeout: 0,
};
const graphite = {
  type: 'graphite',
  host: 'g',
  port: 2003,
  protocol: 'text',
  statsd: { legacyNamespace: true },
};

describe('the native configuration', () => {
  it('of nothing', async () => {
    const { $schema: _, _notes, ...native } = await migrated('{}');
    expect(native).toEqual({
      flushInterval: '10s',
      align: 'start',
      statsd: {},
      limits,
      admin: { host: '127.0.0.1', port: 8126 },
      watch: true,
      frontends: [udp],
      backends: [],
    });
    expect(_notes.map((note) => note.split(':')[0])).toEqual([
      'limits',
      'mgmt_address',
      'address',
      'graphiteHost',
      'backends',
    ]);
  });

  it('of the example of the original', async () => {
    const native = await migrated(
      '/* comment */\n{\n  graphitePort: 2003\n, graphiteHost: "graphite.example.com"\n, port: 8125\n, backends: [ "./backends/graphite" ]\n}\n',
    );
    expect(native.backends).toEqual([{ ...graphite, host: 'graphite.example.com' }]);
    expect(native.frontends).toEqual([udp]);
  });

  it.each<[string, string, Readonly<Record<string, unknown>>]>([
    ['flushInterval', '700', { flushInterval: '700ms' }],
    ['flushInterval as text', 'flushInterval: "700"', { flushInterval: '700ms' }],
    ['flushInterval of 0', 'flushInterval: 0', { flushInterval: '10s' }],
    ['mgmt_port', 'mgmt_port: 1', { admin: { host: '127.0.0.1', port: 1 } }],
    ['mgmt_port as text', 'mgmt_port: "2"', { admin: { host: '127.0.0.1', port: 2 } }],
    ['mgmt_address', 'mgmt_address: "0.0.0.0"', { admin: { host: '0.0.0.0', port: 8126 } }],
    ['title', 'title: "metrics"', { title: 'metrics' }],
    ['no title', 'title: false', { title: undefined }],
    ['automaticConfigReload', 'automaticConfigReload: false', { watch: false }],
    ['automaticConfigReload of 0', 'automaticConfigReload: 0', { watch: false }],
  ])('%s at the root', async (_name, text, expected) => {
    const native = await migrated(`{ ${text.includes(':') ? text : `flushInterval: ${text}`} }`);
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, native[key]]))).toEqual(expected);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['prefixStats: ""', { prefixStats: '' }],
    ['prefixStats: "x.y"', { prefixStats: 'x.y' }],
    ['percentThreshold: 95', { percentThreshold: [95] }],
    ['percentThreshold: 0', {}],
    ['percentThreshold: []', { percentThreshold: [] }],
    ['percentThreshold: [90, -10, 99.9, "75", 0]', { percentThreshold: [90, -10, 99.9, 75, 0] }],
    ['histogram: []', { histogram: [] }],
    [
      'histogram: [{ metric: "a", bins: [] }, { metric: "", bins: [25, "50", 75.5, "inf"] }]',
      {
        histogram: [
          { metric: 'a', bins: [] },
          { metric: '', bins: [25, 50, 75.5, 'inf'] },
        ],
      },
    ],
    ['calculatedTimerMetrics: ["count", "upper_percent"]', { calculatedTimerMetrics: ['count', 'upper_percent'] }],
    ['calculatedTimerMetrics: "count"', { calculatedTimerMetrics: [] }],
    ['deleteIdleStats: true', { deleteCounters: true, deleteTimers: true, deleteSets: true, deleteGauges: true }],
    [
      'deleteIdleStats: true, deleteGauges: false',
      { deleteCounters: true, deleteTimers: true, deleteSets: true, deleteGauges: false },
    ],
    ['deleteIdleStats: false', {}],
    ['deleteCounters: 1', { deleteCounters: true }],
    ['deleteTimers: true', { deleteTimers: true }],
    ['deleteSets: true', { deleteSets: true }],
    ['deleteGauges: true, gaugesMaxTTL: 3', { deleteGauges: true, gaugesMaxTTL: 3 }],
    ['gaugesMaxTTL: "3"', { gaugesMaxTTL: 1 }],
    ['gaugesMaxTTL: 2.5', { gaugesMaxTTL: 1 }],
    ['keyNameSanitize: false', { keyNameSanitize: false }],
    ['dumpMessages: true', { dumpMessages: true }],
    ['keyFlush: { interval: 0 }', {}],
    ['keyFlush: false', {}],
    ['keyFlush: { interval: 5000 }', { keyFlush: { interval: 5000, percent: 100 } }],
    [
      'keyFlush: { interval: "5000", percent: 10, log: "/var/log/keys" }',
      { keyFlush: { interval: 5000, percent: 10, log: '/var/log/keys' } },
    ],
    ['keyFlush: { interval: 1, percent: 200 }', { keyFlush: { interval: 1, percent: 100 } }],
  ])('%s in statsd', async (text, expected) => {
    const { config: _, ...own } = (await migrated(`{ ${text} }`)).statsd;
    expect(own).toEqual(expected);
  });

  it.each<[string, readonly object[]]>([
    ['port: 9', [{ ...udp, port: 9 }]],
    ['port: "9"', [{ ...udp, port: 9 }]],
    ['port: 0', [udp]],
    ['address: "10.0.0.1"', [{ ...udp, host: '10.0.0.1' }]],
    ['address_ipv6: true', [{ ...udp, host: '::' }]],
    ['address: "::1", address_ipv6: true', [{ ...udp, host: '::1' }]],
    ['server: "./servers/udp"', [udp]],
    ['server: "./servers/tcp", port: 9', [{ ...tcp, port: 9 }]],
    [
      'server: "./servers/tcp", socket: "/run/s.sock", socket_mod: "0660"',
      [
        {
          type: 'unix',
          dialect: 'statsd',
          path: '/run/s.sock',
          permissions: '0660',
          maxConnections: 10_000,
          idleTimeout: 0,
        },
      ],
    ],
    [
      'server: "./servers/tcp", socket: "s", socket_mod: 0777',
      [{ type: 'unix', dialect: 'statsd', path: 's', permissions: '0777', maxConnections: 10_000, idleTimeout: 0 }],
    ],
    [
      'port: 1, servers: [{ server: "./servers/udp", port: 2 }, { server: "./servers/tcp" }, { address: "::1" }]',
      [{ ...udp, port: 2 }, tcp, { ...udp, name: 'udp-2', host: '::1' }],
    ],
  ])('front-ends of %s', async (text, frontends) => {
    expect((await migrated(`{ ${text} }`)).frontends).toEqual(frontends);
  });

  it.each<[string, readonly object[]]>([
    ['backends: []', []],
    ['backends: ["./backends/graphite"]', []],
    ['backends: ["./backends/console"]', [{ type: 'console', format: 'statsd' }]],
    [
      'backends: ["./backends/console"], console: { prettyprint: true }',
      [{ type: 'console', format: 'statsd', prettyprint: true }],
    ],
    ['graphiteHost: "g"', [graphite]],
    ['graphiteHost: "g", graphitePort: "5", graphitePicklePort: 6', [{ ...graphite, port: 5 }]],
    ['graphiteHost: "g", graphiteProtocol: "pickle"', [{ ...graphite, protocol: 'pickle', port: 2004 }]],
    [
      'graphiteHost: "g", graphiteProtocol: "pickle", graphitePicklePort: 6',
      [{ ...graphite, protocol: 'pickle', port: 6 }],
    ],
    [
      'graphiteHost: "g", flush_counts: false',
      [{ ...graphite, statsd: { legacyNamespace: true, flushCounts: false } }],
    ],
    [
      'graphiteHost: "g", graphite: { legacyNamespace: true, globalPrefix: "x", globalSuffix: "host" }',
      [{ ...graphite, statsd: { legacyNamespace: true, globalSuffix: 'host' } }],
    ],
    [
      `graphiteHost: "g", graphite: { legacyNamespace: false, globalPrefix: "", prefixCounter: "c", prefixTimer: "t",
        prefixGauge: "a", prefixSet: "s", globalSuffix: "" }`,
      [
        {
          ...graphite,
          statsd: {
            legacyNamespace: false,
            globalPrefix: '',
            prefixCounter: 'c',
            prefixTimer: 't',
            prefixGauge: 'a',
            prefixSet: 's',
          },
        },
      ],
    ],
    [
      'graphiteHost: "g", backends: ["./backends/console", "./backends/graphite", "./backends/console"]',
      [{ type: 'console', format: 'statsd' }, graphite, { type: 'console', format: 'statsd', name: 'console-2' }],
    ],
    ['backends: ["./backends/repeater"]', []],
    [
      'backends: ["./backends/repeater"], repeater: [{ host: "a", port: 1 }, { host: "b", port: "2" }]',
      [
        {
          type: 'repeater',
          targets: [
            { host: 'a', port: 1 },
            { host: 'b', port: 2 },
          ],
          protocol: 'udp4',
        },
      ],
    ],
    [
      'backends: ["./backends/repeater"], repeater: [{ host: "::1", port: 1 }], repeaterProtocol: "udp6"',
      [{ type: 'repeater', targets: [{ host: '::1', port: 1 }], protocol: 'udp6' }],
    ],
  ])('back-ends of %s', async (text, backends) => {
    expect((await migrated(`{ ${text} }`)).backends).toEqual(backends);
  });

  it('keeps everything for modules and the admin interface', async () => {
    const text = '{ port: "9", influxdb: { host: "i", file: { file: "/x" } }, debug: true, backends: ["./theirs.js"] }';
    const files = { 'their.js': text, 'theirs.js': '' };
    const native = JSON.parse(await migrateConfig(join(folderWith(files), 'their.js'), {}));
    expect(native.statsd.config).toEqual({
      port: '9',
      influxdb: { host: 'i', file: { file: '/x' } },
      debug: true,
      backends: ['./theirs.js'],
    });
  });

  it('names the schema, and keeps what only modules read for none', async () => {
    const native = await migrated('{ influxdb: { host: "i" }, healthStatus: "down" }');
    expect(native.statsd.config).toEqual({ healthStatus: 'down' });
    expect(native.$schema).toMatch(/^file:.*\/config\.schema\.json$/);
  });
});

describe('notes', () => {
  const variable = `\${DATADOG_API_KEY}`;
  it.each<[string, string]>([
    ['log: { backend: "syslog" }', 'log.backend: logs go to standard error, not to syslog'],
    ['debug: true', 'debug: '],
    ['repeater: [{ host: "a", port: 1 }]', 'repeater: has no effect without'],
    ['servers: [{}], port: 1', 'port: has no effect beside "servers"'],
    ['graphiteHost: "g", graphite: { prefixSet: "x" }', 'graphite.prefixSet: has no effect without'],
    ['datadogApiKey: "abc"', `datadogApiKey: is a secret in plain text; "${variable}" takes it`],
    ['keyFlush: { interval: 1, percent: 200 }', 'keyFlush.percent: '],
  ])('%s', async (text, start) => {
    const notes = (await migrated(`{ ${text} }`))._notes;
    expect(notes.filter((note) => note.startsWith(start))).toHaveLength(1);
    expect(notes.join()).not.toContain('abc');
  });

  it('are not there where all is as it was', async () => {
    const { _notes } = await migrated(
      '{ address: "127.0.0.1", mgmt_address: "127.0.0.1", backends: ["./backends/console"] }',
    );
    expect(_notes.map((note) => note.split(':')[0])).toEqual(['limits']);
  });
});

const variable = (name: string) => `\${${name}}`;

describe('what migrate prints gives the same settings as the file itself', () => {
  it.each<[string, string]>([
    ['nothing', '{}'],
    ['JSON', '{"port": 8125, "graphiteHost": "g", "debug": true}'],
    [
      'everything',
      `{ port: 1, servers: [{ server: './servers/tcp', socket: 's', socket_mod: '0600' }, { address: '::' }],
         backends: ['./backends/console', './backends/graphite'], graphiteHost: 'g', flushInterval: 1500,
         percentThreshold: [1, -5], keyFlush: { interval: 90000 }, deleteIdleStats: true, title: 'x', mgmt_port: 3,
         graphite: { legacyNamespace: false, globalSuffix: 'h' }, histogram: [{ metric: '', bins: [1, 'inf'] }],
         other: { deep: [{ file: 'x' }, null, 'literal $\${x}'] } }`,
    ],
    [
      'references',
      `{ port: '${variable('PORT')}', graphiteHost: '${variable('HOST')}.example', flushInterval: '${variable('MS')}',
         title: '$${variable('X')}', percentThreshold: ['${variable('P')}'], histogram: [{ metric: '$${variable('X')}', bins: [] }], key: '${variable('KEY')}',
         graphite: { globalSuffix: '${variable('HOST')}' }, servers: [{ port: '${variable('PORT')}' }] }`,
    ],
  ])('%s', async (_name, text) => {
    const env = { PORT: '77', HOST: 'g', MS: '700', P: '95', KEY: 'k' };
    const folder = folderWith({ 'their.js': text });
    const printed = await migrateConfig(join(folder, 'their.js'), env);
    const direct = await loadConfig(join(folder, 'their.js'), env);
    const native = await loadConfig(join(folder, 'config.json'), env, printed);
    expect(withoutConfig(native)).toEqual(withoutConfig(direct));
    const plain = ({ frontends, backends }: Config) =>
      [...frontends, ...backends].map(({ plugin, block: _, references: __, ...rest }) => ({
        ...rest,
        plugin: plugin.name,
      }));
    expect(plain(native)).toEqual(plain(direct));
    expect([native.original, typeof direct.original]).toEqual([undefined, 'object']);
  });

  it('keeps references as they are written', async () => {
    const text = `{ graphiteHost: '${variable('HOST')}', port: '${variable('PORT')}' }`;
    const native = await migrated(text, { HOST: 'g', PORT: '7' });
    expect(native.backends).toEqual([{ ...graphite, host: variable('HOST') }]);
    expect(native.frontends).toEqual([{ ...udp, port: variable('PORT') }]);
  });
});

describe('mistakes name the key of the original', () => {
  it.each<[string, string, string]>([
    ['a port', 'mgmt_port: "x"', 'mgmt_port: "x" is not a port (0 to 65535)'],
    ['a port of a server', 'servers: [{}, { port: 99999 }]', 'servers[1].port: 99999 is not a port (0 to 65535)'],
    ['no servers', 'servers: []', 'servers: the list is empty; leave it out for UDP, or list a server'],
    ['an interval', 'flushInterval: "abc"', 'flushInterval: "abc" is not a number'],
    ['a short interval', 'flushInterval: 1', 'flushInterval: "1ms" is out of range (10ms to 24h)'],
    ['a threshold', 'percentThreshold: [90, "p95"]', 'percentThreshold[1]: "p95" is not a number'],
    ['back-ends', 'backends: "console"', 'backends: "console" is not a list; write [ … ] around it'],
    ['a back-end', 'backends: [{}]', 'backends[0]: an object is not the name of a back-end'],
    ['bins', 'histogram: [{ metric: "", bins: [1, "x"] }]', 'histogram[0].bins[1]: "x" is not a number'],
    ['a histogram', 'histogram: [{ bins: [] }]', 'histogram[0]: an object has no "metric" that is a string'],
    ['a mode', 'socket_mod: "rw"', 'socket_mod: "rw" is not a file mode such as "0660"'],
    ['a group', 'keyFlush: 5', 'keyFlush: 5 is not an object'],
    ['a log', 'log: { backend: "file" }', 'log.backend: "file" is not one of "stdout", "syslog"'],
    ['a health', 'healthStatus: "ill"', 'healthStatus: "ill" is not one of "up", "down"'],
    ['a target', 'repeater: [{ host: "a" }]', 'repeater[0].port: required key is missing (a port)'],
    [
      'a suffix',
      'graphiteHost: "g", graphite: { globalSuffix: "a b" }',
      'graphite.globalSuffix: "a b" must have no blanks and no control characters',
    ],
    ['a reference', `port: "${variable('NOT_SET')}"`, 'port: the environment variable NOT_SET is not set'],
    ['a proxy', 'nodes: []', /^nodes: this is a configuration of the cluster proxy/.source],
    ['a module', 'backends: ["not-installed"]', 'backends[0]: the package "not-installed" is not installed; run'],
  ])('%s', async (_name, text, problem) => {
    const problems = await mistakesOf(`{ ${text} }`);
    expect(problems).toHaveLength(1);
    if (problem.startsWith('^')) expect(problems[0]).toMatch(new RegExp(problem));
    else expect(problems[0]?.slice(0, problem.length)).toBe(problem);
  });

  async function mistakesOf(text: string): Promise<readonly string[]> {
    const folder = folderWith({ 'their.js': text });
    const error = await loadConfig(join(folder, 'their.js'), {}).then(
      () => new Error('nothing'),
      (failure: Error) => failure,
    );
    return error.message.split('\n').map((line) => line.replace(`${folder}/their.js: `, ''));
  }
});

describe('the language of a file', () => {
  it.each<[string, string, 'original' | 'native']>([
    ['a.js', '{}', 'original'],
    ['a.cjs', 'module.exports = {}', 'original'],
    ['a.mjs', '{ port: 1 }', 'original'],
    ['a.conf', '{ port: 1, }', 'original'],
    ['config', '// by hand\n{ port: 1 }', 'original'],
    ['a.json', '{ "graphiteHost": "g" }', 'original'],
    ['a.json', '{ "backends": ["./backends/console"] }', 'original'],
    ['a.json', '{ port: 1 /* no JSON */ }', 'original'],
    ['a.json', '{ "frontends": [{ "type": "udp" }], "backends": [{ "type": "console" }] }', 'native'],
    ['a.js', '{ frontends: [{ type: "udp" }], backends: [{ type: "console" }] }', 'native'],
  ])('%s with %s', async (name, text, language) => {
    const config = await loadConfig(join(folderWith({ [name]: text }), name), {});
    expect(config.original === undefined ? 'native' : 'original').toBe(language);
  });

  it.each([
    ['a.json', '{ "frontends": [], }', 'line 1, column 18: a comma before "}"; remove it'],
    ['a.conf', '{ port: 1 port: 2 }', "line 1, column 11: Unexpected identifier 'port'"],
    ['a.conf', '{ "port": 1 "port": 2 }', 'line 1, column 13: expected "," or "}", found a string'],
  ])('%s with %s is told its mistake', async (name, text, problem) => {
    const folder = folderWith({ [name]: text });
    await expect(loadConfig(join(folder, name), {})).rejects.toThrow(`${folder}/${name}: ${problem}`);
  });

  it('does not migrate what is native', async () => {
    const folder = folderWith({ 'config.json': { frontends: [{ type: 'udp' }], backends: [{ type: 'console' }] } });
    await expect(migrateConfig(join(folder, 'config.json'), {})).rejects.toThrow(
      'is a configuration of statsdrain already; there is nothing to migrate',
    );
  });
});

it('follows references in settings', async () => {
  const { settings } = await settingsOf(`{ mgmt_port: '${variable('P')}', key: '${variable('K')}' }`, {
    P: '5',
    K: 's',
  });
  expect(settings.admin?.port).toBe(5);
  expect(settings.statsd?.config).toEqual({ mgmt_port: '5', key: 's' });
});

/** What modules find in their configuration is written only where there is one. */
function withoutConfig({ settings: { statsd, ...rest } }: Config) {
  return { ...rest, statsd: { ...statsd, config: undefined } };
}
