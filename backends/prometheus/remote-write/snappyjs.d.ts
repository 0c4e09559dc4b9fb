/** The package has no types of its own. Both make a new array. */
declare module 'snappyjs' {
  export function compress(bytes: Uint8Array): Uint8Array;
  /** Throws where it is no snappy block, or has more than `maxLength` bytes. */
  export function uncompress(bytes: Uint8Array, maxLength?: number): Uint8Array;
}
