/** Aggregates lines of one kind: `kind-consumer.js <name> <seconds>`. The answer is {@link Fed}. */
import { createShard } from '../src/aggregate/shard.ts';
import { defaultSettings } from '../src/config/settings.ts';
import { feed } from './feed.ts';
import { lineKinds } from './line-kinds.ts';

const LINES = 80_000;
const LINES_PER_DATAGRAM = 20;
const FLUSH_MS = 1000;

const [name, seconds] = process.argv.slice(2);
const { dialect = 'auto', limits, line } = lineKinds.find((kind) => kind.name === name)!;
const shard = createShard({
  index: 0,
  limits: { ...defaultSettings.limits, ...limits },
  now: () => performance.now(),
  seed: 1,
});
const intake = shard.intake('bench', dialect);
setInterval(() => shard.handOver(Date.now(), false), FLUSH_MS).unref();
const datagrams = Array.from({ length: LINES / LINES_PER_DATAGRAM }, (_, datagram) =>
  Buffer.from(
    Array.from({ length: LINES_PER_DATAGRAM }, (_, at) => line(datagram * LINES_PER_DATAGRAM + at)).join('\n'),
  ),
);
process.send!(await feed(datagrams, LINES_PER_DATAGRAM, Number(seconds), (datagram) => intake.lines(datagram)), () =>
  process.exit(),
);
