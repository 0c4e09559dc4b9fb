import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { BigIntStats } from 'node:fs';
import { chmod, lstat, rename, stat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import type { InheritedSocket } from '../../src/plugin.ts';
import { abstractError, isAbstract } from './abstract.ts';

/** Bytes of a path that fit the kernel's sockaddr_un with its NUL, unix(7). */
export const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/** Milliseconds between two looks whether a socket file is still there. */
const CHECK_MS = 2000;

export interface SocketFile<Bound> {
  readonly bound: Bound;
  /** Calls `lost` once when the file is gone or another one is in its place, which is looked for every two seconds. */
  watch(lost: (error: Error) => void): void;
  /** Ends the watch, and removes the file, unless another one has taken its place, or it `stays`. */
  remove(stays?: boolean): Promise<void>;
}

/**
 * Lets `bind` make a socket file under a temporary name, and puts it at `path`, in place of a socket file that nobody
 * listens on. `permissions` are mode bits. A name in the abstract namespace has no file: it is bound as it is. Rejects with the reason and the remedy, and
 * then holds nothing open: what was bound is stopped.
 *
 * The temporary name is there because libuv removes the name that it bound when a server closes, even if the file there
 * is by then the socket of another process. It also means that clients see the file only once it has its permissions.
 */
export async function placeSocket<Bound extends { stop(): Promise<void> }>(
  path: string,
  permissions: number,
  bind: (temporary: string) => Promise<Bound>,
): Promise<SocketFile<Bound>> {
  if (isAbstract(path)) return placeAbstract(path, bind);
  await checkFree(path);
  const temporary = temporaryPath(path);
  let bound: Bound | undefined;
  let own: BigIntStats;
  try {
    bound = await bind(temporary);
    await chmod(temporary, permissions);
    own = await lstat(temporary, { bigint: true });
    await rename(temporary, path);
  } catch (error) {
    await bound?.stop();
    await unlink(temporary).catch(() => undefined);
    throw fileError(error, path);
  }
  return ownFile(path, bound, own);
}

/** The file of a socket that is there already. One that its opener keeps is left alone. */
export async function adoptSocket<Bound>(
  { address, kept }: InheritedSocket,
  bind: (path: string) => Promise<Bound>,
): Promise<SocketFile<Bound>> {
  const path = address.transport === 'unix' ? address.path : '';
  const bound = await bind(path);
  const own = kept || isAbstract(path) ? undefined : await lstatOf(path);
  return own === undefined ? withoutFile(bound) : ownFile(path, bound, own);
}

function withoutFile<Bound>(bound: Bound): SocketFile<Bound> {
  return { bound, watch: () => undefined, remove: async () => undefined };
}

function ownFile<Bound>(path: string, bound: Bound, own: BigIntStats): SocketFile<Bound> {
  let timer: NodeJS.Timeout | undefined;
  const isOwn = (file: BigIntStats | undefined) => file?.ino === own.ino && file.dev === own.dev;
  return {
    bound,
    watch(lost) {
      timer = setInterval(async () => {
        const file = await lstatOf(path).catch(() => undefined);
        if (isOwn(file) || timer === undefined) return;
        clearInterval(timer);
        lost(new Error(`somebody ${file === undefined ? 'removed the socket file' : 'put another file at'} "${path}"`));
      }, CHECK_MS).unref();
    },
    async remove(stays = false) {
      clearInterval(timer);
      timer = undefined;
      if (stays) return;
      const file = await lstatOf(path);
      if (isOwn(file)) await unlink(path);
    },
  };
}

async function placeAbstract<Bound>(path: string, bind: (name: string) => Promise<Bound>): Promise<SocketFile<Bound>> {
  try {
    return withoutFile(await bind(path));
  } catch (error) {
    throw abstractError(error, path);
  }
}

/** Whether the kernel can bind `path` and the temporary name beside it. */
export function fits(path: string): boolean {
  if (isAbstract(path)) return Buffer.byteLength(path) <= MAX_PATH_BYTES;
  return [path, temporaryPath(path)].every((name) => Buffer.byteLength(name) <= MAX_PATH_BYTES);
}

function temporaryPath(path: string): string {
  return join(dirname(path), `.${randomBytes(4).toString('hex')}`);
}

async function checkFree(path: string): Promise<void> {
  let file: BigIntStats | undefined;
  try {
    // libuv reports a missing folder as EACCES when it binds.
    await stat(dirname(path));
    file = await lstatOf(path);
  } catch (error) {
    throw fileError(error, path);
  }
  if (file === undefined) return;
  if (!file.isSocket()) {
    throw new Error(`"${path}" exists and is not a socket; remove it, or set "path" to another file`);
  }
  const code = await connectCode(path);
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return;
  if (code === 'EACCES' || code === 'EPERM') throw fileError({ code }, path);
  throw new Error(`another process listens on "${path}"; stop it, or set "path" to another file`);
}

async function lstatOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Error code of a connection to `path`, `undefined` when it is accepted. */
async function connectCode(path: string): Promise<string | undefined> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  } finally {
    socket.destroy();
  }
}

function fileError(error: unknown, path: string): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error(`cannot listen on "${path}": ${reason(code, path) ?? message}`, { cause: error });
}

function reason(code: string | undefined, path: string): string | undefined {
  const folder = dirname(path);
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `no permission; let the user that runs this process write to the folder "${folder}" and to a socket left there, or set "path" to another folder`;
    case 'EROFS':
      return `the folder "${folder}" is read-only; set "path" to a file in another one`;
    case 'ENOENT':
    case 'ENOTDIR':
      return `"${folder}" is not an existing folder; create it, or set "path" to a file in another one`;
    default:
      return undefined;
  }
}
