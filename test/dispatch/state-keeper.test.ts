import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultSettings } from '../../src/config/settings.ts';
import { createStateKeeper } from '../../src/dispatch/state-keeper.ts';
import { oneByOne } from '../../src/kit/one-by-one.ts';
import { folderWith } from '../config/temporary.ts';
import { openMerger } from '../helper/shard.ts';

const settingsOf = (path: string | undefined) => ({
  ...defaultSettings,
  state: path === undefined ? undefined : { path, intervalMs: 60_000 },
});

function open(folder: string | undefined, keepBackends: () => Promise<boolean> = async () => true) {
  const told: string[] = [];
  const tell = (text: string) => void told.push(text);
  const merger = openMerger();
  const keeper = createStateKeeper({
    log: { info: tell, warn: tell, error: tell },
    inTurn: oneByOne(),
    views: () => merger,
    ledger: () => undefined,
    keepBackends,
  });
  keeper.setSettings(settingsOf(folder));
  return { keeper, merger, told };
}

const gauge = { name: 'g', tags: [], value: 7, idleMs: 0 };

/** Lets the disk work while clocks stand still. */
async function turns(until: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 10_000;
  while (!until() && Date.now() < deadlineMs) await setTimeout(1);
  expect(until()).toBe(true);
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the state', () => {
  it('is that of the last window, and is told when it is read', async () => {
    const folder = folderWith({});
    const before = open(folder);
    before.merger.restoreGauge(gauge);
    before.merger.restoreGauge({ ...gauge, name: 'h' });
    await before.keeper.keepLastGauges();
    const { keeper, merger, told } = open(folder);
    merger.restoreGauge(gauge);
    await keeper.readGauges();
    keeper.tellRead();
    expect(told).toEqual(['state read: 1 gauges, 0 counters, 0 s old']);
    expect(merger.restoreGauge({ ...gauge, name: 'h' })).toBe(false);
  });

  it('that there is none of is told, and none is kept where no folder is named', async () => {
    const folder = folderWith({});
    const first = open(folder);
    await first.keeper.readGauges();
    first.keeper.tellRead();
    expect(first.told).toEqual([`no state in "${folder}" to begin with: gauges and counters begin anew`]);
    const none = open(undefined);
    await none.keeper.readGauges();
    none.keeper.tellRead();
    await none.keeper.keepLastGauges();
    expect([none.told, none.keeper.ageMs]).toEqual([[], undefined]);
  });

  it('is not written any more once it was given back', async () => {
    const folder = folderWith({});
    const { keeper } = open(folder);
    await keeper.giveBack();
    await keeper.keepLastGauges();
    expect(existsSync(join(folder, 'gauges.state'))).toBe(false);
  });
});

describe('from time to time', () => {
  it('it is written, and its age is that of what was written as a whole', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    let good = false;
    let rounds = 0;
    const folder = folderWith({});
    const { keeper } = open(folder, async () => {
      rounds++;
      return good;
    });
    vi.advanceTimersByTime(60_000);
    await turns(() => rounds === 1);
    expect(existsSync(join(folder, 'gauges.state'))).toBe(true);
    expect(keeper.ageMs).toBe(60_000);
    good = true;
    vi.advanceTimersByTime(60_000);
    await turns(() => keeper.ageMs === 0);
    vi.advanceTimersByTime(100);
    expect(keeper.ageMs).toBe(100);
    keeper.end(performance.now());
  });

  it('a disk that does not answer is told once a minute, and not asked twice', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    let asked = 0;
    const { keeper, told } = open(folderWith({}), () => {
      asked++;
      return new Promise(() => undefined);
    });
    vi.advanceTimersByTime(60_000);
    await turns(() => asked === 1);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual([expect.stringContaining('since 60 s: its disk is slow or does not answer')]);
    vi.advanceTimersByTime(120_000);
    // As long as a round takes, and longer.
    for (let turn = 0; turn < 1000; turn++) await setImmediate();
    expect([told.length, asked]).toEqual([3, 1]);
    keeper.end(performance.now());
  });
});
