import type { Libc } from '../receive/libc.ts';
import type { Inheritance } from './inherited.ts';
import { type OwnSocket, ownSockets } from './own-sockets.ts';

/** Which socket of the process is whose: nobody else knows it of receive threads, and of plugins that open sockets themselves. */
export interface SocketOwners {
  /** Sockets that are there once `start` has resolved, and were not before, are the owner's. */
  during<T>(owner: string, start: () => Promise<T>): Promise<T>;
  /** Those that are open now, with their owners. */
  all(): readonly (OwnSocket & { readonly owner: string; readonly kept: boolean })[];
}

export const noOwners: SocketOwners = { during: (_owner, start) => start(), all: () => [] };

export function createSocketOwners(libc: Libc, inheritance: Inheritance): SocketOwners {
  const owners = new Map<string, string>();

  return {
    async during(owner, start) {
      const before = new Set(ownSockets(libc).map(({ id }) => id));
      const result = await start();
      for (const { id } of ownSockets(libc)) if (!before.has(id)) owners.set(id, owner);
      return result;
    },
    all() {
      const open = ownSockets(libc);
      const ids = new Set(open.map(({ id }) => id));
      for (const id of owners.keys()) if (!ids.has(id)) owners.delete(id);
      return open.flatMap((socket) => {
        const { owner = owners.get(socket.id), kept = false } = inheritance.ownerOf(socket.id) ?? {};
        return owner === undefined ? [] : [{ ...socket, owner, kept }];
      });
    },
  };
}
