/**
 * What crosses the socket of a takeover. The running server, as soon as another process of its user has connected, sends one message:
 * the length of a {@link Manifest} (4 bytes, little-endian) and that, as JSON, and with it the descriptors, in the order of `sockets`. The
 * new one may go away up to here. When it is ready it sends {@link TAKE}: the running server reads no more and answers {@link FREE}, and
 * {@link DONE} when all of its own is written. One that cannot be had says so in a manifest with a `refusal`, and to those who have had
 * theirs, but were slower than another one, with {@link TAKEN}.
 */
export interface Manifest {
  /** Of these messages. */
  readonly protocol: number;
  readonly pid: number;
  /** Why nothing is handed over. */
  readonly refusal?: string;
  readonly sockets: readonly PassedSocket[];
}

export interface PassedSocket {
  /** Of its front-end. */
  readonly name: string;
  /** A service manager keeps it. */
  readonly kept: boolean;
  /** Where clients find a Unix socket, which may have been bound under another name. */
  readonly path?: string;
}

export const PROTOCOL = 1;
export const TAKE = 'take\n';
export const FREE = 'free\n';
export const DONE = 'done\n';
export const TAKEN = 'taken\n';
/** Bytes of a manifest: of 253 sockets with long names. */
export const LONGEST_MANIFEST = 128 * 1024;
