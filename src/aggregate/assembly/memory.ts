// Linear memory, in blocks that are taken when they are needed and used again when they are given back. Everything that
// grows does so by a block (or a piece of one), so that nothing is ever copied to grow: a table of a million series
// grows without a pause.

/** Bytes of a block; blocks are aligned to their size. More than the longest line, so that any record fits. */
export const BLOCK: usize = 131072;
const PAGE_BITS = 16;
/** The least growth: 1 MiB, since each growth makes new views for the host. */
const GROWTH_PAGES = 16;

/** Texts are read up to 16 bytes at a time: as much may be read behind the last block. */
const SLACK = 64;

let top: usize = 0;
/** Free blocks, each with the address of the next in its first word. */
let freeBlocks: usize = 0;

/** `count` blocks one behind the other that are never given back, zeroed; 0 where memory cannot grow. */
export function reserveBlocks(count: usize): usize {
  if (top == 0) top = (__heap_base + BLOCK - 1) & ~(BLOCK - 1);
  const place = top;
  const end = u64(place) + u64(count) * BLOCK;
  const have = u64(memory.size()) << PAGE_BITS;
  if (end + SLACK > have) {
    const missing = i32((end + SLACK - have + 0xffff) >> PAGE_BITS);
    const more = max(max(missing, GROWTH_PAGES), memory.size() >> 3);
    if (memory.grow(more) < 0 && memory.grow(missing) < 0) return 0;
  }
  top = usize(end);
  return place;
}

/** A block, with anything in it; 0 where memory cannot grow. */
export function takeBlock(): usize {
  const block = freeBlocks;
  if (block == 0) return reserveBlocks(1);
  freeBlocks = load<usize>(block);
  return block;
}

export function giveBlock(block: usize): void {
  store<usize>(block, freeBlocks);
  freeBlocks = block;
}
