import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { notLoaded } from '../../src/plugins/locate.ts';
import { builtInNames, findBuiltIn, findPlugin, importPlugin, type PluginKind } from '../../src/plugins/registry.ts';
import { folderWith } from '../config/temporary.ts';

const plugins = fileURLToPath(new URL('../fixtures/plugins/', import.meta.url));
const module = `export default { kind: 'backend', name: 'acme', create() {} };`;

describe('built-in plugins', () => {
  const all = (['frontend', 'backend'] as const).flatMap((kind) =>
    builtInNames(kind).map((type) => [kind, type] as const),
  );

  it.each(all)('%s %s is called what its type says', async (kind, type) => {
    const { plugin, module } = await findBuiltIn<PluginKind>(kind, type);
    expect(plugin).toMatchObject({ kind, name: type, create: expect.any(Function), config: expect.any(Function) });
    expect(module).toBe(type);
    expect(await importPlugin<PluginKind>(kind, module)).toBe(plugin);
  });
});

/** `use` seen from a configuration in `folder`, with the folder left out of a failure. */
async function find(use: string, folder: string, kind: PluginKind = 'backend') {
  try {
    const found = await findPlugin(kind, use, join(folder, 'config.json'));
    return { name: found.plugin.name, module: found.module.replace(folder, 'FOLDER') };
  } catch (error) {
    return (error as Error).message.replaceAll(folder, 'FOLDER');
  }
}

describe('plugins by path', () => {
  it.each(['./backend.js', '../plugins/backend.js', `${plugins}backend.js`])('%s is found', async (use) => {
    expect(await find(use, plugins.slice(0, -1))).toEqual({ name: 'acme', module: 'file://FOLDER/backend.js' });
  });

  it('may be CommonJS', async () => {
    expect(await find('./commonjs.cjs', plugins)).toMatchObject({ name: 'compiled' });
  });

  it('can be imported again by what was found', async () => {
    const found = await findPlugin('backend', './backend.js', join(plugins, 'config.json'));
    expect(await importPlugin('backend', found.module)).toBe(found.plugin);
  });

  it.each([
    ['./none.js', '"./none.js" is not there (looked for FOLDER/none.js)'],
    ['../none.js', '"../none.js" is not there (looked for FOLDER/../none.js)'],
    ['frontend.js', '"frontend.js" is read as a package; for the file write "./frontend.js"'],
    ['./frontend.js', '"./frontend.js" (FOLDER/frontend.js) is a front-end; it is listed under "backends"'],
    ['./named-export.js', '"./named-export.js" (FOLDER/named-export.js) has no plugin object as its default export'],
    ['./shape.js', '"./shape.js" (FOLDER/shape.js) exports no plugin: its "kind" is neither "frontend" nor "backend"'],
    [
      './bad-name.js',
      '"./bad-name.js" (FOLDER/bad-name.js) exports a plugin whose "name" is not a name of letters, digits, "_", "." and "-"',
    ],
    ['./no-create.js', '"./no-create.js" (FOLDER/no-create.js) exports a plugin without a function "create"'],
    ['./bad-config.js', '"./bad-config.js" (FOLDER/bad-config.js) exports a plugin whose "config" is not a function'],
  ])('%s is refused', async (use, problem) => {
    const folder = plugins.slice(0, -1);
    expect(await find(use, folder)).toBe(problem.replace('FOLDER/..', join(folder, '..')));
  });

  it('of back-ends are refused among the front-ends', async () => {
    expect(await find('./backend.js', plugins.slice(0, -1), 'frontend')).toBe(
      '"./backend.js" (FOLDER/backend.js) is a back-end; it is listed under "frontends"',
    );
  });

  it('that throw are refused with the reason and the place', async () => {
    expect(await find('./throws.js', plugins.slice(0, -1))).toMatch(
      /^"\.\/throws\.js" \(FOLDER\/throws\.js\) cannot be loaded: TypeError: Cannot read properties of undefined \(reading 'property'\)/,
    );
  });
});

describe('plugins by package', () => {
  it.each<[string, unknown, string]>([
    ['exports as text', { exports: './main.js' }, 'acme'],
    ['exports with a default', { exports: { '.': { types: './main.d.ts', default: './main.js' } } }, 'acme'],
    ['main', { main: 'main.js' }, 'acme'],
    ['a part of it', { exports: { './backend': './main.js' } }, 'acme/backend'],
  ])('are found by %s', async (_name, manifest, use) => {
    const folder = folderWith({
      'node_modules/acme/package.json': { name: 'acme', type: 'module', ...(manifest as object) },
      'node_modules/acme/main.js': module,
    });
    expect(await find(use, folder)).toEqual({ name: 'acme', module: 'file://FOLDER/node_modules/acme/main.js' });
  });

  it('are found with a scope, and in a folder above', async () => {
    const folder = folderWith({
      'node_modules/@acme/backend/package.json': { type: 'module', exports: './main.js' },
      'node_modules/@acme/backend/main.js': module,
    });
    expect(await find('@acme/backend', join(folder, 'etc', 'conf'))).toMatchObject({ name: 'acme' });
  });

  it.each<[string, unknown, string]>([
    [
      'acme',
      { exports: { import: './main.js' } },
      '"acme" (FOLDER/node_modules/acme) cannot be resolved; add a "default" condition to the "exports" of its package.json',
    ],
    [
      'acme/other',
      { exports: { '.': './main.js' } },
      '"acme/other" (FOLDER/node_modules/acme) cannot be resolved; add a "default" condition to the "exports" of its package.json',
    ],
    [
      'acme',
      { main: 'dist/main.js' },
      '"acme" (FOLDER/node_modules/acme) is installed, but the file that its package.json names is not there',
    ],
  ])('%s with %j is refused', async (use, manifest, problem) => {
    const folder = folderWith({
      'node_modules/acme/package.json': { name: 'acme', type: 'module', ...(manifest as object) },
    });
    expect(await find(use, folder)).toBe(problem);
  });

  it.each([
    ['acme', 'the package "acme" is not installed; run "npm install acme" in FOLDER, or in a folder above it'],
    [
      '@acme/x/y',
      'the package "@acme/x" is not installed; run "npm install @acme/x" in FOLDER, or in a folder above it',
    ],
    ['fs', '"fs" is a module of Node.js, not a plugin'],
    ['node:net', '"node:net" is a module of Node.js, not a plugin'],
    [
      'https://example.org/x.js',
      '"https://example.org/x.js" is neither a package nor a path that starts with "./", "../" or "/"',
    ],
    ['', '"" is neither a package nor a path that starts with "./", "../" or "/"'],
  ])('%j is not found', async (use, problem) => {
    expect(await find(use, folderWith({}))).toBe(problem);
  });
});

describe('why a module cannot be loaded', () => {
  const failure = (code: string, message: string) => Object.assign(new TypeError(message), { code, stack: '' });

  it.each<[unknown, string]>([
    [
      failure('ERR_UNKNOWN_FILE_EXTENSION', 'Unknown file extension ".ts" for /x/a.ts'),
      `is TypeScript, which needs Node.js 22.18 or later (this is ${process.version}); compile it to JavaScript`,
    ],
    [
      failure('ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING', 'Stripping types is currently unsupported'),
      'is TypeScript inside a package, which Node.js does not run; the package must ship JavaScript',
    ],
    [
      failure('ERR_UNKNOWN_FILE_EXTENSION', 'Unknown file extension ".py"'),
      'cannot be loaded: TypeError: Unknown file extension ".py"',
    ],
    [
      failure('ERR_MODULE_NOT_FOUND', "Cannot find package 'x'\nmore"),
      "cannot be loaded: TypeError: Cannot find package 'x'",
    ],
    ['a string', 'cannot be loaded: it threw a string'],
    [undefined, 'cannot be loaded: it threw undefined'],
  ])('%s', (error, text) => {
    expect(notLoaded(error)).toBe(text);
  });
});
