import { type ConfigPath, valueAt } from '../problem.ts';
import type { Draft } from './draft.ts';
import { createNamer } from './names.ts';
import type { Original } from './schema.ts';

type Server = Pick<Original, 'server' | 'address' | 'address_ipv6' | 'port' | 'socket' | 'socket_mod'>;

/** Where one server's keys stand, and its block in the native configuration. */
interface Place {
  readonly values: object;
  readonly draft: Draft;
  readonly from: ConfigPath;
  readonly to: ConfigPath;
  readonly name: (preferred: string) => string;
}

/**
 * `servers`, or the one server of the top-level keys, to front-ends of the dialect `statsd`. `values`: the whole original
 * configuration.
 */
export function mapServers(original: Original, values: object, draft: Draft): void {
  const name = createNamer();
  const list = original.servers ?? [original];
  for (const [index, server] of list.entries()) {
    const from = original.servers === undefined ? [] : ['servers', index];
    mapServer(server, { values, draft, from, to: ['frontends', index], name });
  }
  if (original.servers !== undefined) noteIgnored(original, draft);
}

function mapServer(server: Server, place: Place): void {
  const module = server.server ?? './servers/udp';
  const builtIn = /^(?:\.\/servers\/)?(udp|tcp)(?:\.js)?$/.exec(module)?.[1];
  if (builtIn === 'udp') mapUdp(server, place);
  else if (builtIn === 'tcp' && server.socket !== undefined) mapUnix(server, place);
  else if (builtIn === 'tcp') mapTcp(server, place);
  else mapModule(module, place);
}

function begin(type: string, { draft, to, from, name }: Place): void {
  draft.set([...to, 'type'], type, [...from, 'server']);
  const own = name(type);
  if (own !== type) draft.set([...to, 'name'], own);
  draft.set([...to, 'dialect'], 'statsd');
}

function mapUdp(server: Server, place: Place): void {
  const { draft, from, to } = place;
  begin('udp', place);
  draft.set([...to, 'host'], server.address ?? (server.address_ipv6 ? '::' : '0.0.0.0'), [...from, 'address']);
  draft.set([...to, 'port'], server.port ?? 8125, [...from, 'port']);
  // One thread: float sums depend on the order of their values.
  draft.set([...to, 'receivers'], 1);
  if (server.address === undefined) draft.note(openToAll);
}

function mapTcp(server: Server, place: Place): void {
  const { draft, from, to } = place;
  begin('tcp', place);
  draft.set([...to, 'host'], server.address ?? '0.0.0.0', [...from, 'address']);
  draft.set([...to, 'port'], server.port ?? 8125, [...from, 'port']);
  draft.set([...to, 'maxConnectionsPerAddress'], 0);
  mapConnections(place);
  if (server.address === undefined) draft.note(openToAll);
  if (server.address === undefined) draft.note('server tcp: listens on IPv4; address "::" takes both families.');
}

function mapUnix(server: Server, place: Place): void {
  const { draft, from, to } = place;
  begin('unix', place);
  draft.set([...to, 'path'], server.socket, [...from, 'socket']);
  draft.set([...to, 'permissions'], server.socket_mod, [...from, 'socket_mod']);
  mapConnections(place);
}

/** The original has no limit, and lets idle clients be. */
function mapConnections({ draft, to }: Place): void {
  draft.set([...to, 'maxConnections'], 10_000);
  draft.set([...to, 'idleTimeout'], 0);
  draft.note('server tcp: at most 10,000 connections ("maxConnections"), and 64 KiB for a line ("limits.lineLength").');
}

/** A server of another package gets its own entry, or else the whole configuration. */
function mapModule(module: string, { values, draft, from, to, name }: Place): void {
  draft.set([...to, 'use'], module, [...from, 'server']);
  draft.set([...to, 'compat'], 'statsd');
  draft.set([...to, 'name'], name(module));
  draft.set([...to, 'dialect'], 'statsd');
  draft.set([...to, 'config'], valueAt(values, from), from);
  draft.note(`server ${module}: is looked up from the folder of this file, then from the working directory.`);
}

const openToAll = 'address: listens on all interfaces, as the original does; set "host" to restrict it.';

function noteIgnored(original: Original, draft: Draft): void {
  for (const key of ['server', 'address', 'address_ipv6', 'port', 'socket', 'socket_mod'] as const) {
    if (original[key] !== undefined) draft.note(`${key}: has no effect beside "servers", as in the original.`);
  }
}
