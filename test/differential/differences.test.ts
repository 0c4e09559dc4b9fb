import { describe, expect, test } from 'vitest';
import type { Flush } from './carbon.ts';
import { valuesByName } from './compare.ts';
import { startNative, startOriginal } from './daemons.ts';
import { type DeliberateDifference, deliberateDifferences } from './differences.ts';
import { flushesOf } from './pair.ts';

const flushInterval = 500;

/** Differences of one configuration are shown by one pair. */
const bySettings = new Map<string, DeliberateDifference[]>();
for (const each of deliberateDifferences) {
  const settings = JSON.stringify(each.settings ?? {});
  bySettings.set(settings, [...(bySettings.get(settings) ?? []), each]);
}

describe.concurrent('deliberate differences', () => {
  test.for([...bySettings])('with the settings %s', async ([, differences], { expect }) => {
    const packets = differences.flatMap(({ lines }) => lines.map((line) => Buffer.from(line)));
    const settings = { ...differences[0]!.settings, flushInterval };
    const { theirs, ours } = await flushesOf(settings, startOriginal, startNative, { transport: 'udp', packets });
    for (const each of differences) {
      expect.soft(sideOf(theirs, each), each.what).toEqual(side(each, 0));
      expect.soft(sideOf(ours, each), each.what).toEqual(side(each, 1));
    }
  });
});

test('each has two sides', () => {
  for (const each of deliberateDifferences) expect(side(each, 0), each.what).not.toEqual(side(each, 1));
});

function side({ graphite }: DeliberateDifference, which: 0 | 1): (string | undefined)[] {
  return Object.values(graphite).map((sides) => sides[which]);
}

function sideOf(flush: Flush, { graphite }: DeliberateDifference): (string | undefined)[] {
  const values = valuesByName(flush);
  return Object.keys(graphite).map((name) => values.get(name)?.[0]);
}
