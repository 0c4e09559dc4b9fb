import { readFileSync } from 'node:fs';

/**
 * What `assembly/index.ts` exports. Keys, rows and positions are addresses in its memory; a key or a row of 0 means that
 * there is none. A position stays valid while memory grows, a view of the memory does not.
 */
export interface Plane {
  readonly memory: WebAssembly.Memory;
  open(seed: bigint): number;
  finish(): void;
  begin(): void;

  addKey(name: number, nameLength: number, tags: number, tagLength: number, type: number, id: number): number;
  findKey(name: number, nameLength: number, tags: number, tagLength: number, type: number): number;
  hashKey(name: number, nameLength: number, tags: number, tagLength: number, type: number): number;
  keyCount(): number;
  keyBytes(): number;
  keepKey(key: number): number;
  countLine(key: number): void;
  sweepSegment(idle: number): number;
  sweptAll(): number;
  forgottenIds(): number;

  readLines(start: number, end: number): number;
  readDatagrams(
    bytes: number,
    stride: number,
    lengths: number,
    lengthStride: number,
    first: number,
    count: number,
  ): number;
  stoppedAt(): number;
  lineEnd(start: number, end: number): number;
  takeAdded(): number;
  setGrammar(
    longestLine: number,
    autoLines: number,
    statsdLines: number,
    keyFlags: number,
    handsOnOrigin: number,
  ): void;

  useRow(key: number): number;
  addNumber(key: number, kind: number, value: number, weight: number): number;
  changeGauge(key: number, delta: number): number;
  deltaTime(): number;
  addToSet(key: number, member: number, length: number): number;
  memberCount(): number;
  setNow(milliseconds: number): void;
  setLimits(perTimer: number, allTimers: number, perSet: number, allSets: number, estimatedSets: number): void;

  rowCount(kind: number): number;
  rowsPerBlock(kind: number): number;
  blockAt(kind: number, number: number): number;
  gatherLines(kind: number, number: number, rows: number): number;
  valuesLength(): number;
  valueRows(): number;
  valueNumbers(): number;
  valueWeights(): number;
  clearValues(): void;

  reserveBlocks(count: number): number;
}

/** Bytes of a block of its memory. */
export const BLOCK = 131_072;

/** What it calls, with addresses in its memory. */
export interface PlaneHost {
  /** To take the full chunk of timer values. */
  takeValues(): void;
  /** To take a full block of set members. */
  takeMembers(start: number, end: number): void;
  /** To fold what is over the limits of exact values: `length` u32, f64 and f64. */
  foldValues(length: number, rows: number, values: number, weights: number): void;
  /** Likewise of exact members, in records as those of `takeMembers`. */
  foldMembers(start: number, end: number): void;
  /** To fold changes of gauges: `length` u32 and thrice as many f64. */
  foldDeltas(length: number, rows: number, deltas: number, setTimes: number, times: number): void;
  /** Before keys take another block. */
  mayGrowKeys(): boolean;
  /** To add a key that is not known yet, of a line that is read; gives it, or 0 where the line is the host's to take. */
  learnKey(name: number, nameLength: number, tags: number, tagLength: number, type: number): number;
}

let compiled: WebAssembly.Module | undefined;

export function openPlane(host: PlaneHost, seed: number): Plane {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('./plane.wasm', import.meta.url)));
  const { exports } = new WebAssembly.Instance(compiled, {
    host: {
      takeValues: () => host.takeValues(),
      takeMembers: (start, end) => host.takeMembers(start!, end!),
      foldValues: (length, rows, values, weights) => host.foldValues(length!, rows!, values!, weights!),
      foldMembers: (start, end) => host.foldMembers(start!, end!),
      foldDeltas: (length, rows, deltas, setTimes, times) =>
        host.foldDeltas(length!, rows!, deltas!, setTimes!, times!),
      mayGrowKeys: () => (host.mayGrowKeys() ? 1 : 0),
      learnKey: (name, nameLength, tags, tagLength, type) =>
        host.learnKey(name!, nameLength!, tags!, tagLength!, type!),
    },
  });
  const plane = exports as Plane;
  if (plane.open(BigInt(seed)) === 0) throw new RangeError('no memory for the tables of a shard');
  return plane;
}
