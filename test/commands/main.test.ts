import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Io } from '../../src/commands/io.ts';
import { program } from '../../src/commands/program.ts';
import type { Config } from '../../src/config/load.ts';
import { builtInNames } from '../../src/plugins/registry.ts';
import { folderWith } from '../config/temporary.ts';
import { runCommand as run } from '../helper/command.ts';

const frontendNames = builtInNames('frontend').join(', ');

const root = fileURLToPath(new URL('../../', import.meta.url));
const version: string = JSON.parse(readFileSync(`${root}package.json`, 'utf8')).version;
const acme = `${root}test/fixtures/plugins/backend.js`;
const good = {
  frontends: [
    { type: 'udp', port: 8125 },
    { type: 'tcp', name: 'apps', port: 8126 },
  ],
  backends: [{ use: acme, url: 'https://acme.example' }],
};

describe('statsdrain', () => {
  it('runs the file that it is given, from the working folder', async () => {
    const cwd = folderWith({ 'etc/mine.json': good });
    expect(await run(['etc/mine.json'], { cwd })).toEqual({
      code: 0,
      out: '',
      err: '',
      served: [join(cwd, 'etc/mine.json')],
    });
  });

  it('runs ./config.json by default', async () => {
    const cwd = folderWith({ 'config.json': good });
    expect((await run([], { cwd })).served).toEqual([join(cwd, 'config.json')]);
  });

  it('runs the bundled example where there is no ./config.json', async () => {
    expect((await run([], { cwd: folderWith({}) })).served).toEqual([`${root}config.example.json`]);
  });

  it('runs without a file, for a first try', async () => {
    let config: Config | undefined;
    const serve: Io['serve'] = async (_file, load) => {
      config = await load();
      return 0;
    };
    const args = ['--port', '9125', '--backend', 'console', '--backend', 'live'];
    expect(await run(args, { cwd: folderWith({}), serve })).toMatchObject({ code: 0, err: '' });
    const listens = config?.frontends.map(({ name, plugin, config }) => [name, plugin.listens?.(config)]);
    expect(listens).toEqual([
      ['udp', [expect.objectContaining({ transport: 'udp', host: '127.0.0.1', port: 9125 })]],
      ['tcp', [{ transport: 'tcp', host: '127.0.0.1', port: 9125 }]],
    ]);
    expect(config?.backends.map(({ name }) => name)).toEqual(['console', 'live']);
    expect(await run(['--backend=datadog'], { cwd: folderWith({}) })).toMatchObject({
      code: 78,
      err: expect.stringContaining('the environment variable DD_API_KEY is not set'),
    });
  });

  it('gives the exit code of the server', async () => {
    const cwd = folderWith({ 'config.json': good });
    expect((await run([], { cwd, serve: async () => 7 })).code).toBe(7);
  });

  it('takes variables from the environment', async () => {
    const cwd = folderWith({ 'config.json': { ...good, backends: [{ type: 'datadog', apiKey: `\${KEY}` }] } });
    expect((await run([], { cwd })).err).toMatch(
      /config\.json: backends\[0\]\.apiKey: the environment variable KEY is not set\n$/,
    );
    expect((await run([], { cwd, env: { KEY: 'abc' } })).code).toBe(0);
  });

  it('tells every mistake on a line of its own, and serves nothing', async () => {
    const cwd = folderWith({ 'config.json': { frontends: [{ type: 'upd' }], backends: [] } });
    const { code, out, err, served } = await run([], { cwd });
    expect({ code, out, served }).toEqual({ code: 78, out: '', served: [] });
    const file = join(cwd, 'config.json');
    expect(err.split('\n')).toEqual([
      `statsdrain: ${file}: frontends[0].type: unknown front-end "upd"; did you mean "udp"? (built in: ${frontendNames}; or set "use" to a package or a path)`,
      `statsdrain: ${file}: backends: the list is empty; list at least one back-end, such as { "type": "console" }`,
      '',
    ]);
  });

  it('tells a failed start in one line that commands no terminal', async () => {
    const cwd = folderWith({ 'config.json': good });
    const serve = () => Promise.reject(new Error('port 8125\u001b[2J\nis in use'));
    expect(await run([], { cwd, serve })).toMatchObject({
      code: 1,
      err: 'statsdrain: port 8125\\u001b[2J\\nis in use\n',
    });
  });

  it('colours its name on a terminal', async () => {
    expect((await run(['--nope'], { color: true })).err).toBe(
      '\u001b[31mstatsdrain:\u001b[0m unknown option "--nope"; see "statsdrain --help"\n',
    );
  });

  it.each([
    [['--prot=1'], 'unknown option "--prot=1"; see "statsdrain --help"'],
    [['--port', 'a.json'], '--port "a.json" is no port; give a number from 1 to 65535'],
    [
      ['--port', '1', 'a.json'],
      'unexpected argument "a.json": --port and --backend go without a file; see "statsdrain --help"',
    ],
    [
      ['--backend', 'datadgo'],
      '--backend "datadgo" is none; did you mean "datadog"? (there are: console, datadog, prometheus, prometheus-remote-write, graphite, repeater, live)',
    ],
    [['-x', 'a.json'], 'unknown option "-x"; see "statsdrain --help"'],
    [['migrate'], 'migrate: needs a file: "statsdrain migrate config.js"'],
    [['migrate', 'a.js', 'b.js'], 'migrate: unexpected argument "b.js": it takes one file'],
    [['check', 'a.json', 'b.json'], 'check: unexpected argument "b.json": it takes one file'],
    [['chekc'], 'unknown command "chekc"; did you mean "check"?'],
    [['hlep'], 'unknown command "hlep"; did you mean "help"?'],
    [
      ['serve'],
      '"serve" is neither a command (capture, check, completion, explain, init, migrate, migrate-exporter, replay, send, spool, status, tap, top, help, version) nor a file; see "statsdrain --help"',
    ],
    [
      ['help', 'sned'],
      'help: no such command: "sned"; did you mean "send"? (commands: capture, check, completion, explain, init, migrate, migrate-exporter, replay, send, spool, status, tap, top, help, version)',
    ],
    [['send'], 'send: there is no line to send: "statsdrain send page.views:1|c"'],
    [['send', 'a:1|c', '--port', 'http'], 'send: --port "http" is no port; give a number from 1 to 65535'],
    [['send', 'a:1|c', '--sokcet', 'x'], `send: Unknown option '--sokcet'; see "statsdrain send --help"`],
    [
      ['send', 'a:1|c', '--socket', 'x', '--tcp'],
      'send: --socket names a Unix socket, where --tcp has no meaning; remove one of them',
    ],
  ])('refuses %j with 64', async (args, problem) => {
    expect(await run(args)).toEqual({ code: 64, out: '', err: `statsdrain: ${problem}\n`, served: [] });
  });

  it('refuses a second file with 64, and a file that is not there with 78', async () => {
    const cwd = folderWith({ 'a.json': good });
    expect(await run(['a.json', 'b.json'], { cwd })).toMatchObject({
      code: 64,
      err: 'statsdrain: unexpected argument "b.json"; see "statsdrain --help"\n',
    });
    expect(await run(['none.json'])).toMatchObject({
      code: 78,
      err: 'statsdrain: /none.json: no such file; give the path of a configuration file, or copy config.example.json to it\n',
    });
  });

  it.each(['--help', '-h', 'help'])('%s says how it is used', async (option) => {
    const { code, out, err } = await run([option]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('statsdrain [config.json]');
    expect(out).toContain('statsdrain check [config.json]');
    expect(out).toContain('statsdrain send <line>...');
    expect(out).toContain('statsdrain migrate <config.js>');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it.each(['--version', '-V', 'version'])('%s prints the version of the package', async (word) => {
    expect(await run([word])).toMatchObject({ code: 0, out: `${version}\n` });
  });

  it.each([...program.commands.keys()])('tells more about "%s", in 80 columns', async (verb) => {
    const { code, out } = await run(['help', verb]);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^statsdrain ${verb} [^]*\n\n[^]+\n$`));
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(await run([verb, '--help'])).toMatchObject({ code: 0, out });
  });
});

describe('statsdrain check', () => {
  it('prints what would listen and send', async () => {
    const cwd = folderWith({ 'config.json': { ...good, flushInterval: '90s' } });
    expect(await run(['check', 'config.json'], { cwd })).toEqual({
      code: 0,
      out: `config.json is valid

  listens
    udp         udp://127.0.0.1:8125, this machine only
    apps (tcp)  tcp://127.0.0.1:8126, this machine only

  sends every 90s
    acme        https://acme.example
`,
      err: '',
      served: [],
    });
  });

  it('says how often a back-end with an interval of its own sends', async () => {
    const backends = [{ type: 'graphite', interval: '60s' }, { type: 'console' }];
    const { out } = await run(['check', 'config.json'], { cwd: folderWith({ 'config.json': { ...good, backends } }) });
    expect(out).toContain(`
  sends every 10s
    graphite    tcp://127.0.0.1:2003 (text), every 1m
    console     standard output (text)
`);
  });

  it('says where what waits is kept', async () => {
    const cwd = folderWith({ 'config.json': { ...good, spool: { path: './waits' } } });
    const { out, code } = await run(['check', 'config.json'], { cwd });
    expect(code).toBe(0);
    expect(out).toContain(`\n  keeps what waits in\n    spool       ${join(cwd, 'waits')} (at most 2GiB, for 240h)\n`);
  });

  it('prints where state is kept', async () => {
    const cwd = folderWith({ 'config.json': { ...good, state: './kept' } });
    const { out } = await run(['check', 'config.json'], { cwd });
    expect(out).toContain(`\n\n  keeps state in ${join(cwd, 'kept')} every 1m\n`);
  });

  it('prints no secret', async () => {
    const cwd = folderWith({ 'config.json': { ...good, backends: [{ type: 'datadog', apiKey: 'hunter2' }] } });
    const { out, code } = await run(['check', 'config.json'], { cwd });
    expect(code).toBe(0);
    expect(out).not.toContain('hunter2');
  });

  it('tells what is wrong and gives 78', async () => {
    const cwd = folderWith({ 'config.json': { ...good, selfMetrics: 1 } });
    expect(await run(['check', 'config.json'], { cwd })).toEqual({
      code: 78,
      out: '',
      err: `statsdrain: ${join(cwd, 'config.json')}: selfMetrics: 1 is not true or false\n`,
      served: [],
    });
  });
});

const their = `/* mine */ {
  graphiteHost: "g.example",
  backends: ["./backends/graphite", "./backends/console"],
  address: "127.0.0.1",
};`;

describe('a configuration of the original StatsD', () => {
  it('is run', async () => {
    const cwd = folderWith({ 'their.js': their });
    expect(await run(['their.js'], { cwd })).toMatchObject({ code: 0, err: '', served: [join(cwd, 'their.js')] });
  });

  it('is checked, and told with its differences', async () => {
    const cwd = folderWith({ 'their.js': their });
    const { code, out } = await run(['check', 'their.js'], { cwd });
    expect(code).toBe(0);
    expect(out.slice(0, out.indexOf('  notes'))).toBe(`their.js is valid (a configuration of the original StatsD)

  listens
    udp       udp://127.0.0.1:8125, this machine only
    admin     tcp://127.0.0.1:8126, this machine only

  sends every 10s
    graphite  tcp://g.example:2003 (text)
    console   standard output (statsd)

`);
    expect(out).toMatch(/\n {4}mgmt_address: the admin interface listens on 127\.0\.0\.1/);
  });

  it('may send nowhere', async () => {
    const { out } = await run(['check', 'their.js'], { cwd: folderWith({ 'their.js': '{ backends: [] }' }) });
    expect(out).toContain('\n  sends every 10s\n    nowhere\n');
  });

  it('is migrated to what check takes, from a pipe too', async () => {
    const cwd = folderWith({ 'their.js': their });
    const { code, out } = await run(['migrate', 'their.js'], { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(/^\{\n {2}"\$schema": .*,\n {2}"_notes": \[\n/);
    const checked = await run(['check', '-'], { cwd, read: () => out });
    expect(checked).toMatchObject({ code: 0, err: '' });
    expect(checked.out).toMatch(/^standard input is valid\n.*tcp:\/\/g\.example:2003/s);
  });

  it('is told its mistakes by its own keys', async () => {
    const cwd = folderWith({ 'their.js': '{ mgmt_port: "x" }' });
    for (const args of [['their.js'], ['check', 'their.js'], ['migrate', 'their.js']]) {
      expect(await run(args, { cwd })).toEqual({
        code: 78,
        out: '',
        err: `statsdrain: ${join(cwd, 'their.js')}: mgmt_port: "x" is not a port (0 to 65535)\n`,
        served: [],
      });
    }
  });
});

/** The built program, as `npm run build` leaves it. */
function execute(args: readonly string[], cwd: string): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [`${root}dist/src/cli.js`, ...args], { cwd }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

describe('the program', () => {
  it('prints its version', async () => {
    expect(await execute(['--version'], root)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('tells mistakes on standard error, without a stack', async () => {
    const cwd = folderWith({ 'config.json': '{ "frontends": [ }' });
    expect(await execute(['check', 'config.json'], cwd)).toEqual({
      code: 78,
      stdout: '',
      stderr: 'statsdrain: config.json: line 1, column 18: expected a value, found "}"\n',
    });
  });

  it('takes plugins that were compiled to CommonJS', async () => {
    const use = `${root}test/fixtures/plugins/commonjs.cjs`;
    const cwd = folderWith({ 'config.json': { frontends: [{ type: 'udp' }], backends: [{ use }] } });
    const { code, stdout } = await execute(['check', 'config.json'], cwd);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {4}compiled$/m);
  });

  it('tells a syntax error of a plugin in one line', async () => {
    const cwd = folderWith({
      'config.json': { frontends: [{ type: 'udp' }], backends: [{ use: './mine.mjs' }] },
      'mine.mjs': 'export default {;',
    });
    const { code, stderr } = await execute(['check', 'config.json'], cwd);
    expect(code).toBe(78);
    expect(stderr).toBe(
      `statsdrain: config.json: backends[0].use: "./mine.mjs" (${join(cwd, 'mine.mjs')}) cannot be loaded: SyntaxError: Unexpected token ';'\n`,
    );
  });
});
