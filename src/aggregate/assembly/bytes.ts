/** ASCII bytes of the wire formats. */
export const LF: u32 = 0x0a;
export const CR: u32 = 0x0d;
export const HASH: u32 = 0x23;
export const PLUS: u32 = 0x2b;
export const MINUS: u32 = 0x2d;
export const DOT: u32 = 0x2e;
export const ZERO: u32 = 0x30;
export const COLON: u32 = 0x3a;
export const AT: u32 = 0x40;
export const UNDERSCORE: u32 = 0x5f;
export const LOWER_C: u32 = 0x63;
export const LOWER_D: u32 = 0x64;
export const LOWER_E: u32 = 0x65;
export const LOWER_G: u32 = 0x67;
export const LOWER_H: u32 = 0x68;
export const LOWER_M: u32 = 0x6d;
export const LOWER_S: u32 = 0x73;
export const PIPE: u32 = 0x7c;

/** The first of two bytes in [at, end), or `end`. 16 bytes a step; up to 15 bytes behind the end are read. */
export function findEither(at: usize, end: usize, a: u32, b: u32): usize {
  const first = i8x16.splat(u8(a));
  const second = i8x16.splat(u8(b));
  for (; at < end; at += 16) {
    const bytes = v128.load(at);
    const hits = i8x16.bitmask(v128.or(i8x16.eq(bytes, first), i8x16.eq(bytes, second)));
    if (hits != 0) return min(at + usize(ctz(hits)), end);
  }
  return end;
}
