import type { ByteReader } from '../../../src/kit/byte-reader.ts';
import type { ByteWriter } from '../../../src/kit/byte-writer.ts';

type Keys = Float64Array | Int32Array;
type Weights = Uint16Array | Uint32Array | Float64Array;

/** An array has this much room more than it needs when it grows, or an eighth of what it has. */
const STEP = 4;

const LARGEST_16 = 2 ** 16 - 1;
const LARGEST_32 = 2 ** 32 - 1;

const noDoubles = new Float64Array(0);
const noWholes = new Int32Array(0);
const noWeights = new Uint16Array(0);

/**
 * Numbers in ascending order, each with a weight in each of some columns. There may be one for each of 100,000 series: weights take two bytes
 * each for as long as they are whole numbers below 65,536, four below 2^32, and eight after that. A class, because methods in an object literal
 * are 50 bytes each.
 */
export class KeyWeights {
  /** Number of keys. */
  size = 0;
  readonly width: number;
  #keys: Keys;
  /** Those of key i are `[i * width, (i + 1) * width)`. */
  #weights: Weights = noWeights;
  /** The largest whole number that a weight can be. */
  #largest = LARGEST_16;

  /** `whole`: keys are whole numbers of 32 bits, which take half the room. */
  constructor(width: number, whole: boolean) {
    this.width = width;
    this.#keys = whole ? noWholes : noDoubles;
  }

  keyAt(index: number): number {
    return this.#keys[index]!;
  }

  weightAt(index: number, column: number): number {
    return this.#weights[index * this.width + column]!;
  }

  /** Writes the weight of each key in all columns together, which is above 0, and gives the sum of these. `out` has room for `size`. */
  totals(out: Float64Array): number {
    const { size, width } = this;
    const weights = this.#weights;
    let sum = 0;
    for (let index = 0, at = 0; index < size; index++) {
      let total = 0;
      for (const end = at + width; at < end; at++) total += weights[at]!;
      out[index] = total;
      sum += total;
    }
    return sum;
  }

  /** Index of the first key that is not below `key`; `size` where all are. */
  search(key: number): number {
    const keys = this.#keys;
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** `weight` is above 0. */
  add(key: number, column: number, weight: number): void {
    const index = this.search(key);
    if (index === this.size || this.#keys[index] !== key) this.#insert(index, key);
    const at = index * this.width + column;
    const sum = this.#weights[at]! + weight;
    if (sum > this.#largest || (this.#largest < Number.MAX_VALUE && !Number.isInteger(sum))) this.#makeRoomFor(sum);
    this.#weights[at] = sum;
  }

  /** Adds what is at `index` to the key behind it (`by` 1) or before it (`by` -1), and removes it. */
  fold(index: number, by: 1 | -1): void {
    for (let column = 0; column < this.width; column++) {
      const weight = this.weightAt(index, column);
      if (weight > 0) this.add(this.keyAt(index + by), column, weight);
    }
    this.#keys.copyWithin(index, index + 1, this.size);
    this.#weights.copyWithin(index * this.width, (index + 1) * this.width, this.size * this.width);
    this.size--;
  }

  /** Removes the weights of a column, and the keys that have no others. */
  clear(column: number): void {
    const { width } = this;
    let kept = 0;
    for (let index = 0; index < this.size; index++) {
      this.#weights[index * width + column] = 0;
      if (this.#isWithout(index)) continue;
      if (kept < index) {
        this.#keys[kept] = this.#keys[index]!;
        this.#weights.copyWithin(kept * width, index * width, (index + 1) * width);
      }
      kept++;
    }
    this.size = kept;
    if (this.#keys.length > 2 * (kept + STEP)) this.#resize(kept);
  }

  save(writer: ByteWriter): void {
    writer.whole(this.width);
    writer.whole(this.#keys.BYTES_PER_ELEMENT);
    writer.whole(this.#weights.BYTES_PER_ELEMENT);
    writer.text(packed(this.#keys, this.size));
    writer.text(packed(this.#weights, this.size * this.width));
  }

  /** What `save` wrote. Throws a RangeError where that is none of it. */
  static restore(reader: ByteReader): KeyWeights {
    const width = reader.whole();
    const keyBytes = reader.whole();
    const weightBytes = reader.whole();
    const keys = unpacked(reader.text());
    const weights = unpacked(reader.text());
    const size = keys.byteLength / keyBytes;
    if (
      ![4, 8].includes(keyBytes) ||
      ![2, 4, 8].includes(weightBytes) ||
      size * width * weightBytes !== weights.byteLength
    ) {
      throw new RangeError(
        `"${keys.byteLength}" bytes of keys of ${keyBytes} bytes and "${weights.byteLength}" of ${width} weights each of ${weightBytes} bytes do not fit together`,
      );
    }
    const restored = new KeyWeights(width, keyBytes === 4);
    restored.size = size;
    restored.#keys = keyBytes === 4 ? new Int32Array(keys) : new Float64Array(keys);
    restored.#weights = new (weightBytes === 2 ? Uint16Array : weightBytes === 4 ? Uint32Array : Float64Array)(weights);
    restored.#largest = largestOf(restored.#weights);
    return restored;
  }

  #isWithout(index: number): boolean {
    const { width } = this;
    for (let column = 0; column < width; column++) if (this.#weights[index * width + column]! > 0) return false;
    return true;
  }

  #insert(index: number, key: number): void {
    const { width, size } = this;
    if (size === this.#keys.length) this.#resize(size + Math.max(STEP, size >>> 3));
    this.#keys.copyWithin(index + 1, index, size);
    this.#weights.copyWithin((index + 1) * width, index * width, size * width);
    this.#keys[index] = key;
    this.#weights.fill(0, index * width, (index + 1) * width);
    this.size++;
  }

  #makeRoomFor(weight: number): void {
    const isSmall = Number.isInteger(weight) && weight <= LARGEST_32;
    this.#weights = isSmall ? Uint32Array.from(this.#weights) : Float64Array.from(this.#weights);
    this.#largest = largestOf(this.#weights);
  }

  #resize(length: number): void {
    this.#keys = resized(this.#keys, length);
    this.#weights = resized(this.#weights, length * this.width);
  }
}

function largestOf(weights: Weights): number {
  if (weights instanceof Float64Array) return Number.MAX_VALUE;
  return weights instanceof Uint32Array ? LARGEST_32 : LARGEST_16;
}

function resized<Column extends Keys | Weights>(column: Column, length: number): Column {
  const other = new (column.constructor as new (length: number) => Column)(length);
  other.set(column.length > length ? column.subarray(0, length) : column);
  return other;
}

/** As a text of one byte each, little-endian: there are no places that Node runs on where numbers are the other way round. */
function packed(column: Keys | Weights, length: number): string {
  return Buffer.from(column.buffer, column.byteOffset, length * column.BYTES_PER_ELEMENT).toString('latin1');
}

function unpacked(text: string): ArrayBuffer {
  const bytes = new Uint8Array(text.length);
  Buffer.from(bytes.buffer).write(text, 'latin1');
  return bytes.buffer;
}
