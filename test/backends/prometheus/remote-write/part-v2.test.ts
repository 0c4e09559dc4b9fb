import fc from 'fast-check';
import { expect, it } from 'vitest';
import { partOfV2 } from '../../../../backends/prometheus/remote-write/part-v2.ts';
import { wireV2 } from '../../../../backends/prometheus/remote-write/wire-v2.ts';
import { readVersion2, symbolsOf } from '../../../helper/remote-write-messages.ts';
import { anySeries, asReceived2 } from './series.ts';

it('is a request of its own, and can be divided again', () => {
  const cut = fc.tuple(fc.array(anySeries, { minLength: 2, maxLength: 7 }), fc.nat(), fc.nat());
  fc.assert(
    fc.property(cut, ([all, some, other]) => {
      const wire = wireV2();
      for (const one of all) wire.add(one);
      const from = some % (all.length - 1);
      const to = from + 1 + (other % (all.length - from));
      const part = partOfV2(wire.take(), from, to);
      const expected = all.slice(from, to);
      expect(readVersion2(part.bytes)).toEqual(expected.map(asReceived2));
      expect(part.names).toEqual(expected.map(({ name }) => name));
      const last = partOfV2(part, to - from - 1, to - from);
      expect(readVersion2(last.bytes)).toEqual([asReceived2(expected.at(-1)!)]);
    }),
    { numRuns: 60 },
  );
});

it('has no text that none of its series has', () => {
  const wire = wireV2();
  for (const value of ['a', 'b'])
    wire.add({
      name: 'm',
      labels: ['l', value],
      type: 'gauge',
      help: `of ${value}`,
      points: [{ value: 1, timestampMs: 1 }],
      exemplars: [],
      createdMs: 0,
    });
  expect(symbolsOf(partOfV2(wire.take(), 1, 2).bytes)).toEqual(['', 'l', 'b', 'of b']);
});
