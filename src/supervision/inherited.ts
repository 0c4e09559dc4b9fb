import { closeSync } from 'node:fs';
import type { InheritedSocket, ListenAddress, SocketType } from '../plugin.ts';
import type { OpenSocket } from '../receive/open-socket.ts';
import { socketId } from './own-sockets.ts';

/** One of the sockets that the process was started with, or was handed over by another one. */
export interface Heirloom extends Omit<OpenSocket, 'listening'> {
  readonly fd: number;
  /** What its opener calls it: a front-end, at best. */
  readonly name: string;
  /** Its opener keeps it open, and means its name. One that nobody keeps is given away for good. */
  readonly kept: boolean;
}

/** The sockets that the process has inherited, and who has which. */
export interface Inheritance {
  /** See `FrontendContext.inherited`. `owner` is the name of who asks. */
  take(owner: string, type: SocketType, address: ListenAddress): InheritedSocket | undefined;
  /** The owner has stopped: what is kept may be taken again. */
  release(owner: string): void;
  /** Who has the socket of this {@link socketId}. */
  ownerOf(id: string): { readonly owner: string; readonly kept: boolean } | undefined;
  /** Those that nobody has, each as the log calls it. */
  left(): readonly string[];
  /** Closes what nobody has and nobody keeps. */
  close(): void;
}

export const nothingInherited: Inheritance = {
  take: () => undefined,
  release: () => undefined,
  ownerOf: () => undefined,
  left: () => [],
  close: () => undefined,
};

/** `copy` gives another descriptor of the same socket: what is kept outlives those who read it. */
export function createInheritance(heirlooms: readonly Heirloom[], copy: (fd: number) => number): Inheritance {
  const owners = new Map<Heirloom, string>();
  const gone = new Set<Heirloom>();
  /** By the id of a socket. */
  const taken = new Map<string, { readonly owner: string; readonly kept: boolean }>();

  function find(owner: string, type: SocketType, address: ListenAddress): readonly Heirloom[] {
    const free = heirlooms.filter(
      (one) => !gone.has(one) && !owners.has(one) && one.type === type && one.address.transport === address.transport,
    );
    const equal = free.filter((one) => isSame(one.address, address, one.name === owner));
    const named = (all: readonly Heirloom[]) => all.filter(({ name }) => name === owner);
    // A server on several addresses has one socket with its name for each. Only who opens sockets for others knows why it names them.
    const found = [named(equal), named(free.filter(({ kept }) => kept)), equal].find(({ length }) => length > 0) ?? [];
    const [first] = found;
    if (first === undefined) return [];
    return type === 'stream' ? [first] : found.filter((one) => isSame(one.address, first.address, false));
  }

  return {
    take(owner, type, address) {
      const found = find(owner, type, address);
      const [first, ...rest] = found;
      if (first === undefined) return undefined;
      for (const one of found) {
        if (one.kept) owners.set(one, owner);
        else gone.add(one);
        const id = socketId(one.fd);
        if (id !== undefined) taken.set(id, { owner, kept: one.kept });
      }
      const fdOf = ({ fd, kept }: Heirloom) => (kept ? copy(fd) : fd);
      return { fds: [fdOf(first), ...rest.map(fdOf)], address: first.address, kept: first.kept };
    },
    release(owner) {
      for (const [one, who] of owners) if (who === owner) owners.delete(one);
    },
    ownerOf: (id) => taken.get(id),
    left: () => [...new Set(heirlooms.filter((one) => !owners.has(one) && !gone.has(one)).map(shown))],
    close() {
      for (const one of heirlooms) {
        if (one.kept || gone.has(one)) continue;
        gone.add(one);
        closeSync(one.fd);
      }
    },
  };
}

/** As an operator may have written it. Port 0 is any, to the front-end that had one. */
function isSame(inherited: ListenAddress, wanted: ListenAddress, own: boolean): boolean {
  if (inherited.transport === 'unix' || wanted.transport === 'unix') {
    return inherited.transport === 'unix' && wanted.transport === 'unix' && inherited.path === wanted.path;
  }
  if (inherited.transport !== wanted.transport) return false;
  if (inherited.port !== wanted.port && !(own && wanted.port === 0)) return false;
  const host = canonical(wanted.host);
  if (inherited.host === host) return true;
  // A port alone, in a unit of systemd, is this address of both families.
  return inherited.host === '::' && inherited.ipv6Only !== true && host === '0.0.0.0';
}

function canonical(host: string): string {
  const name = host.toLowerCase();
  if (name === 'localhost') return '127.0.0.1';
  if (!name.includes(':') || !URL.canParse(`http://[${name}]`)) return name;
  return new URL(`http://[${name}]`).hostname.slice(1, -1);
}

function shown({ name, address, type }: Heirloom): string {
  if (address.transport === 'unix') return `"${name}" (${type} socket "${address.path}")`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `"${name}" (${address.transport}://${host}:${address.port})`;
}
