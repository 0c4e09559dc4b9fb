import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));

function sources(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return entries.filter((entry) => entry.endsWith('.ts')).map((entry) => join(folder, entry));
}

interface Import {
  readonly from: string;
  /** From the project's root for a relative import. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const statement = /^(import|export)\s+(type\s+)?[^;]*?from '([^']+)'|^import '([^']+)'/gm;

function importsOf(file: string): Import[] {
  const code = readFileSync(join(root, file), 'utf8');
  return [...code.matchAll(statement)].map((match) => {
    const target = match[3] ?? match[4]!;
    const to = target.startsWith('.') ? relative(root, resolve(root, dirname(file), target)) : target;
    return { from: file, to, typeOnly: match[2] !== undefined };
  });
}

/** The folder of a front-end or back-end: `frontends/http/body.ts` belongs to `frontends/http`. */
const ownFolder = (file: string) => file.split('/').slice(0, 2).join('/');

describe('imports', () => {
  it.each(['frontends', 'backends'])('%s know only the contract, packages and their own folder', (folder) => {
    const foreign = sources(folder)
      .flatMap(importsOf)
      .filter(({ from, to }) => to.endsWith('.ts') && to !== 'src/plugin.ts' && ownFolder(to) !== ownFolder(from));
    expect(foreign).toEqual([]);
  });

  it('the core imports no front-end or back-end but through the registry', () => {
    const direct = sources('src')
      .flatMap(importsOf)
      .filter(({ to }) => /^(frontends|backends)\//.test(to));
    expect(direct).toEqual([]);
  });

  it('the contract needs nothing at run time', () => {
    expect(importsOf('src/plugin.ts').filter(({ typeOnly }) => !typeOnly)).toEqual([]);
  });

  it('there is no cycle', () => {
    const graph = new Map(
      [...sources('src'), ...sources('frontends'), ...sources('backends')].map((file) => [
        file,
        importsOf(file)
          .filter(({ typeOnly }) => !typeOnly)
          .map(({ to }) => to),
      ]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]) => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' > '));
      else if (!done.has(file)) {
        for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
        done.add(file);
      }
    };
    for (const file of graph.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });
});
