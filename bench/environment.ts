import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';

/** The root of the package, seen from dist/bench. */
export const packageRoot = new URL('../../', import.meta.url);

/** Where the figures come from, in one line. */
export function environmentLine(): string {
  const cores = cpus();
  const model = cores[0]?.model.trim() ?? 'unknown CPU';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const programs = `Node ${process.versions.node}, statsdrain ${versionOf('package.json')}, statsd ${statsdVersion()}`;
  return `${type()} ${release()} ${arch()}, ${model}, ${cores.length} cores, ${memory}; ${programs}`;
}

export function statsdVersion(): string {
  return versionOf('node_modules/statsd/package.json');
}

function versionOf(file: string): string {
  const { version } = JSON.parse(readFileSync(new URL(file, packageRoot), 'utf8')) as { version: string };
  return version;
}
