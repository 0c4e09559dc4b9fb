import { urlOf } from '../../src/kit/listener.ts';
import { reachTcp } from '../../src/kit/reach.ts';
import { type Hashing, keyOf, type Node } from './hashing.ts';
import type { Protocol } from './pack.ts';

export const PORTS: Readonly<Record<Protocol, number>> = { text: 2003, pickle: 2004 };

/** The lane of the only destination: it keeps its name when the address changes, and so what waits for it. */
const LANE = 'carbon';

/** What the configuration says. */
interface Given {
  readonly host: string;
  readonly port: number;
  /** Instead of `host` and `port`. */
  readonly destinations: readonly Node[] | undefined;
}

/** One or more. */
export function destinationsOf({ host, port, destinations }: Given): readonly Node[] {
  return destinations ?? [{ host, port }];
}

/** The names of their lanes: of several `host:port`, so that what waits for one stays with it. */
export function lanesOf(nodes: readonly Node[]): readonly string[] {
  return nodes.length === 1 ? [LANE] : nodes.map((node) => urlOf('tcp', node).slice('tcp://'.length));
}

/** As `reachTcp`, of all destinations at once. Rejects with what is wrong with each that cannot be reached. */
export async function reachAll(nodes: readonly Node[], signal: AbortSignal): Promise<string> {
  const found = await Promise.allSettled(nodes.map(({ host, port }) => reachTcp({ host, port }, signal)));
  const faults = found.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : []));
  if (faults.length > 0) throw new Error(faults.join('; '));
  return found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])).join(', ');
}

/** A destination as it is written. */
interface GivenNode {
  readonly host: string;
  readonly port?: number | undefined;
  readonly instance?: string | undefined;
}

export function withPort({ host, port, instance }: GivenNode, protocol: Protocol): Node {
  return { host, port: port ?? PORTS[protocol], ...(instance === undefined ? {} : { instance }) };
}

interface Fault {
  /** Of the destination. */
  readonly index: number;
  readonly key: keyof Node;
  readonly message: string;
}

/** What makes destinations useless together. */
export function faultsOf(nodes: readonly Node[], hashing: Hashing | undefined): readonly Fault[] {
  const faults: Fault[] = [];
  const addresses = new Map<string, number>();
  const keys = new Map<string, number>();
  const named = nodes.filter(({ instance }) => instance !== undefined).length;
  for (const [index, node] of nodes.entries()) {
    const { host, port, instance } = node;
    const fault = (key: keyof Node, message: string) => faults.push({ index, key, message });
    const address = `${host}:${port}`;
    const twin = addresses.get(address);
    addresses.set(address, index);
    if (twin !== undefined) {
      fault('port', `is that of "destinations[${twin}]" too, on the same host; each destination is named once`);
      continue;
    }
    if (hashing === undefined) {
      if (instance !== undefined) fault('instance', 'has no meaning without "hashing"; add that, or remove it');
      continue;
    }
    if (hashing === 'jump_fnv1a_ch' && instance === undefined && named > 0) {
      fault('instance', 'is missing: "jump_fnv1a_ch" orders nodes by it; give one to all destinations, or to none');
    }
    const same = keys.get(keyOf(hashing, node));
    keys.set(keyOf(hashing, node), index);
    if (same === undefined) continue;
    const what = hashing === 'carbon_ch' ? 'host and instance' : 'instance';
    fault('instance', `must differ: "${hashing}" tells nodes by ${what}, and "destinations[${same}]" has the same`);
  }
  return faults;
}
