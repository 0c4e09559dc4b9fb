import type { StatsdContext } from '../../src/plugin.ts';

/** The original has one object for everything, which modules write to and read each other's keys from. */
const shared: Record<string, unknown> = {};

/** The configuration that `init` is given: that of the original daemon with the keys of one module's block. */
export function sharedConfig(statsd: StatsdContext, own: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const keys = { prefixStats: statsd.prefixStats, ...statsd.config, ...own, flushInterval: statsd.flushIntervalMs };
  for (const [key, value] of Object.entries(keys)) {
    Object.defineProperty(shared, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return shared;
}

/** Old daemons leaked their variable `prefixStats` to all modules, and some (statsd-http-backend) still read it. */
export function leakPrefixStats({ prefixStats }: StatsdContext): void {
  Object.assign(globalThis, { prefixStats });
}
