import { isDeepStrictEqual } from 'node:util';
import type { Config } from './load.ts';
import type { Settings } from './settings.ts';

/** What differs between two configurations: `flushInterval`, `frontends.udp (new)`, `backends.graphite`, … */
export function changesBetween(before: Config, after: Config): string[] {
  if (before.original !== undefined && after.original !== undefined) {
    return differing(before.original.values, after.original.values);
  }
  return [
    ...differing(before.settings, after.settings).map((key) => written.get(key) ?? key),
    ...blocks('frontends', before.frontends, after.frontends),
    ...blocks('backends', before.backends, after.backends),
  ];
}

const written: ReadonlyMap<string, string> = new Map<keyof Settings, string>([
  ['flushIntervalMs', 'flushInterval'],
  ['shutdownTimeoutMs', 'shutdownTimeout'],
]);

function differing(before: object, after: object): string[] {
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...old.keys(), ...now.keys()])].filter((key) => !isDeepStrictEqual(old.get(key), now.get(key)));
}

interface Named {
  readonly name: string;
  readonly module: string;
  readonly block: string;
}

function blocks(list: string, before: readonly Named[], after: readonly Named[]): string[] {
  const old = new Map(before.map((item) => [item.name, item]));
  const now = new Set(after.map(({ name }) => name));
  const changed = after.flatMap(({ name, module, block }) => {
    const previous = old.get(name);
    if (previous === undefined) return [`${list}.${name} (new)`];
    return previous.block === block && previous.module === module ? [] : [`${list}.${name}`];
  });
  const removed = before.filter(({ name }) => !now.has(name)).map(({ name }) => `${list}.${name} (removed)`);
  return [...changed, ...removed];
}
