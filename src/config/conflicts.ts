import { isIPv6 } from 'node:net';
import { urlOf } from '../kit/listener.ts';
import type { ListenAddress } from '../plugin.ts';
import { type ConfigPath, formatPath, type Problem } from './problem.ts';

/** What will listen, and the block that says so. */
export interface Listens {
  readonly path: ConfigPath;
  readonly address: ListenAddress;
}

/** A problem for each that cannot listen because an earlier one has its address. */
export function conflicts(all: readonly Listens[]): Problem[] {
  return all.flatMap(({ path, address }, index): Problem[] => {
    const owner = all.slice(0, index).find((other) => collide(other.address, address));
    if (owner === undefined) return [];
    const taken = `${shown(address)} is taken: ${formatPath(owner.path)} listens on ${shown(owner.address)}`;
    const key = address.transport === 'unix' ? 'path' : 'port';
    return [{ path: [...path, key], text: `${taken}; set "${key}" to another one` }];
  });
}

function shown(address: ListenAddress): string {
  return address.transport === 'unix' ? `"${address.path}"` : urlOf(address.transport, address);
}

function collide(a: ListenAddress, b: ListenAddress): boolean {
  if (a.transport === 'unix' || b.transport === 'unix') {
    return a.transport === 'unix' && b.transport === 'unix' && a.path === b.path;
  }
  if (a.transport !== b.transport || a.port !== b.port || a.port === 0) return false;
  const [one, two] = [canonical(a.host), canonical(b.host)];
  return one === two || covers(a, two) || covers(b, one);
}

/** Whether `all` is every address of a family that `host` is of; `::` is every one of both, unless told otherwise. */
function covers({ host, ipv6Only }: Extract<ListenAddress, { host: string }>, other: string): boolean {
  if (host === '0.0.0.0') return !isIPv6(other);
  return host === '::' && (isIPv6(other) || ipv6Only !== true);
}

function canonical(host: string): string {
  const name = host.toLowerCase();
  return name === 'localhost' ? '127.0.0.1' : name;
}
