// NH (Black et al., "UMAC: Fast and Secure Message Authentication", CRYPTO '99, section 4): the sum over words of
// (low + key) × (high + next key). Two different texts collide for one in 2^32 of the keys, whoever chose them, so
// nobody can prepare colliding names. No word waits for another, where FNV-1a waits for a multiplication with each byte.

/** Words of key; texts beyond this begin anew with the keys, over a mixed sum. */
const WORDS: usize = 64;
const keys: usize = memory.data(64 * 8, 8);

/** Fills the keys by splitmix64 (Steele et al., 2014). */
export function seedHash(seed: u64): void {
  for (let word: usize = 0; word < WORDS; word++) {
    seed += 0x9e3779b97f4a7c15;
    store<u64>(keys + (word << 3), mix(seed));
  }
}

function mix(h: u64): u64 {
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9;
  h = (h ^ (h >> 27)) * 0x94d049bb133111eb;
  return h ^ (h >> 31);
}

/** The lowest `count` (0 to 7) bytes of a word. */
export function lowBytes(word: u64, count: usize): u64 {
  return word & ((u64(1) << (u64(count) << 3)) - 1);
}

function product(word: u64, key: usize): u64 {
  const k = load<u64>(keys + ((key & (WORDS - 1)) << 3));
  return u64(u32(word) + u32(k)) * u64(u32(word >> 32) + u32(k >> 32));
}

/** Adds `length` bytes at `text` to a sum whose first word has the key `key`. Up to 7 bytes behind the text are read. */
function addText(sum: u64, key: usize, text: usize, length: usize): u64 {
  const whole = length & ~7;
  for (let at: usize = 0; at < whole; at += 8) {
    sum += product(load<u64>(text + at), key);
    key++;
    if ((key & (WORDS - 1)) == 0) sum = mix(sum);
  }
  if (length != whole) sum += product(lowBytes(load<u64>(text + whole), length - whole), key);
  return sum;
}

/** 32 bits for two texts and a number. */
export function hashTexts(a: usize, aLength: usize, b: usize, bLength: usize, number: u32): u32 {
  let sum = addText(0, 0, a, aLength);
  // The second text takes the keys that follow those of the first.
  if (bLength != 0) sum = addText(sum, (aLength + 7) >> 3, b, bLength);
  return u32(mix(sum + (u64(number) << 32) + (u64(aLength) << 16) + u64(bLength)) >> 32);
}

/** True when `length` bytes at both addresses are equal. Up to 7 bytes behind them are read. */
export function sameBytes(a: usize, b: usize, length: usize): bool {
  const whole = length & ~7;
  for (let at: usize = 0; at < whole; at += 8) {
    if (load<u64>(a + at) != load<u64>(b + at)) return false;
  }
  return length == whole || lowBytes(load<u64>(a + whole) ^ load<u64>(b + whole), length - whole) == 0;
}
