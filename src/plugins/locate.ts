import { existsSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Located = { readonly ok: true; readonly file: string } | { readonly ok: false; readonly problem: string };

/** The absolute path of the module that `use` names: a package or a path, seen from the folder of `configFile`. */
export function locate(use: string, configFile: string): Located {
  const folder = dirname(configFile);
  if (isBuiltin(use)) return { ok: false, problem: `"${use}" is a module of Node.js, not a plugin` };
  try {
    return { ok: true, file: createRequire(configFile).resolve(use) };
  } catch (error) {
    return { ok: false, problem: notFound(use, folder, error as NodeJS.ErrnoException) };
  }
}

/** As {@link locate}, and then from the working directory and beside this program: the original looks beside itself. */
export function locateForOriginal(use: string, configFile: string): Located {
  const first = locate(use, configFile);
  if (first.ok) return first;
  const here = join(process.cwd(), 'config.json');
  const next = (isPath(use) ? [here] : [here, fileURLToPath(import.meta.url)]).map((from) => locate(use, from));
  return next.find(({ ok }) => ok) ?? first;
}

function notFound(use: string, folder: string, error: NodeJS.ErrnoException): string {
  if (isPath(use)) return `${JSON.stringify(use)} is not there (looked for ${resolve(folder, use)})`;
  const name = packageName(use);
  if (name === undefined)
    return `${JSON.stringify(use)} is neither a package nor a path that starts with "./", "../" or "/"`;
  const installed = installedIn(name, folder);
  if (error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') {
    return `"${use}" (${installed ?? name}) cannot be resolved; add a "default" condition to the "exports" of its package.json`;
  }
  if (installed !== undefined) {
    return `"${use}" (${installed}) is installed, but the file that its package.json names is not there`;
  }
  if (existsSync(resolve(folder, use))) return `"${use}" is read as a package; for the file write "./${use}"`;
  return `the package "${name}" is not installed; run "npm install ${name}" in ${folder}, or in a folder above it`;
}

function isPath(use: string): boolean {
  return /^\.{0,2}[\\/]/.test(use) || use === '.' || use === '..' || isAbsolute(use);
}

/** `@scope/name` of `@scope/name/sub/path`; undefined when no package can be called so. */
function packageName(use: string): string | undefined {
  return /^(?:@[\w.~-]+\/)?[\w~-][\w.~-]*(?=\/|$)/.exec(use)?.[0];
}

function installedIn(name: string, folder: string): string | undefined {
  const folders = createRequire(join(folder, 'config.json')).resolve.paths(name) ?? [];
  return folders.map((parent) => join(parent, name)).find((path) => existsSync(path));
}

/** Why a module that is there could not be imported. */
export function notLoaded(error: unknown): string {
  if (!(error instanceof Error)) return `cannot be loaded: it threw ${String(error)}`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && String(error).includes('".ts"')) {
    return `is TypeScript, which needs Node.js 22.18 or later (this is ${process.version}); compile it to JavaScript`;
  }
  if (code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING') {
    return 'is TypeScript inside a package, which Node.js does not run; the package must ship JavaScript';
  }
  const [line] = error.message.split('\n');
  const place = /(?:^|\()(?:file:\/\/)?(\/\S+:\d+(?::\d+)?)\)?$/m.exec(error.stack?.replace(/^ +at /gm, '') ?? '')?.[1];
  return `cannot be loaded: ${error.name}: ${line}${place === undefined ? '' : ` (${place})`}`;
}
