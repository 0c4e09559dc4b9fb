import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changesBetween, restartNeeded } from '../src/config/changes.ts';
import { type Config, ConfigError, loadConfig } from '../src/config/load.ts';
import type { watchContent } from '../src/kit/watch.ts';
import type { Logger } from '../src/plugin.ts';
import { createReloader } from '../src/reload.ts';
import { folderWith } from './config/temporary.ts';

const udp = { type: 'udp' };
const console = { type: 'console' };
const good = { frontends: [udp], backends: [console] };

async function configOf(content: unknown, name = 'config.json'): Promise<Config> {
  return loadConfig(join(folderWith({ [name]: content }), name), {});
}

describe('what differs between two configurations', () => {
  it.each<[string, object, object, readonly string[]]>([
    ['nothing', good, { backends: [console], frontends: [{ port: 8125, ...udp }] }, ['frontends.udp']],
    ['the order of keys', { ...good, watch: true, title: 'a' }, { title: 'a', watch: true, ...good }, []],
    ['the same in other words', { ...good, flushInterval: '60s' }, { ...good, flushInterval: '1m' }, []],
    ['the interval', good, { ...good, flushInterval: '1s' }, ['flushInterval']],
    ['settings', good, { ...good, watch: true, limits: { series: 5 }, admin: {} }, ['limits', 'admin', 'watch']],
    [
      'blocks',
      { frontends: [udp, { type: 'tcp' }], backends: [console] },
      { frontends: [{ ...udp, port: 1 }, { type: 'http' }], backends: [{ ...console, name: 'other' }] },
      [
        'frontends.udp',
        'frontends.http (new)',
        'frontends.tcp (removed)',
        'backends.other (new)',
        'backends.console (removed)',
      ],
    ],
  ])('%s', async (_name, before, after, changes) => {
    expect(changesBetween(await configOf(before), await configOf(after))).toEqual(changes);
  });

  it('names the keys of the original', async () => {
    const before = await configOf('{ port: 1, backends: [], debug: true }', 'their.js');
    const after = await configOf('{ flushInterval: 700, port: 2, backends: [] }', 'their.js');
    expect(changesBetween(before, after)).toEqual(['port', 'debug', 'flushInterval']);
  });

  it('names all that differs where a native configuration takes the place of the original', async () => {
    const before = await configOf('{ backends: [], address: "127.0.0.1" }', 'their.js');
    const changes = changesBetween(before, await configOf(good));
    expect(changes).toEqual(expect.arrayContaining(['align', 'statsd', 'frontends.udp', 'backends.console (new)']));
  });
});

describe('what takes effect at the next start only', () => {
  const files = { 'mod.cjs': 'exports.init = () => true;', 'srv.cjs': 'exports.start = () => true;' };
  const modules = "backends: ['./mod.cjs'], servers: [{ server: './srv.cjs', port: 1 }]";

  it.each<[string, string, string, readonly string[]]>([
    ['nothing', `{ ${modules} }`, `{ ${modules}, percentThreshold: 50 }`, []],
    [
      'a key of a module',
      `{ ${modules} }`,
      `{ ${modules}, influxdb: { host: 'i' } }`,
      ['influxdb (modules keep the configuration that they started with)'],
    ],
    ['a key of a module that is new', '{ backends: [] }', "{ backends: ['./mod.cjs'], influxdb: {} }", []],
    [
      'a server of another package',
      `{ ${modules} }`,
      "{ backends: ['./mod.cjs'], servers: [{ server: './srv.cjs', port: 2 }] }",
      ['srv (such a server cannot be stopped)'],
    ],
    ['the health', '{}', "{ healthStatus: 'down' }", ['healthStatus (the state at the start)']],
  ])('%s', async (_name, before, after, reasons) => {
    const folder = folderWith({ ...files, 'a.js': before, 'b.js': after });
    const [old, now] = [await loadConfig(join(folder, 'a.js'), {}), await loadConfig(join(folder, 'b.js'), {})];
    expect(restartNeeded(old, now)).toEqual(reasons);
  });
});

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: unknown;
}

function start(first: Config) {
  const lines: Line[] = [];
  const at =
    (level: string): Logger['info'] =>
    (message, fields) =>
      void lines.push({ level, message, fields });
  const applied: Config[] = [];
  const watched = new Map<string, Parameters<typeof watchContent>[0]>();
  let next: () => Promise<Config> = async () => first;
  const ownProcess = { title: 'node' };
  const reloader = createReloader({
    config: first,
    load: () => next(),
    apply: async (config) => {
      applied.push(config);
      return { frontends: ['udp udp://127.0.0.1:8125'] };
    },
    log: { info: at('info'), warn: at('warn'), error: at('error') },
    watch: (options) => {
      watched.set(options.file, options);
      return () => watched.delete(options.file);
    },
    process: ownProcess,
  });
  return {
    lines,
    applied,
    reloader,
    ownProcess,
    watched: () => [...watched.keys()],
    file: (name = first.file) => watched.get(name)!,
    becomes(config: Config | Error) {
      next = async () => {
        if (config instanceof Error) throw config;
        return config;
      };
    },
    /** What a change of the file started is done when this is. */
    async changed(name = first.file) {
      watched.get(name)!.changed();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('a reload', () => {
  it('goes over to what changed, and says so', async () => {
    const run = start(await configOf(good));
    const next = await configOf({ ...good, flushInterval: '1s' });
    run.becomes(next);
    await run.reloader.reload();
    expect(run.applied).toEqual([next]);
    expect(run.lines).toEqual([
      {
        level: 'info',
        message: 'configuration reloaded',
        fields: { frontends: ['udp udp://127.0.0.1:8125'], changed: ['flushInterval'] },
      },
    ]);
  });

  it('by a signal happens without a change too: a secret may have another value', async () => {
    const run = start(await configOf(good));
    await run.reloader.reload();
    expect(run.applied).toHaveLength(1);
    expect(run.lines[0]?.fields).toMatchObject({ changed: [] });
  });

  it('keeps the old configuration when the new one is broken', async () => {
    const run = start(await configOf(good));
    run.becomes(new ConfigError(['config.json: a', 'config.json: b']));
    await run.reloader.reload();
    expect(run.applied).toEqual([]);
    expect(run.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'error config.json: a',
      'error config.json: b',
      'error the configuration was not reloaded; going on with the old one',
    ]);
  });

  it('is compared with what was last in use', async () => {
    const [one, two] = [await configOf(good), await configOf({ ...good, flushInterval: '1s' })];
    const run = start(one);
    for (const config of [two, new Error('broken'), one]) {
      run.becomes(config);
      await run.reloader.reload();
    }
    const changed = run.lines.filter(({ level }) => level === 'info').map(({ fields }) => fields);
    expect(changed).toEqual([
      expect.objectContaining({ changed: ['flushInterval'] }),
      expect.objectContaining({ changed: ['flushInterval'] }),
    ]);
  });
});

describe('with "watch"', () => {
  const watching = { ...good, watch: true };

  it('a change of the file is taken over', async () => {
    const run = start(await configOf(watching));
    run.becomes(await configOf({ ...watching, flushInterval: '1s' }));
    await run.changed();
    expect(run.lines).toMatchObject([{ message: 'configuration reloaded' }]);
  });

  it('a file in which nothing changed is not', async () => {
    const run = start(await configOf(watching));
    await run.changed();
    expect(run.applied).toEqual([]);
    expect(run.lines).toMatchObject([
      { level: 'info', message: 'the configuration file was written, nothing in it changed' },
    ]);
  });

  it('a file that is gone is a warning', async () => {
    const config = await configOf(watching);
    const run = start(config);
    run.file().gone();
    expect(run.applied).toEqual([]);
    expect(run.lines).toMatchObject([
      { level: 'warn', message: `${config.file} is gone; going on with the configuration that was in it` },
    ]);
  });

  it('begins and ends with the key', async () => {
    const run = start(await configOf(good));
    expect(run.watched()).toEqual([]);
    const next = await configOf(watching);
    run.becomes(next);
    await run.reloader.reload();
    expect(run.watched()).toEqual([next.file]);
    run.becomes(await configOf(good));
    await run.reloader.reload();
    expect(run.watched()).toEqual([]);
  });

  it('ends with the server', async () => {
    const run = start(await configOf(watching));
    const file = run.file();
    run.reloader.end();
    expect(run.watched()).toEqual([]);
    file.changed();
    await new Promise((resolve) => setImmediate(resolve));
    expect(run.lines).toEqual([]);
  });
});

describe('mapping files', () => {
  const mapped = async (text: string) => {
    const folder = folderWith({ 'config.json': { ...good, mapping: 'm.yml' }, 'm.yml': text });
    return loadConfig(join(folder, 'config.json'), {});
  };

  it('are watched without "watch", and a change of one is taken over with its warnings', async () => {
    const first = await mapped('mappings: [{match: a, name: b}]');
    const [file = ''] = first.mappingFiles;
    const run = start(first);
    expect(run.watched()).toEqual([file]);
    const next = await mapped('mappings: [{match: a, name: c, hlep: x}]');
    run.becomes({ ...next, mappingFiles: [file] });
    await run.changed(file);
    expect(run.lines).toMatchObject([
      { level: 'warn', message: `${next.mappingFiles[0]}, line 1: unknown key "hlep" in a rule: it is ignored` },
      { message: 'configuration reloaded', fields: { changed: ['mapping'] } },
    ]);
  });

  it('are told of by their names', async () => {
    const config = await mapped('');
    const [file = ''] = config.mappingFiles;
    const run = start(config);
    await run.changed(file);
    run.file(file).gone();
    expect(run.lines).toMatchObject([
      { level: 'info', message: `${file} was written, nothing in it changed` },
      { level: 'warn', message: `${file} is gone; going on with the configuration that was in it` },
    ]);
  });

  it('are watched as long as the configuration names them', async () => {
    const run = start(await mapped(''));
    const next = await mapped('');
    run.becomes(next);
    await run.reloader.reload();
    expect(run.watched()).toEqual(next.mappingFiles);
    run.becomes(await configOf(good));
    await run.reloader.reload();
    expect(run.watched()).toEqual([]);
  });
});

it('gives the process its title, and takes it back', async () => {
  const run = start(await configOf({ ...good, title: 'metrics' }));
  expect(run.ownProcess.title).toBe('metrics');
  run.becomes(await configOf(good));
  await run.reloader.reload();
  expect(run.ownProcess.title).toBe('node');
});
