/** Differs by process, so that nobody can prepare texts that collide. */
const seed = crypto.getRandomValues(new Int32Array(1))[0]!;

/**
 * The hash of `text`, or of what has the hash `before` followed by `text`: by UTF-16 units. Hashes are signed, 32 bits:
 * small integers to V8, so that handing them on allocates nothing.
 */
export function hashText(text: string, before: number = seed): number {
  let hash = before;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  return hash;
}

/** Of the low 32 bits. Of a hash: one from which a text goes on that is another text, not the rest of the one before. */
export function hashNumber(number: number): number {
  return Math.imul(number ^ seed, 0x9e3779b1);
}
