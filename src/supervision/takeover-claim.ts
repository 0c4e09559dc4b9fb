import { once } from 'node:events';
import { Socket } from 'node:net';
import type { Logger } from '../plugin.ts';
import { AF_UNIX, encodePath } from '../receive/address.ts';
import { errorName, type Libc } from '../receive/libc.ts';
import { closeOnExec, copyDescriptor, describeSocket } from '../receive/open-socket.ts';
import { receiveDescriptors } from '../receive/pass-descriptors.ts';
import { createInheritance, type Heirloom, type Inheritance } from './inherited.ts';
import { DONE, FREE, LONGEST_MANIFEST, type Manifest, PROTOCOL, TAKE, TAKEN } from './takeover-messages.ts';

/** The sockets of a running server, which has not been told yet to end. */
export interface TakeoverClaim {
  readonly pid: number;
  readonly inheritance: Inheritance;
  /** The point of no return: resolves when the running server reads no more, or has ended. Rejects where another process was faster. */
  take(): Promise<void>;
  /** Resolves when it has written all of its own, or has ended. */
  readonly ended: Promise<void>;
}

const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const WAIT_S = 5n;

/** Undefined where nobody listens at `path`. Throws where the running server does not hand over. */
export function claimTakeover(path: string, libc: Libc, log: Logger): TakeoverClaim | undefined {
  const fd = libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new Error(`cannot take over: socket ${errorName(libc.errno())}`);
  const timeout = new Uint8Array(BigInt64Array.of(WAIT_S, 0n).buffer);
  libc.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length);
  const address = encodePath(path);
  if (libc.connect(fd, address, address.length) < 0) {
    const code = errorName(libc.errno());
    libc.close(fd);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    throw new Error(`cannot take over at "${path}": connect ${code}`);
  }
  let manifest: Manifest;
  let descriptors: readonly number[];
  try {
    ({ manifest, descriptors } = readManifest(libc, fd));
    if (manifest.protocol !== PROTOCOL) throw new Error('it is of another version; stop it, and start this one');
    if (manifest.refusal !== undefined) throw new Error(manifest.refusal);
  } catch (error) {
    libc.close(fd);
    throw new Error(`the server that listens at "${path}" does not hand over: ${(error as Error).message}`);
  }
  const heirlooms = manifest.sockets.flatMap(({ name, kept, path: file }, index): Heirloom[] => {
    const own = descriptors[index];
    const socket = own === undefined ? undefined : describeSocket(libc, own);
    if (own === undefined || socket === undefined) {
      log.error(`the socket of front-end "${name}" did not come with the others; it is opened anew`);
      return [];
    }
    closeOnExec(libc, own);
    const at = file === undefined ? socket.address : ({ transport: 'unix', path: file } as const);
    return [{ fd: own, name, type: socket.type, address: at, kept }];
  });
  const connection = new Socket({ fd, readable: true, writable: true });
  connection.on('error', () => undefined);
  let answer = '';
  const ended = once(connection, 'close')
    .catch(() => undefined)
    .then(() => {
      if (answer === FREE + DONE || answer === TAKEN) return;
      log.error(`process ${manifest.pid} ended before all of its own was written: its last window may be lost`);
    });

  return {
    pid: manifest.pid,
    inheritance: createInheritance(heirlooms, (one) => copyDescriptor(libc, one)),
    ended,
    async take() {
      const free = new Promise<void>((resolve) =>
        connection.on('data', (chunk) => {
          answer += chunk;
          if (answer.startsWith(FREE)) resolve();
        }),
      );
      connection.write(TAKE);
      await Promise.race([free, ended]);
      if (answer === TAKEN)
        throw new Error(`cannot take over: another process has taken over from process ${manifest.pid}`);
    },
  };
}

function readManifest(libc: Libc, fd: number) {
  const descriptors: number[] = [];
  let bytes = Buffer.alloc(0);
  let wanted = 4;
  while (bytes.length < wanted) {
    const received = receiveDescriptors(libc, fd, LONGEST_MANIFEST);
    if (received === undefined) throw new Error('it closed the connection; its log says why');
    descriptors.push(...received.descriptors);
    bytes = Buffer.concat([bytes, received.bytes]);
    if (bytes.length >= 4) wanted = 4 + bytes.readUInt32LE();
  }
  return { manifest: JSON.parse(bytes.toString('utf8', 4, wanted)) as Manifest, descriptors };
}
