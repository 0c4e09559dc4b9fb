import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config/load.ts';
import { defaultSettings, defaultStatsdSettings } from '../../src/config/settings.ts';
import { builtInNames } from '../../src/plugins/registry.ts';
import { folderWith, loadIn, problemsOf } from './temporary.ts';

const frontendNames = builtInNames('frontend').join(', ');
const backendNames = builtInNames('backend').join(', ');

const plugins = fileURLToPath(new URL('../fixtures/plugins/', import.meta.url));
const acme = `${plugins}backend.js`;
const quiet = `${plugins}frontend.js`;
const env = (name: string) => `\${${name}}`;

const frontends = [{ type: 'udp' }];
const backends = [{ type: 'console' }];
const good = { frontends, backends };

const rootKeys =
  '(valid keys: flushInterval, percentiles, expire, limits, mapping, queue, spool, retry, shutdownTimeout, selfMetrics, align, state, takeover, statsd, admin, title, watch, log, frontends, backends)';
const aDuration = 'a duration ("500ms", "10s", "5m", "1h" or a number of milliseconds)';

describe('mistakes in the root', () => {
  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    [
      'a misspelt key',
      { flush_interval: '5s' },
      `flush_interval: unknown key; did you mean "flushInterval"? ${rootKeys}`,
    ],
    ['an unknown key', { servers: [] }, `servers: unknown key ${rootKeys}`],
    ['a short interval', { flushInterval: '9ms' }, 'flushInterval: "9ms" is out of range (10ms to 24h)'],
    [
      'an interval without unit',
      { flushInterval: '10' },
      `flushInterval: "10" is not ${aDuration}; write "10s" for seconds, or 10 without quotes for milliseconds`,
    ],
    ['null', { flushInterval: null }, `flushInterval: null is not ${aDuration}`],
    [
      'a percentile over 100',
      { percentiles: [50, 100.1] },
      'percentiles[1]: 100.1 is out of range (more than 0, at most 100)',
    ],
    ['a percentile of 0', { percentiles: [0] }, 'percentiles[0]: 0 is out of range (more than 0, at most 100)'],
    [
      'a percentile as text',
      { percentiles: ['p90'] },
      'percentiles[0]: "p90" is not a number (more than 0, at most 100)',
    ],
    ['a percentile twice', { percentiles: [90, 50, 90] }, 'percentiles[2]: 90 is listed twice'],
    ['one percentile', { percentiles: 90 }, 'percentiles: 90 is not a list'],
    [
      'an unknown metric type',
      { expire: { timers: 0 } },
      'expire.timers: unknown key; did you mean "timer"? (valid keys: counter, timer, histogram, distribution, set, gauge)',
    ],
    [
      'another word than never',
      { expire: { gauge: 'forever' } },
      `expire.gauge: "forever" is not ${aDuration} or "never"`,
    ],
    ['a limit of 0', { limits: { series: 0 } }, 'limits.series: 0 is out of range (1 to 1000000000)'],
    ['a broken limit', { limits: { tags: 1.5 } }, 'limits.tags: 1.5 is not a whole number (0 to 65535)'],
    ['a queue without room', { queue: { windows: 0 } }, 'queue.windows: 0 is out of range (1 to 1000000)'],
    ['a queue without bytes', { queue: { bytes: 0 } }, 'queue.bytes: 0 must be more than 0'],
    [
      'a size with a space',
      { queue: { bytes: '64 MiB' } },
      'queue.bytes: "64 MiB" is not a size ("8KiB", "64MiB", "4MB" or a number of bytes); write "64MiB"',
    ],
    ['keys without room', { limits: { keyBytes: '1kB' } }, 'limits.keyBytes: "1kB" must be at least 1MiB'],
    ['bounds the wrong way round', { retry: { min: '5s', max: '1s' } }, 'retry.min: "5s" is more than retry.max'],
    ['no time for an attempt', { retry: { timeout: 0 } }, 'retry.timeout: 0 is out of range (1ms to 24h)'],
    ['state that is no path', { state: 5 }, 'state: 5 is not a non-empty string or an object'],
    ['state without a path', { state: {} }, 'state.path: required key is missing (a non-empty string)'],
    [
      'state that is always written',
      { state: { path: 'a', interval: '1ms' } },
      'state.interval: "1ms" is out of range (100ms to 24h)',
    ],
    [
      'an unknown key of state',
      { state: { path: 'a', intervall: '1s' } },
      'state.intervall: unknown key; did you mean "interval"? (valid keys: path, interval)',
    ],
    ['text for a boolean', { selfMetrics: 'false' }, 'selfMetrics: "false" is not true or false'],
  ])('%s', async (_name, part, problem) => {
    expect(await problemsOf({ ...good, ...part })).toEqual([`config.json: ${problem}`]);
  });

  it.each<[string, unknown, readonly string[]]>([
    [
      'nothing in it',
      {},
      [
        'frontends: required key is missing; list at least one front-end, such as { "type": "udp" }',
        'backends: required key is missing; list at least one back-end, such as { "type": "console" }',
      ],
    ],
    [
      'empty lists',
      { frontends: [], backends: [] },
      [
        'frontends: the list is empty; list at least one front-end, such as { "type": "udp" }',
        'backends: the list is empty; list at least one back-end, such as { "type": "console" }',
      ],
    ],
    [
      'a block for a list',
      { frontends: { type: 'udp' }, backends },
      ['frontends: an object is not a list; write [ … ] around it'],
    ],
    ['a list', [], ['a list is not an object with "frontends" and "backends"']],
    ['a string', '"x"', ['"x" is not an object with "frontends" and "backends"']],
    [
      'no JSON',
      '{\n  "frontends": [\n    { "type": "udp" },\n  ]\n}',
      ['line 3, column 22: a comma before "]"; remove it'],
    ],
    ['nothing at all', '', ['line 1, column 1: the file is empty']],
    [
      'a key twice',
      '{"frontends": [{"type": "udp"}],\n"backends": [{"type": "console"}],\n"frontends": [{"type": "tcp"}]}',
      ['frontends: given twice (lines 1 and 3)'],
    ],
  ])('%s', async (_name, config, problems) => {
    expect(await problemsOf(config)).toEqual(problems.map((problem) => `config.json: ${problem}`));
  });
});

describe('mistakes in a front-end', () => {
  it.each<[string, unknown, string]>([
    [
      'a misspelt type',
      { type: 'upd' },
      `[0].type: unknown front-end "upd"; did you mean "udp"? (built in: ${frontendNames}; or set "use" to a package or a path)`,
    ],
    [
      'an unknown type',
      { type: 'kafka' },
      `[0].type: unknown front-end "kafka" (built in: ${frontendNames}; or set "use" to a package or a path)`,
    ],
    ['a type of the other list', { type: 'graphite' }, '[0].type: "graphite" is a back-end; list it under "backends"'],
    ['a type that is no text', { type: 1 }, '[0].type: 1 is not a string'],
    [
      'a type from the prototype',
      { type: 'constructor' },
      `[0].type: unknown front-end "constructor" (built in: ${frontendNames}; or set "use" to a package or a path)`,
    ],
    ['no type', { port: 1 }, `[0]: needs "type" (built in: ${frontendNames}) or "use" (a package or a path)`],
    [
      'a misspelt key for it',
      { typ: 'udp' },
      `[0]: needs "type" (built in: ${frontendNames}) or "use" (a package or a path); did you mean "type" where you wrote "typ"?`,
    ],
    ['type and use', { type: 'udp', use: './x.js' }, '[0]: has both "type" and "use"; keep one of them'],
    ['a word for a block', 'udp', '[0]: "udp" is not an object such as { "type": "udp" }'],
    ['a port that is none', { type: 'udp', port: 'abc' }, '[0].port: "abc" is not a port (0 to 65535)'],
    [
      'an unknown key',
      { type: 'udp', hots: 'x' },
      '[0].hots: unknown key; did you mean "host"? (valid keys: host, port, ipv6Only, receiveBuffer, receiver, receivers, eolRequired, type, name, dialect, prefix, tags, tagStyles, originTags)',
    ],
    [
      'an unknown dialect',
      { type: 'udp', dialect: 'brubeck' },
      '[0].dialect: "brubeck" is not a valid value (valid values: auto, dogstatsd, statsd)',
    ],
    [
      'a name with a blank',
      { type: 'udp', name: 'my udp' },
      '[0].name: "my udp" is not a name of letters, digits, "_", "." and "-"',
    ],
    ['a name that is no text', { type: 'udp', name: 1 }, '[0].name: 1 is not a string'],
    [
      'a combination without sense',
      { type: 'udp', ipv6Only: true },
      '[0].ipv6Only: true has no meaning with an IPv4 "host"; remove it, or set "host" to "::"',
    ],
  ])('%s', async (_name, block, problem) => {
    expect(await problemsOf({ frontends: [block], backends })).toEqual([`config.json: frontends${problem}`]);
  });
});

describe('mistakes in a back-end', () => {
  const datadogKeys =
    'apiKey, site, url, include, exclude, proxy, tls, destinations, hostname, tags, counterType, zeroFill, pointAge, histogramAggregates, histogramPercentiles, weights, histogramAs, distributionPrefix, distributions, compression, compressionLevel, type, name, mapping, interval';

  it.each<[string, unknown, readonly string[]]>([
    [
      'a secret under a wrong key',
      { type: 'datadog', apikey: 'hunter2' },
      [
        `.apikey: unknown key; did you mean "apiKey"? (valid keys: ${datadogKeys})`,
        `.apiKey: required key is missing (a non-empty string; "${env('NAME')}" takes it from the environment, { "file": "path" } from a file)`,
      ],
    ],
    [
      'a secret with a blank',
      { type: 'datadog', apiKey: 'hunter 2' },
      ['.apiKey: the value has blanks or other characters that an API key never has'],
    ],
    [
      'a key of front-ends',
      { type: 'console', dialect: 'auto' },
      [
        '.dialect: unknown key (valid keys: format, prettyprint, selfMetrics, maxSeries, type, name, mapping, interval)',
      ],
    ],
    [
      'a misspelt value',
      { type: 'console', format: 'jsno' },
      ['.format: "jsno" is not a valid value; did you mean "json"? (valid values: text, json, statsd)'],
    ],
    [
      'a misspelt type',
      { type: 'prometeus' },
      [
        `.type: unknown back-end "prometeus"; did you mean "prometheus"? (built in: ${backendNames}; or set "use" to a package or a path)`,
      ],
    ],
  ])('%s', async (_name, block, problems) => {
    const found = await problemsOf({ frontends, backends: [block] });
    expect(found).toEqual(problems.map((problem) => `config.json: backends[0]${problem}`));
  });
});

describe('names', () => {
  it('must be given where two blocks have the same type', async () => {
    expect(await problemsOf({ frontends: [...frontends, { type: 'tcp' }, ...frontends], backends })).toEqual([
      'config.json: frontends[2]: the name "udp" is taken by frontends[0]; add "name" to one of them',
      'config.json: frontends[2].port: udp://127.0.0.1:8125 is taken: frontends[0] listens on udp://127.0.0.1:8125; set "port" to another one',
    ]);
  });

  it('must be unique', async () => {
    const twice = [
      { type: 'console', name: 'a' },
      { type: 'graphite', name: 'a' },
    ];
    expect(await problemsOf({ frontends, backends: twice })).toEqual([
      'config.json: backends[1].name: the name "a" is taken by backends[0]; names must be unique',
    ]);
  });

  it('are compared even where a block has other mistakes', async () => {
    const twice = [{ type: 'console' }, { type: 'console', format: 1 }];
    expect(await problemsOf({ frontends, backends: twice })).toEqual([
      'config.json: backends[1]: the name "console" is taken by backends[0]; add "name" to one of them',
      'config.json: backends[1].format: 1 is not a valid value (valid values: text, json, statsd)',
    ]);
  });

  it('of a front-end and a back-end may be the same', async () => {
    expect(
      await problemsOf({ frontends: [{ type: 'udp', name: 'x' }], backends: [{ type: 'console', name: 'x' }] }),
    ).toEqual([]);
  });
});

describe('all mistakes of a file', () => {
  it('are told at once, in the order of the file', async () => {
    const config = {
      backends: [
        { type: 'console', fromat: 'text' },
        { use: 'not-installed' },
        { type: 'datadog', apiKey: env('NOT_SET') },
      ],
      retries: 3,
      frontends: [{ type: 'upd' }, { type: 'tcp', port: 70000, host: { file: 'no-such-file' } }],
      flushInterval: 'soon',
    };
    expect(await problemsOf(config)).toEqual([
      'config.json: backends[0].fromat: unknown key; did you mean "format"? (valid keys: format, prettyprint, selfMetrics, maxSeries, type, name, mapping, interval)',
      'config.json: backends[1].use: the package "not-installed" is not installed; run "npm install not-installed" in FOLDER, or in a folder above it',
      'config.json: backends[2].apiKey: the environment variable NOT_SET is not set',
      `config.json: retries: unknown key; did you mean "retry"? ${rootKeys}`,
      `config.json: frontends[0].type: unknown front-end "upd"; did you mean "udp"? (built in: ${frontendNames}; or set "use" to a package or a path)`,
      'config.json: frontends[1].port: 70000 is not a port (0 to 65535)',
      'config.json: frontends[1].host: cannot read the file "no-such-file": no such file',
      `config.json: flushInterval: "soon" is not ${aDuration}`,
    ]);
  });

  it('are one line each, and command no terminal', async () => {
    const [problem, more] = await problemsOf({ ...good, 'a\n\u001b[31m\u009b': 1 });
    expect(more).toBeUndefined();
    expect(problem).toMatch(/^config\.json: \["a\\n\\u001b\[31m\\u009b"\]: unknown key/);
  });

  it('quote references as they are written, also where a list, a block or a type stands for one', async () => {
    const secret = 'hunter2';
    const block = (type: string) => ({ type });
    const config = {
      frontends: env('S'),
      backends: [env('S'), block(env('S')), { use: env('S') }, { ...block('console'), maxSeries: env('S') }],
    };
    const problems = await problemsOf(config, { S: secret });
    expect(problems).toHaveLength(5);
    expect(problems[0]).toBe(`config.json: frontends: "${env('S')}" is not a list; write [ … ] around it`);
    expect(problems[1]).toBe(`config.json: backends[0]: "${env('S')}" is not an object such as { "type": "console" }`);
    expect(problems[2]).toMatch(`config.json: backends[1].type: unknown back-end "${env('S')}" (built in: `);
    expect(problems[4]).toBe(`config.json: backends[3].maxSeries: "${env('S')}" is not a whole number (at least 1)`);
    expect(problems.join()).not.toContain(secret);
  });

  it('are joined in the message of the error', async () => {
    const folder = folderWith({ 'config.json': {} });
    const error = await loadIn(folder).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message.split('\n')).toEqual((error as ConfigError).problems);
    expect((error as ConfigError).problems).toHaveLength(2);
  });
});

describe('the file', () => {
  it('that is not there is named, with what to do', async () => {
    const folder = folderWith({});
    const file = join(folder, 'config.json');
    await expect(loadConfig(file, {})).rejects.toThrow(
      `${file}: no such file; give the path of a configuration file, or copy config.example.json to it`,
    );
    await expect(loadConfig(folder, {})).rejects.toThrow(`${folder}: it is a folder`);
  });

  it('is named as seen from the working folder when it is below it', async () => {
    await expect(loadConfig('./no/such.json', {})).rejects.toThrow(/^no\/such\.json: no such file/);
    await expect(loadConfig(join(process.cwd(), 'no.json'), {})).rejects.toThrow(/^no\.json: no such file/);
  });
});

describe('a valid configuration', () => {
  it('has the defaults', async () => {
    const folder = folderWith({ 'config.json': { ...good, $schema: './config.schema.json' } });
    const config = await loadIn(folder);
    expect(config.file).toBe(join(folder, 'config.json'));
    expect(config.settings).toEqual(defaultSettings);
    expect(config.frontends).toMatchObject([{ name: 'udp', module: 'udp', dialect: 'auto', config: { port: 8125 } }]);
    expect(config.backends).toMatchObject([{ name: 'console', module: 'console', config: { format: 'text' } }]);
    expect(config.frontends[0]?.plugin.kind).toBe('frontend');
  });

  it('takes the folder of the state alone', async () => {
    const folder = folderWith({ 'config.json': { ...good, state: './state' } });
    expect((await loadIn(folder)).settings.state).toEqual({ path: join(folder, 'state'), intervalMs: 60_000 });
  });

  it('gives every setting', async () => {
    const limits = {
      series: 1,
      seriesPerName: 2,
      keyBytes: 1_048_576,
      nameLength: 3,
      tags: 4,
      tagLength: 5,
      lineLength: 16,
      timerValuesPerSeries: 7,
      timerValues: 8,
      setMembersPerSeries: 9,
      setMembers: 10,
      points: 13,
      events: 11,
      serviceChecks: 12,
    };
    const folder = folderWith({
      'config.json': {
        ...good,
        flushInterval: '1s',
        percentiles: [99.9, 50],
        expire: { counter: '1m', timer: 5, histogram: '0s', distribution: '1h', set: 'never', gauge: '10s' },
        limits,
        queue: { windows: 5, bytes: '1MB', age: '1h' },
        retry: { min: '10ms', max: '20ms', timeout: '30ms' },
        shutdownTimeout: 0,
        selfMetrics: false,
        align: 'start',
        state: { path: './kept', interval: '5m' },
        statsd: { percentThreshold: [-10], keyFlush: { interval: '1s', log: 'keys.log' }, config: { a: { b: 1 } } },
        admin: { port: 0 },
        watch: true,
        log: { level: 'warn', format: 'text' },
      },
    });
    const { settings } = await loadIn(folder);
    expect(settings).toEqual({
      flushIntervalMs: 1000,
      percentiles: [99.9, 50],
      expire: {
        counter: 60_000,
        timer: 5,
        histogram: 0,
        distribution: 3_600_000,
        set: Number.POSITIVE_INFINITY,
        gauge: 10_000,
      },
      limits,
      queue: { windows: 5, bytes: 1_000_000, ageMs: 3_600_000 },
      retry: { minMs: 10, maxMs: 20, timeoutMs: 30 },
      shutdownTimeoutMs: 0,
      selfMetrics: false,
      align: 'start',
      state: { path: join(folder, 'kept'), intervalMs: 300_000 },
      statsd: {
        prefixStats: 'statsd',
        percentThreshold: [-10],
        histogram: undefined,
        calculatedTimerMetrics: [],
        deleteCounters: false,
        deleteTimers: false,
        deleteSets: false,
        deleteGauges: false,
        gaugesMaxTTL: 1,
        keyNameSanitize: true,
        keyFlush: { intervalMs: 1000, percent: 100, log: join(folder, 'keys.log') },
        dumpMessages: false,
        config: { a: { b: 1 } },
      },
      admin: { host: '127.0.0.1', port: 0, strictCompat: false },
      watch: true,
      log: { level: 'warn', format: 'text' },
    });
    expect(structuredClone(settings)).toEqual(settings);
  });

  it.each([
    [{ min: '1m' }, { minMs: 60_000, maxMs: 60_000 }],
    [{ max: '500ms' }, { minMs: 500, maxMs: 500 }],
    [{ min: '2s' }, { minMs: 2000, maxMs: 30_000 }],
  ])('moves the default of the other bound: %j', async (retry, expected) => {
    const folder = folderWith({ 'config.json': { ...good, retry } });
    expect((await loadIn(folder)).settings.retry).toMatchObject(expected);
  });

  it('follows references anywhere', async () => {
    const folder = folderWith({
      'config.json': {
        flushInterval: env('EVERY'),
        frontends: [
          { type: 'udp', port: env('PORT') },
          { type: env('TYPE'), name: `${env('TYPE')}-1`, dialect: env('DIALECT') },
        ],
        backends: [{ type: 'datadog', apiKey: { file: 'secrets/dd' }, tags: [`env:${env('STAGE')}`] }],
      },
      'secrets/dd': 'abc123\n',
    });
    const config = await loadIn(folder, { EVERY: '2s', PORT: '0', TYPE: 'tcp', DIALECT: 'dogstatsd', STAGE: 'prod' });
    expect(config.settings.flushIntervalMs).toBe(2000);
    expect(config.frontends).toMatchObject([
      { config: { port: 0 } },
      { name: 'tcp-1', module: 'tcp', dialect: 'dogstatsd' },
    ]);
    expect(config.backends).toMatchObject([{ config: { apiKey: 'abc123', tags: ['env:prod'] } }]);
  });
});

describe('blocks', () => {
  const blockOf = async (block: unknown, environment = {}) =>
    (await loadIn(folderWith({ 'config.json': { frontends, backends: [block] } }), environment)).backends[0]?.block;

  it('are the same text whatever the order of their keys', async () => {
    const block = await blockOf({ type: 'console', format: 'json', maxSeries: 5 });
    expect(await blockOf({ maxSeries: 5, format: 'json', type: 'console' })).toBe(block);
    expect(await blockOf({ type: 'console', format: 'json', maxSeries: 6 })).not.toBe(block);
  });

  it('change with what a reference stands for', async () => {
    const block = { type: 'datadog', apiKey: env('KEY') };
    expect(await blockOf(block, { KEY: 'a' })).toBe(await blockOf({ type: 'datadog', apiKey: 'a' }));
    expect(await blockOf(block, { KEY: 'b' })).not.toBe(await blockOf(block, { KEY: 'a' }));
  });

  it('of a front-end change with its dialect', async () => {
    const of = async (block: unknown) =>
      (await loadIn(folderWith({ 'config.json': { frontends: [block], backends } }))).frontends[0]?.block;
    expect(await of({ type: 'udp', dialect: 'dogstatsd' })).not.toBe(await of({ type: 'udp' }));
  });
});

describe('plugins from outside', () => {
  it('are found by path from the folder of the file, and by package', async () => {
    const plugin = `export default { kind: 'backend', name: 'boxed', create() {} };`;
    const folder = folderWith({
      'node_modules/statsdrain-boxed/package.json': { name: 'statsdrain-boxed', type: 'module', exports: './main.js' },
      'node_modules/statsdrain-boxed/main.js': plugin,
    });
    const config = {
      frontends: [{ use: quiet, anything: [1] }],
      backends: [{ use: 'statsdrain-boxed' }, { use: relative(folder, acme), name: 'second', token: 'x', wait: '2s' }],
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    const loaded = await loadIn(folder);
    expect(loaded.frontends).toMatchObject([{ name: 'quiet', config: { anything: [1] }, module: `file://${quiet}` }]);
    expect(loaded.frontends[0]?.config).toEqual({ anything: [1] });
    expect(loaded.backends).toMatchObject([
      { name: 'boxed', module: `file://${folder}/node_modules/statsdrain-boxed/main.js`, config: {} },
      { name: 'second', config: { token: 'x', wait: 2000, size: 1024, port: 0 } },
    ]);
  });

  it.each<[string, string, string]>([
    ['gives no schema', 'other-schema.js', ': the function "config" of plugin "loose" gives no schema of zod 4'],
    [
      'throws in config',
      'config-throws.js',
      ': the function "config" of plugin "broken" failed: Error: no schema today',
    ],
    [
      'gives what cannot be cloned',
      'unclonable.js',
      ': the schema of plugin "functional" gives a value that cannot be sent to another thread',
    ],
    [
      'is a front-end',
      'frontend.js',
      `.use: "${plugins}frontend.js" (${plugins}frontend.js) is a front-end; it is listed under "backends"`,
    ],
  ])('are refused: one that %s', async (_name, file, problem) => {
    expect(await problemsOf({ frontends, backends: [{ use: plugins + file }] })).toEqual([
      `config.json: backends[0]${problem}`,
    ]);
  });

  it('have their keys checked like the built-in ones', async () => {
    expect(await problemsOf({ frontends, backends: [{ use: acme, prot: 1, wait: 'x', token: '' }] })).toEqual([
      'config.json: backends[0].prot: unknown key; did you mean "port"? (valid keys: url, token, wait, size, port, use, name, mapping, interval)',
      `config.json: backends[0].wait: "x" is not ${aDuration}`,
      'config.json: backends[0].token: "" is not a non-empty string',
    ]);
  });
});

describe('modules of the original StatsD daemon', () => {
  const legacy = { 'legacy.js': 'exports.init = () => true;' };

  it.each([
    ['./legacy.js', 'legacy'],
    ['@acme/old backend', 'old-backend'],
  ])('%s are run by an adaptor, under a name of their own', async (use, name) => {
    const config = {
      frontends: [{ use, compat: 'statsd', port: 7 }],
      backends: [{ use, compat: 'statsd', key: 1, config: { name: 'theirs', key: 2 } }],
    };
    const folder = folderWith({
      ...legacy,
      'node_modules/@acme/old backend/index.js': '',
      'config.json': JSON.stringify(config),
    });
    const { frontends, backends, settings } = await loadConfig(join(folder, 'config.json'), {});
    const module = expect.stringMatching(/(legacy|index)\.js$/);
    expect(frontends[0]).toMatchObject({
      name,
      dialect: 'statsd',
      module: 'statsd-server',
      config: { module, name: use, config: { port: 7 } },
    });
    expect(backends[0]).toMatchObject({
      name,
      module: 'statsd-module',
      config: { module, name: use, config: { name: 'theirs', key: 2 } },
    });
    expect(settings.statsd).toEqual(defaultStatsdSettings);
  });

  it.each<[object, string]>([
    [{ type: 'console', compat: 'statsd' }, 'backends[0].compat: belongs to "use"'],
    [{ use: './legacy.js', compat: 'yes' }, 'backends[0].compat: "yes" is not'],
    [{ use: './none.js', compat: 'statsd' }, 'backends[0].use: "./none.js" is not there'],
    [
      { use: 'statsd-none', compat: 'statsd' },
      'backends[0].use: the package "statsd-none" is not installed; run "npm install',
    ],
    [{ type: 'statsd-module' }, 'backends[0].type: unknown back-end "statsd-module"'],
  ])('%j is told', async (block, text) => {
    const folder = folderWith({
      ...legacy,
      'config.json': JSON.stringify({ frontends: [{ type: 'udp' }], backends: [block] }),
    });
    await expect(loadConfig(join(folder, 'config.json'), {})).rejects.toThrow(text);
  });
});
