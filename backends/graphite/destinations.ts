import { urlOf } from '../../src/kit/listener.ts';
import { reachTcp } from '../../src/kit/reach.ts';
import { type Hashing, isOfCarbonRelay, keyOf, type Node } from './hashing.ts';
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

/** What the configuration says of copies. */
interface Copies {
  readonly hashing?: Hashing | undefined;
  readonly replication: number;
  readonly diverseReplicas?: boolean | undefined;
}

/** Whether the copies of a path go to hosts that differ. */
export function isDiverse(
  nodes: readonly Pick<Node, 'instance'>[],
  { hashing, diverseReplicas }: Pick<Copies, 'hashing' | 'diverseReplicas'>,
): boolean {
  return diverseReplicas ?? (hashing !== undefined && isOfCarbonRelay(hashing, nodes));
}

interface CopiesFault {
  readonly key: 'replication' | 'diverseReplicas';
  readonly message: string;
}

/** What makes copies impossible, or settings of them useless. */
export function replicationFaults(nodes: readonly Node[], copies: Copies): readonly CopiesFault[] {
  const { hashing, replication, diverseReplicas } = copies;
  const faults: CopiesFault[] = [];
  const fault = (key: CopiesFault['key'], message: string) => faults.push({ key, message });
  if (replication === 1) {
    if (diverseReplicas !== undefined)
      fault('diverseReplicas', 'has no meaning without "replication": 2 or more; add that, or remove it');
    return faults;
  }
  if (hashing === undefined) {
    fault('replication', 'has no meaning without "hashing": every destination gets everything; add that, or remove it');
    return faults;
  }
  if (diverseReplicas === true && !isOfCarbonRelay(hashing, nodes)) {
    const mend = hashing === 'fnv1a_ch' ? 'give an "instance" to each destination, or remove it' : 'remove it';
    fault(
      'diverseReplicas',
      `has no meaning with "${hashing}" here, which only carbon-c-relay has: it knows no such thing; ${mend}`,
    );
    return faults;
  }
  // Of a single one `hashing` complains.
  if (nodes.length < 2) return faults;
  if (replication > nodes.length) {
    fault('replication', `must be at most ${nodes.length}, as many as there are destinations`);
    return faults;
  }
  const hosts = new Set(nodes.map(({ host }) => host)).size;
  if (isDiverse(nodes, copies) && replication > hosts) {
    fault(
      'replication',
      `must be at most ${hosts}, as many as the destinations have hosts; or set "diverseReplicas": false to have copies on one host`,
    );
  }
  return faults;
}
