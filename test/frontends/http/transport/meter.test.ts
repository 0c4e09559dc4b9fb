import { expect, it } from 'vitest';
import { meter } from '../../../../frontends/http/transport/meter.ts';
import { recordIntake } from '../../../helper/intake.ts';

it('counts ready samples of every kind, and passes everything on', () => {
  const under = recordIntake();
  const { intake, samples } = meter(under);
  intake.sample('counter', 'a', 1, 'k:v', 2);
  intake.member('b', 'bob', 'k:v');
  const series = intake.series('timer', 'c', 'k:v');
  expect(samples()).toBe(2);
  series.add(3);
  series.add(4, 5);
  expect(samples()).toBe(4);
  intake.lines(Buffer.from('x:1|c\ny:1|c'), 0, 5);
  const stream = intake.stream();
  stream.push(Buffer.from('z:1|c\n'));
  stream.end();
  intake.discard('bad_value', 2);
  intake.count('drain.requests', 3);
  intake.kernelDropped(4);
  expect(samples()).toBe(4);
  expect(under.samples).toEqual([
    { type: 'counter', name: 'a', value: 1, tags: 'k:v', weight: 2 },
    { type: 'timer', name: 'c', value: 3, tags: 'k:v' },
    { type: 'timer', name: 'c', value: 4, tags: 'k:v', weight: 5 },
  ]);
  expect(under.members).toEqual([{ name: 'b', member: 'bob', tags: 'k:v' }]);
  expect(under.received).toEqual(['x:1|c', 'z:1|c']);
  expect([under.discarded.get('bad_value'), under.counted.get('drain.requests'), under.kernelDrops()]).toEqual([
    2, 3, 4,
  ]);
});
