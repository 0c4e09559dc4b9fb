import type { Scan } from '../records/scan.ts';

/** Entries that may have the same place before a search gives up: whoever finds names that collide does not slow the others down. */
const LONGEST_PROBE = 8;

/**
 * Values by a part of the loaded text. A `Map` takes three times as long, because it needs that part as a string of its own first.
 * Holds at most `capacity` values and starts again when that is reached.
 */
export class ByteMap<Value extends object> {
  readonly #capacity: number;
  /** Those whose places were taken. */
  readonly #others = new Map<string, Value>();
  #keys: (string | undefined)[] = new Array<string | undefined>(16).fill(undefined);
  #values: (Value | undefined)[] = new Array<Value | undefined>(16).fill(undefined);
  #hashes = new Int32Array(16);
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  find({ bytes, text }: Scan, start: number, end: number): Value | undefined {
    const hash = hashOf(bytes, start, end);
    const keys = this.#keys;
    const mask = keys.length - 1;
    for (let probe = 0; probe < LONGEST_PROBE; probe++) {
      const index = (hash + probe) & mask;
      const key = keys[index];
      if (key === undefined) return undefined;
      if (this.#hashes[index] === hash && key.length === end - start && text.startsWith(key, start)) {
        return this.#values[index];
      }
    }
    return this.#others.get(text.slice(start, end));
  }

  /** Keeps a value that `find` did not give. */
  add({ bytes, text }: Scan, start: number, end: number, value: Value): void {
    if (this.#size >= this.#capacity) this.#clear();
    if (this.#size * 2 >= this.#keys.length) this.#grow();
    // A copy, which does not keep the body alive.
    const key = Buffer.from(text.slice(start, end), 'latin1').toString('latin1');
    this.#put(key, value, hashOf(bytes, start, end));
    this.#size++;
  }

  #clear(): void {
    this.#keys.fill(undefined);
    this.#values.fill(undefined);
    this.#others.clear();
    this.#size = 0;
  }

  #put(key: string, value: Value, hash: number): void {
    const mask = this.#keys.length - 1;
    for (let probe = 0; probe < LONGEST_PROBE; probe++) {
      const index = (hash + probe) & mask;
      if (this.#keys[index] !== undefined) continue;
      this.#keys[index] = key;
      this.#values[index] = value;
      this.#hashes[index] = hash;
      return;
    }
    this.#others.set(key, value);
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    const hashes = this.#hashes;
    const length = 2 * keys.length;
    this.#keys = new Array<string | undefined>(length).fill(undefined);
    this.#values = new Array<Value | undefined>(length).fill(undefined);
    this.#hashes = new Int32Array(length);
    for (const [index, key] of keys.entries()) if (key !== undefined) this.#put(key, values[index]!, hashes[index]!);
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
  return hash ^ (hash >>> 15);
}
