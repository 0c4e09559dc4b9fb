import { isDeepStrictEqual } from 'node:util';
import type { Config } from './load.ts';
import { originalKeys } from './original/schema.ts';
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

/** Which of the changes take effect only at the next start, and why. */
export function restartNeeded(before: Config, after: Config): string[] {
  const [old, now] = [before, after].map(({ settings }) => settings.statsd?.config ?? {});
  const keys = differing(old ?? {}, now ?? {});
  const reasons: string[] = [];
  if (!isDeepStrictEqual(before.settings.spool, after.settings.spool))
    reasons.push('spool (one process keeps one folder)');
  if (before.settings.takeover !== after.settings.takeover) reasons.push('takeover (sockets are known from the start)');
  if (keys.includes('healthStatus')) reasons.push('healthStatus (the state at the start)');
  const forModules = keys.filter((key) => !originalKeys.has(key) || modulesRead.has(key));
  const kept = after.backends.filter(
    (item) => isModule(item) && before.backends.some(({ block }) => block === item.block),
  );
  if (forModules.length > 0 && kept.length > 0) {
    reasons.push(`${forModules.join(', ')} (modules keep the configuration that they started with)`);
  }
  const servers = before.frontends.filter(
    (item) => isModule(item) && !after.frontends.some(({ block }) => block === item.block),
  );
  if (servers.length > 0)
    reasons.push(`${servers.map(({ name }) => name).join(', ')} (such a server cannot be stopped)`);
  return reasons;
}

/** Keys of the original that modules read too. */
const modulesRead: ReadonlySet<string> = new Set(['debug', 'flushInterval', 'prefixStats']);

/** Written for the original daemon. */
function isModule({ block }: Named): boolean {
  return (JSON.parse(block) as { compat?: unknown }).compat === 'statsd';
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
  /** Of a back-end, which goes on when only this changes. */
  readonly mapping?: unknown;
}

function blocks(list: string, before: readonly Named[], after: readonly Named[]): string[] {
  const old = new Map(before.map((item) => [item.name, item]));
  const now = new Set(after.map(({ name }) => name));
  const changed = after.flatMap(({ name, module, block, mapping }) => {
    const previous = old.get(name);
    if (previous === undefined) return [`${list}.${name} (new)`];
    const isSame = previous.block === block && previous.module === module;
    return isSame && isDeepStrictEqual(previous.mapping, mapping) ? [] : [`${list}.${name}`];
  });
  const removed = before.filter(({ name }) => !now.has(name)).map(({ name }) => `${list}.${name} (removed)`);
  return [...changed, ...removed];
}
