import { hash } from 'node:crypto';

/**
 * How a path finds the node that stores it, or the nodes. `carbon_ch`: carbon-relay's default, of MD5, host and instance. `fnv1a_ch`: FNV-1a, of the
 * instance alone. `jump_fnv1a_ch`: carbon-c-relay's jump hash, of nothing but the order of the nodes.
 */
export const hashings = ['carbon_ch', 'fnv1a_ch', 'jump_fnv1a_ch'] as const;
export type Hashing = (typeof hashings)[number];

export interface Node {
  readonly host: string;
  readonly port: number;
  readonly instance?: string | undefined;
}

/** The indices of the nodes that a path goes to, its tags included as they are sent: one or more, each once. */
export type Placement = (path: string) => readonly number[];

export interface Replication {
  /** How many nodes each path goes to. No more than there are, or with `diverse` no more than there are hosts. */
  readonly count: number;
  /** Whether their hosts differ too. Only for hashes of carbon-relay ({@link isOfCarbonRelay}). */
  readonly diverse: boolean;
}

/** Points of each node on the ring, as in carbon. */
const REPLICAS = 100;

/** A path hashes to a position below this. */
const POSITIONS = 65_536;

const ONE: Replication = { count: 1, diverse: false };

/** `nodes`: two or more, in the order of the configuration, each with a {@link keyOf} of its own. */
export function placement(hashing: Hashing, nodes: readonly Node[], replication: Replication = ONE): Placement {
  switch (hashing) {
    case 'carbon_ch':
    case 'fnv1a_ch':
      return onRing(hashing, nodes, replication);
    case 'jump_fnv1a_ch': {
      const order = jumpOrder(nodes);
      return (path) => jumps(fnv1a64(path), order, replication.count);
    }
    default:
      return hashing satisfies never;
  }
}

/** Whether carbon-relay has this hash; it knows `fnv1a_ch` only with instances. The others are of carbon-c-relay alone. */
export function isOfCarbonRelay(hashing: Hashing, nodes: readonly Pick<Node, 'instance'>[]): boolean {
  if (hashing === 'fnv1a_ch') return nodes.every(({ instance }) => instance !== undefined);
  return hashing === 'carbon_ch';
}

/** What a hash knows of a node: two with the same key cannot be told apart. */
export function keyOf(hashing: Hashing, { host, port, instance }: Node): string {
  // As Python prints the pair.
  if (hashing === 'carbon_ch') return `('${host}', ${instance === undefined ? 'None' : `'${instance}'`})`;
  return instance ?? `${host}:${port}`;
}

interface Point {
  readonly at: number;
  readonly node: number;
}

function onRing(hashing: 'carbon_ch' | 'fnv1a_ch', nodes: readonly Node[], replication: Replication): Placement {
  const carbon = hashing === 'carbon_ch';
  const position = carbon ? md5Position : fnv1aPosition;
  // Of two points at one place that of the lower address counts in carbon-c-relay, whereas in carbon-relay the later one moves up.
  const moving = isOfCarbonRelay(hashing, nodes);
  const order = [...nodes.keys()];
  if (!moving) order.sort((a, b) => byAddress(nodes[a]!, nodes[b]!));

  const taken = new Set<number>();
  const points: Point[] = [];
  for (const node of order) {
    const key = keyOf(hashing, nodes[node]!);
    for (let replica = 0; replica < REPLICAS; replica++) {
      let at = position(carbon ? `${key}:${replica}` : `${replica}-${key}`);
      while (moving && taken.has(at)) at++;
      if (taken.has(at)) continue;
      taken.add(at);
      points.push({ at, node });
    }
  }
  points.sort((a, b) => a.at - b.at);
  // carbon-relay does not look at the last one.
  const steps = moving ? points.length - 1 : points.length;
  const found = points.map((_, from) => nodesFrom(from, steps, points, nodes, replication));
  const table = tableOf(points);
  return (path) => found[table[position(path)]!]!;
}

/** Of the points from the one at `from` on. */
function nodesFrom(
  from: number,
  steps: number,
  points: readonly Point[],
  nodes: readonly Node[],
  { count, diverse }: Replication,
): readonly number[] {
  const found: number[] = [];
  const hosts = new Set<string>();
  for (let step = 0; step < steps && found.length < count; step++) {
    const { node } = points[(from + step) % points.length]!;
    const { host } = nodes[node]!;
    if (diverse ? hosts.has(host) : found.includes(node)) continue;
    hosts.add(host);
    found.push(node);
  }
  return found;
}

/** For each position the first point at or above it; above the last point the first one. */
function tableOf(points: readonly Point[]): Uint32Array {
  const table = new Uint32Array(POSITIONS);
  let next = 0;
  for (let at = 0; at < POSITIONS; at++) {
    while (next < points.length && points[next]!.at < at) next++;
    table[at] = next % points.length;
  }
  return table;
}

function byAddress(a: Node, b: Node): number {
  return Buffer.compare(Buffer.from(a.host), Buffer.from(b.host)) || a.port - b.port;
}

function md5Position(text: string): number {
  // A string of hexadecimal digits takes 0.5 µs, the bytes 1.3 µs.
  return Number.parseInt(hash('md5', text, 'hex').slice(0, 4), 16);
}

function fnv1aPosition(text: string): number {
  let sum = 0x811c9dc5;
  for (const byte of Buffer.from(text)) sum = Math.imul(sum ^ byte, 0x01000193);
  return ((sum >>> 16) ^ sum) & 0xffff;
}

/** FNV-1a of 64 bits, in two halves: 2.2 µs for a path, with a bigint 4.3 µs. */
function fnv1a64(text: string): bigint {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const byte of Buffer.from(text)) {
    low = (low ^ byte) >>> 0;
    // Times 2^40 + 0x1b3.
    const product = low * 0x1b3;
    high = (high * 0x1b3 + Math.floor(product / 2 ** 32) + ((low << 8) >>> 0)) % 2 ** 32;
    low = product % 2 ** 32;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm" (arXiv 1406.2294). */
function jump(start: bigint, buckets: number): number {
  let key = start;
  let bucket = 0;
  for (let next = 0; next < buckets; ) {
    bucket = next;
    key = BigInt.asUintN(64, key * 2862933555777941757n + 1n);
    next = Math.floor((bucket + 1) * (2 ** 31 / (Number(key >> 33n) + 1)));
  }
  return bucket;
}

/** As carbon-c-relay: each further node by another hash, among those that are left. */
function jumps(start: bigint, order: readonly number[], count: number): readonly number[] {
  if (count === 1) return [order[jump(start, order.length)]!];
  const left = [...order];
  const found: number[] = [];
  for (let key = start; found.length < count; key = shuffled(key)) {
    const at = jump(key, left.length);
    found.push(left[at]!);
    left[at] = left[left.length - 1]!;
    left.pop();
  }
  return found;
}

/** One step of xorshift64*. */
function shuffled(key: bigint): bigint {
  let next = key;
  next ^= next >> 12n;
  next ^= BigInt.asUintN(64, next << 25n);
  next ^= next >> 27n;
  return BigInt.asUintN(64, next * 2685821657736338717n);
}

/** By instance: by number where all are numbers, else byte by byte. As given where there are none. */
function jumpOrder(nodes: readonly Node[]): readonly number[] {
  const instances = nodes.map(({ instance = '' }) => instance);
  const numbers = instances.every((instance) => /^\d+$/.test(instance));
  return [...nodes.keys()].sort((a, b) => {
    const [one, other] = [instances[a]!, instances[b]!];
    return numbers ? Number(one) - Number(other) : Buffer.compare(Buffer.from(one), Buffer.from(other));
  });
}
