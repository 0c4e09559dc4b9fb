import { once } from 'node:events';
import { chmodSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { messageOf } from '../kit/error-text.ts';
import type { Logger } from '../plugin.ts';
import type { Libc } from '../receive/libc.ts';
import { MOST_DESCRIPTORS, sendDescriptors } from '../receive/pass-descriptors.ts';
import {
  DONE,
  FREE,
  LONGEST_MANIFEST,
  type Manifest,
  type PassedSocket,
  PROTOCOL,
  TAKE,
  TAKEN,
} from './takeover-messages.ts';

/** A socket of a front-end, and what the other process is told of it. */
export type Passed = PassedSocket & { readonly fd: number };

/** The running server's side of a takeover. */
export interface TakeoverOffer {
  /** Resolves when another process has taken the sockets: this one is to end. */
  readonly taken: Promise<{ readonly pid: number }>;
  /** Nothing of this process reads the sockets any more. */
  free(): void;
  /** Everything of this process is written: the other one may send. Closes the offer, too. */
  done(): Promise<void>;
}

export interface TakeoverOfferOptions {
  /** Of the socket on which others ask. It is theirs only who are the same user, or root. */
  readonly path: string;
  readonly libc: Libc;
  readonly log: Logger;
  /** The sockets of all front-ends, now. */
  sockets(): readonly Passed[];
}

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const OWNER_ONLY = 0o600;

/** Rejects when it cannot listen. */
export async function offerTakeover({ path, libc, log, sockets }: TakeoverOfferOptions): Promise<TakeoverOffer> {
  let taker: Socket | undefined;
  const connected = new Set<Socket>();
  let settle: (who: { readonly pid: number }) => void = () => undefined;
  const taken = new Promise<{ readonly pid: number }>((resolve) => {
    settle = resolve;
  });

  function offer(socket: Socket): void {
    connected.add(socket);
    socket.on('error', () => undefined).on('close', () => connected.delete(socket));
    const fd = descriptorOf(socket);
    const peer = fd === undefined ? undefined : peerOf(libc, fd);
    if (fd === undefined || peer === undefined || (peer.uid !== process.getuid?.() && peer.uid !== 0)) {
      log.warn(`refused a takeover: only the user of this process, or root, may ask`, { uid: String(peer?.uid) });
      socket.destroy();
      return;
    }
    const all = sockets();
    const refusal = refusalOf(taker, all);
    const passed = refusal === undefined ? all : [];
    const manifest: Manifest = {
      protocol: PROTOCOL,
      pid: process.pid,
      ...(refusal === undefined ? {} : { refusal }),
      sockets: passed.map(({ fd: _, ...told }) => told),
    };
    try {
      sendDescriptors(
        libc,
        fd,
        framed(manifest),
        passed.map((one) => one.fd),
      );
    } catch (error) {
      log.warn(`could not hand over to process ${peer.pid}: ${messageOf(error)}`);
      socket.destroy();
      return;
    }
    socket.on('data', (chunk) => {
      if (chunk.toString() !== TAKE || refusal !== undefined) return void socket.destroy();
      if (taker !== undefined) return void socket.end(TAKEN);
      taker = socket;
      // They have the same descriptors, and two who read one socket would have half of its lines each.
      for (const other of connected) if (other !== socket) other.end(TAKEN);
      settle({ pid: peer.pid });
    });
  }

  await makeRoom(path);
  const server = createServer(offer);
  const before = process.umask(0o777 & ~OWNER_ONLY);
  try {
    server.listen({ path, exclusive: true });
  } finally {
    process.umask(before);
  }
  await once(server, 'listening');
  chmodSync(path, OWNER_ONLY);
  server.on('error', (error) => log.warn(`cannot accept takeovers: ${error.message}`));
  server.unref();

  return {
    taken,
    free: () => void taker?.write(FREE),
    async done() {
      // Its file goes with it, before the other process makes its own.
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        // Whoever connected and neither takes nor goes away is not waited for.
        for (const other of connected) if (other !== taker) other.destroy();
        taker?.end(DONE, () => taker?.destroy());
      });
    },
  };
}

function refusalOf(taker: Socket | undefined, all: readonly Passed[]): string | undefined {
  if (taker !== undefined) return 'another process is taking over';
  if (all.length > MOST_DESCRIPTORS) return `it has ${all.length} sockets, and can hand over ${MOST_DESCRIPTORS}`;
  return undefined;
}

function framed(manifest: Manifest): Uint8Array {
  const text = Buffer.from(JSON.stringify(manifest));
  if (text.length > LONGEST_MANIFEST) throw new Error(`the names of its sockets take ${text.length} bytes`);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text]);
}

/** Node shows it to nobody else: descriptors go with a call that it does not have. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } };
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined;
}

/** A `struct ucred`. */
function peerOf(libc: Libc, fd: number): { readonly pid: number; readonly uid: number } | undefined {
  const credentials = new Uint8Array(12);
  if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, Uint32Array.of(12)) < 0) return undefined;
  const view = new DataView(credentials.buffer);
  return { pid: view.getInt32(0, true), uid: view.getUint32(4, true) };
}

/** Removes a socket that a process left behind when it was killed. */
async function makeRoom(path: string): Promise<void> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') unlinkSync(path);
    return;
  } finally {
    socket.destroy();
  }
  throw new Error(`another process listens on "${path}"; stop it, or set "takeover" to another path`);
}
