import { readdirSync, readlinkSync } from 'node:fs';
import type { Libc } from '../receive/libc.ts';
import { describeSocket, type OpenSocket } from '../receive/open-socket.ts';

/** A socket of this process that takes traffic. */
export interface OwnSocket extends OpenSocket {
  readonly fd: number;
  /** The same of all descriptors of one socket, in all processes: `socket:[12345]`. */
  readonly id: string;
}

const FOLDER = '/proc/self/fd';

/** Of one descriptor. Undefined where it is no socket. */
export function socketId(fd: number): string | undefined {
  try {
    const target = readlinkSync(`${FOLDER}/${fd}`);
    return target.startsWith('socket:') ? target : undefined;
  } catch {
    return undefined;
  }
}

/** Those that are open now, each once: streams that listen, and datagrams that are bound. */
export function ownSockets(libc: Libc): readonly OwnSocket[] {
  const found = new Map<string, OwnSocket>();
  for (const name of readdirSync(FOLDER)) {
    const fd = Number(name);
    const id = socketId(fd);
    if (id === undefined || found.has(id)) continue;
    const socket = describeSocket(libc, fd);
    if (socket === undefined || (socket.type === 'stream' && !socket.listening)) continue;
    found.set(id, { ...socket, fd, id });
  }
  return [...found.values()];
}
