/** Programs that take lines without a socket: `consumers.js <consumer> <workload> <seconds>`. The answer is {@link Fed}. */
import { createShard } from '../src/aggregate/shard.ts';
import { defaultSettings } from '../src/config/settings.ts';
import { LF } from '../src/protocol/bytes.ts';
import { createScanner } from '../src/protocol/scan.ts';
import { feed } from './feed.ts';
import { createDatagrams, workloadNamed } from './lines.ts';

export type Consumer = 'scan' | 'split' | 'shard';
type Take = (datagram: Buffer) => void;

const FLUSH_MS = 1000;

/** Kept where the engine cannot see that nobody reads it. */
const result = new Float64Array(1);

const consumers: Readonly<Record<Consumer, () => Take>> = { scan: scanLines, split: splitLines, shard: aggregateLines };

/** statsdrain's parser by itself: names and tags found, values read, nothing stored. */
function scanLines(): Take {
  const { scan, read } = createScanner(defaultSettings.limits.lineLength);
  return (datagram) => {
    for (let start = 0; start < datagram.length; ) {
      const lf = datagram.indexOf(LF, start);
      const end = lf < 0 ? datagram.length : lf;
      if (read(datagram, start, end, 'auto') === undefined) result[0] = scan.value[0]! + scan.nameEnd;
      start = end + 1;
    }
  };
}

const LINE = /^([^:|]+):([^|]+)\|(c|g|ms|h|d|s)(?:\|@([\d.]+))?(?:\|#(.+))?$/;

/** How a parser of a few lines does it: a string, `split`, and one regular expression for each line. */
function splitLines(): Take {
  return (datagram) => {
    for (const line of datagram.toString().split('\n')) {
      const [, name, value, type, rate, tags] = LINE.exec(line) ?? [];
      if (name === undefined) continue;
      const number = type === 's' ? value!.length : Number(value) / Number(rate ?? 1);
      result[0] = number + name.length + (tags?.split(',').length ?? 0);
    }
  };
}

/** The parser and the shard as an ingest thread uses them; each window is handed over and thrown away. */
function aggregateLines(): Take {
  const now = () => performance.now();
  const shard = createShard({ index: 0, limits: defaultSettings.limits, now, seed: 1 });
  const intake = shard.intake('bench', 'auto');
  setInterval(() => {
    result[0] = shard.handOver(Date.now(), false).liveKeys;
  }, FLUSH_MS).unref();
  return (datagram) => intake.lines(datagram);
}

const [name, workloadName, seconds] = process.argv.slice(2);
const workload = workloadNamed(workloadName!);
const take = consumers[name as Consumer]();
process.send!(await feed(createDatagrams(workload), workload.linesPerDatagram, Number(seconds), take), () =>
  process.exit(),
);
