import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Config } from '../config/load.ts';
import type { Address } from '../kit/listener.ts';
import { canListen } from '../kit/reach.ts';

/** TCP addresses on which something of a configuration is to listen, with what it is: `back-end "live"`. */
function addressesOf({ frontends, backends, settings: { admin } }: Config): readonly (readonly [string, Address])[] {
  const of = (kind: string, plugins: Config['frontends'] | Config['backends']) =>
    plugins.flatMap(({ name, plugin, config }) =>
      (plugin.listens?.(config) ?? []).flatMap((address) =>
        address.transport === 'tcp' ? [[`${kind} "${name}"`, address] as const] : [],
      ),
    );
  const own = admin === undefined ? [] : [['admin', admin] as const];
  return [...of('front-end', frontends), ...of('back-end', backends), ...own];
}

/**
 * Rejects where a process that is to take the place of `predecessor` could not listen: it would end when the other one has ended already. What the
 * predecessor holds itself is free in time.
 */
export async function expectFree(config: Config, predecessor: number): Promise<void> {
  for (const [what, address] of addressesOf(config)) {
    try {
      await canListen('tcp', address);
    } catch (error) {
      const { message, cause } = error as Error;
      if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE' && mayHold(predecessor, address.port)) continue;
      throw new Error(`cannot take over from process ${predecessor}, which goes on: ${what}: ${message}`);
    }
  }
}

/** Whether a process listens on a port of TCP, on any address. True where that cannot be known. */
function mayHold(pid: number, port: number): boolean {
  try {
    const sockets = new Set(
      ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listening(readFileSync(file, 'utf8'), port)),
    );
    const folder = `/proc/${pid}/fd`;
    return sockets.size === 0 || readdirSync(folder).some((fd) => sockets.has(readlinkSync(`${folder}/${fd}`)));
  } catch {
    return true;
  }
}

/** As `/proc/<pid>/fd` calls them. In a row: number, own address, the other one, state, queues, timer, retransmissions, user, timeout, inode. */
function listening(table: string, port: number): readonly string[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((row) => {
    const [, own = '', , state, , , , , , inode] = row.trim().split(/\s+/);
    return own.endsWith(end) && state === '0A' ? [`socket:[${inode}]`] : [];
  });
}
