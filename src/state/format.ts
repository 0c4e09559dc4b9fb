/**
 * A file of state: {@link MAGIC}, the version, whether it was written at an orderly stop, pieces of bytes with their lengths before them
 * (32 bits, little-endian), {@link END}, and the SHA-256 of all of it. The first piece is the head.
 */
export const MAGIC = Buffer.from('SDRSTATE');
export const VERSION = 1;

/** Where the mark of an orderly stop is. It is changed in place, by one write of one byte, so no hash is of it. */
export const MARK_AT = MAGIC.length + 1;
/** Bytes before the first piece. */
export const PIECES_AT = MARK_AT + 1;

/** Values of the mark: no broken bit makes the one of the other. */
export const ORDERLY = 0xff;
export const RUNNING = 0x00;

/** In place of the length of a piece: there are no more. */
export const END = 0xffff_ffff;

export const HASH = 'sha256';
export const HASH_BYTES = 32;
