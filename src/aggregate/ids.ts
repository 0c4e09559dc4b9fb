/** Small numbers for raw keys, given again once the thread that merges has been told that their key is gone. */
export interface Ids {
  take(): number;
  /** Gives back an id that nobody was told of. */
  cancel(id: number): void;
  retire(id: number): void;
  /** Retires every id that is in use. */
  retireAll(): void;
  /** The ids that were retired since the last call; from now on they may be given again. */
  settle(): Uint32Array<ArrayBuffer>;
}

export function createIds(): Ids {
  const free: number[] = [];
  let retired: number[] = [];
  let limit = 0;
  return {
    take: () => free.pop() ?? limit++,
    cancel(id) {
      free.push(id);
    },
    retire(id) {
      retired.push(id);
    },
    retireAll() {
      const unused = new Uint8Array(limit);
      for (const id of free) unused[id] = 1;
      for (const id of retired) unused[id] = 1;
      for (let id = 0; id < limit; id++) if (unused[id] === 0) retired.push(id);
    },
    settle() {
      const settled = Uint32Array.from(retired);
      for (const id of retired) free.push(id);
      retired = [];
      // Nothing is in use: begin small again.
      if (free.length === limit) {
        free.length = 0;
        limit = 0;
      }
      return settled;
    },
  };
}
