import { createShard } from '../../src/aggregate/shard.ts';
import { defaultSettings, type Limits } from '../../src/config/settings.ts';
import { KEY_RECORD_HEAD, MEMBER_RECORD_HEAD, type Partial, recordLength } from '../../src/partial/partial.ts';
import { COUNTER, GAUGE, SET, STATSD_KEY, TIMER } from '../../src/protocol/codes.ts';
import { BAD_VALUES, PACKETS, RECEIVED } from '../../src/protocol/reasons.ts';
import { statsdKey } from '../../src/protocol/statsd-key.ts';

/** What a window of the dialect `statsd` holds, by the original's keys. */
export interface StatsdContents {
  readonly counters: ReadonlyMap<string, number>;
  /** In order of arrival. */
  readonly timers: ReadonlyMap<string, readonly number[]>;
  /** Sums of 1 / rate. */
  readonly timerCounts: ReadonlyMap<string, number>;
  /** Of gauges that were 0 before. */
  readonly gauges: ReadonlyMap<string, number>;
  /** Members, sorted. */
  readonly sets: ReadonlyMap<string, readonly string[]>;
  readonly packets: number;
  readonly lines: number;
  readonly badValues: number;
}

/** A shard with one front-end of the dialect `statsd`. `take` ends the window and gives what was in it. */
export function openStatsd(limits: globalThis.Partial<Limits> = {}, sanitize = true) {
  let now = 0;
  const shard = createShard({
    index: 0,
    limits: { ...defaultSettings.limits, ...limits },
    now: () => now++,
    seed: 7,
  });
  const intake = shard.intake('test', 'statsd');
  const keys = new Map<number, string>();
  return {
    shard,
    intake,
    take: () => readContents(shard.handOver(0, false), keys, sanitize),
  };
}

function readContents(partial: Partial, keys: Map<number, string>, sanitize: boolean): StatsdContents {
  readKeys(partial, keys, sanitize);
  const { counters, gauges, timers, sets, accounts } = partial;
  const keyOf = (type: number, ids: Uint32Array, row: number): string => {
    const found = keys.get(ids[row]!)!;
    const prefix = `${type | STATSD_KEY} `;
    if (!found.startsWith(prefix)) throw new Error(`row of type ${type} has the key "${found}"`);
    return found.slice(prefix.length);
  };

  const sums = new Map<string, number>();
  for (let row = 0; row < counters.length; row++) {
    const key = keyOf(COUNTER, counters.ids, row);
    sums.set(key, (sums.get(key) ?? 0) + counters.sums[row]!);
  }

  const values = new Map<string, number>();
  const setAt = new Map<string, number>();
  for (let row = 0; row < gauges.length; row++) {
    const key = keyOf(GAUGE, gauges.ids, row);
    if (!values.has(key)) values.set(key, 0);
    if (gauges.setAt[row]! <= (setAt.get(key) ?? Number.NEGATIVE_INFINITY)) continue;
    values.set(key, gauges.values[row]!);
    setAt.set(key, gauges.setAt[row]!);
  }
  for (let delta = 0; delta < gauges.deltaLength; delta++) {
    const key = keyOf(GAUGE, gauges.ids, gauges.deltaRows[delta]!);
    if (gauges.deltaAt[delta]! <= (setAt.get(key) ?? Number.NEGATIVE_INFINITY)) continue;
    values.set(key, values.get(key)! + gauges.deltas[delta]!);
  }

  const timerValues = new Map<string, number[]>();
  const timerCounts = new Map<string, number>();
  for (const { length, rows, values: numbers, weights } of timers.chunks) {
    for (let at = 0; at < length; at++) {
      const key = keyOf(TIMER, timers.ids, rows[at]!);
      timerValues.set(key, [...(timerValues.get(key) ?? []), numbers[at]!]);
      timerCounts.set(key, (timerCounts.get(key) ?? 0) + (weights?.[at] ?? 1));
    }
  }

  const members = new Map<string, Set<string>>();
  for (const { buffer, length } of sets.chunks) {
    const words = new Uint32Array(buffer, 0, length >> 2);
    for (let at = 0; at < length; ) {
      const size = words[at / 4 + 1]!;
      const key = keyOf(SET, sets.ids, words[at / 4]!);
      if (!members.has(key)) members.set(key, new Set());
      members.get(key)!.add(Buffer.from(buffer, at + MEMBER_RECORD_HEAD, size).toString('utf8'));
      at += recordLength(MEMBER_RECORD_HEAD, size);
    }
  }

  const { slots } = accounts[0]!;
  return {
    counters: sums,
    timers: timerValues,
    timerCounts,
    gauges: values,
    sets: new Map([...members].map(([key, all]) => [key, [...all].sort()])),
    packets: slots[PACKETS]!,
    lines: slots[RECEIVED]!,
    badValues: slots[BAD_VALUES]!,
  };
}

function readKeys({ keys: section }: Partial, keys: Map<number, string>, sanitize: boolean): void {
  for (const { buffer, length } of section.chunks) {
    const words = new Uint32Array(buffer, 0, length >> 2);
    for (let at = 0; at < length; ) {
      const [id, type, nameLength, tagLength] = words.subarray(at / 4, at / 4 + 4) as unknown as number[];
      const text = (start: number, size: number) => Buffer.from(buffer, start, size).toString('utf8');
      const name = text(at + KEY_RECORD_HEAD, nameLength!);
      const tags = text(at + KEY_RECORD_HEAD + nameLength!, tagLength!);
      keys.set(id!, `${type} ${statsdKey(name, tags, sanitize)}`);
      at += recordLength(KEY_RECORD_HEAD, nameLength! + tagLength!);
    }
  }
}
