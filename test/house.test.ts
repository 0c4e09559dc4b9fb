import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { builtInNames } from '../src/plugins/registry.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * The rooms from the ground up: a file imports what is in its own room or further up in this list, types included. Front-ends
 * and back-ends are a room each.
 */
const rooms = [
  'contract',
  'kit',
  'frontends',
  'backends',
  'process',
  'plugins',
  'pattern',
  'config',
  'sketch',
  'protocol',
  'mapping',
  'partial',
  'aggregate',
  'window',
  'telemetry',
  'packets',
  'spool',
  'statsd',
  'state',
  'dispatch',
  'receive',
  'supervision',
  'ingest',
  'reload',
  'pipeline',
  'server',
  'explain',
  'commands',
  'cli',
  'start',
];

/** `frontends/http` is the room of `frontends/http/body.ts`, `window` that of `src/window/merge.ts`. */
function roomOf(file: string): string {
  const [top, folder = '', ...rest] = file.split('/');
  if (top !== 'src') return `${top}/${folder}`;
  if (rest.length > 0) return folder;
  return folder.startsWith('plugin') ? 'contract' : folder.replace(/\.ts$/, '');
}

function floorOf(file: string): number {
  return rooms.indexOf(roomOf(file).replace(/^(frontends|backends)\/.*/, '$1'));
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return entries.filter((entry) => entry.endsWith('.ts')).map((entry) => join(folder, entry));
}

const sources = ['src', 'frontends', 'backends'].flatMap(filesIn);

interface Import {
  readonly from: string;
  /** From the project's root for a relative import. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const statement = /^(?:import|export)\s+(type\s+)?[^;]*?from '([^']+)'|^import '([^']+)'/gm;

/** All but what is loaded by `import()`, which is how plugins and commands are reached that a process may never need. */
function importsOf(file: string): Import[] {
  const code = readFileSync(join(root, file), 'utf8');
  return [...code.matchAll(statement)].map(([, type, from, bare]) => {
    const target = from ?? bare!;
    const path = target.startsWith('.') ? relative(root, resolve(root, dirname(file), target)) : target;
    // AssemblyScript leaves the ending out; the page imports modules of packages that the build puts beside it.
    const to = target.startsWith('.') && !/\.[tj]s$/.test(path) ? `${path}.ts` : path;
    return { from: file, to, typeOnly: type !== undefined };
  });
}

/** The files and packages that are loaded with a file. */
function loadedBy(entry: string): readonly string[] {
  const loaded = new Set<string>();
  const load = (file: string) => {
    if (loaded.has(file)) return;
    loaded.add(file);
    if (!file.endsWith('.ts')) return;
    for (const { to, typeOnly } of importsOf(file)) if (!typeOnly) load(to);
  };
  load(entry);
  return [...loaded];
}

const imports = sources.flatMap(importsOf).filter(({ to }) => to.endsWith('.ts'));

describe('imports', () => {
  it('lead to files that there are, of rooms that are listed', () => {
    expect(imports.filter(({ to }) => !existsSync(join(root, to)))).toEqual([]);
    expect(sources.filter((file) => floorOf(file) < 0)).toEqual([]);
  });

  it('go down the list of rooms', () => {
    expect(imports.filter(({ from, to }) => floorOf(to) > floorOf(from))).toEqual([]);
  });

  it('front-ends and back-ends know only the contract, the kit, packages and their own folder', () => {
    const allowed = (from: string, to: string) => ['contract', 'kit', roomOf(from)].includes(roomOf(to));
    const plugins = imports.filter(({ from }) => !from.startsWith('src/'));
    expect(plugins.length).toBeGreaterThan(0);
    expect(plugins.filter(({ from, to }) => !allowed(from, to))).toEqual([]);
  });

  it('the core reaches front-ends and back-ends only through the registry, which loads them when they are needed', () => {
    expect(imports.filter(({ from, to }) => from.startsWith('src/') && !to.startsWith('src/'))).toEqual([]);
  });

  it('the contract needs nothing at run time', () => {
    expect(imports.filter(({ from, typeOnly }) => roomOf(from) === 'contract' && !typeOnly)).toEqual([]);
  });

  it('the dispatch thread loads no parser, no shard and no receiver', () => {
    const loaded = loadedBy('src/dispatch/thread.ts');
    expect(loaded).toContain('src/window/merge.ts');
    const foreign = loaded.filter(
      (file) => /^(aggregate|receive|ingest)$/.test(roomOf(file)) || /protocol\/.*(scan|stream|event)/.test(file),
    );
    expect(foreign).toEqual([]);
  });

  it('undici is loaded by what posts, when it posts', () => {
    const packages = sources.flatMap(importsOf).filter(({ to }) => to === 'undici');
    expect(packages.length).toBeGreaterThan(0);
    expect(packages.filter(({ typeOnly }) => !typeOnly)).toEqual([]);
  });

  it.each(['dispatch', 'receive'])('the %s thread reads no configuration: it loads no schema, nor zod', (room) => {
    const loaded = loadedBy(`src/${room}/thread.ts`);
    const settings = ['src/config/defaults.ts', 'src/config/settings.ts'];
    expect(loaded.filter((file) => roomOf(file) === 'config' && !settings.includes(file))).toEqual([]);
    expect(loaded).not.toContain('zod');
  });

  it('there is no circle of files, types included', () => {
    const graph = new Map(sources.map((file) => [file, importsOf(file).map(({ to }) => to)]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]) => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' > '));
      else if (!done.has(file)) {
        for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
        done.add(file);
      }
    };
    for (const file of graph.keys()) visit(file, []);
    expect(circles).toEqual([]);
  });
});

describe('tests', () => {
  /** Tests of more than one file, or of what is in none. */
  const wide = ['contract', 'docs', 'differential', 'e2e', 'regression'];
  /** Of one room as a whole. */
  const ofRoom =
    /(^(house|metric-types)|\/(contract|model|retirement|original|examples|mapping|round-trip|.*-(original|table|plane)))\.test\.ts$/;

  it('mirror the sources', () => {
    const tests = filesIn('test').filter((file) => file.endsWith('.test.ts') && !wide.includes(file.split('/')[1]!));
    const sourceOf = (test: string) => test.replace(/^test\//, '').replace(/\.test\.ts$/, '.ts');
    const known = new Set(sources.map((file) => file.replace(/^src\//, '')));
    const lost = tests.filter(
      (test) => !known.has(sourceOf(test)) && !ofRoom.test(sourceOf(test).replace(/\.ts$/, '.test.ts')),
    );
    expect(lost).toEqual([]);
  });

  it('hold every built-in front-end and back-end to its contract', () => {
    const registry = readFileSync(join(root, 'src/plugins/registry.ts'), 'utf8');
    const modules = new Map(
      [...registry.matchAll(/\['([^']+)', \(\) => import\('\.\.\/\.\.\/([^']+)'\)\]/g)].map(([, name, file]) => [
        name!,
        file!,
      ]),
    );
    const held = (suite: string) =>
      filesIn('test')
        .filter((file) => file.endsWith('.test.ts'))
        .map((file) => importsOf(file).map(({ to }) => to))
        .filter((files) => files.includes(`test/contract/${suite}.ts`))
        .flat();
    for (const kind of ['frontend', 'backend'] as const) {
      const names = builtInNames(kind);
      expect(names.length).toBeGreaterThan(0);
      for (const suite of kind === 'backend' ? ['backend', 'backend-plugin'] : ['frontend']) {
        const files = held(suite);
        expect(names.filter((name) => !files.includes(modules.get(name) ?? ''))).toEqual([]);
      }
    }
  });
});
