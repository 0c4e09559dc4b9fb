import { batch } from './batch.ts';
import type { Difference } from './compare.ts';
import type { Configuration } from './configurations.ts';
import { type Start, startOriginal } from './daemons.ts';
import type { Transport } from './lines.ts';
import { type Batch, type Outcome, type Pair, startPair } from './pair.ts';
import { randomFrom } from './random.ts';

/** A window in which the two were not the same. */
export interface Found {
  readonly configuration: Configuration;
  readonly batch: Batch | undefined;
  /** What was sent to the same pair before, in order; an idle window is undefined. */
  readonly history: readonly (Batch | undefined)[];
  readonly differences: readonly Difference[];
  /** Set when a daemon ended. */
  readonly died: string | undefined;
}

export interface Tally {
  packets: number;
  flushes: number;
  /** Lines of Graphite text compared. */
  lines: number;
  /** Windows that had to be repeated, by the reason. */
  readonly spoiled: Map<string, number>;
  readonly found: Found[];
}

export interface Run {
  readonly configuration: Configuration;
  readonly ours: Start;
  /** Packets to compare. */
  readonly packets: number;
  readonly seed: number;
  readonly flushMs: number;
  /** Packets of one window. */
  readonly batchSize: Readonly<Record<Transport, number>>;
  /** In place of the original, for tests of the suite itself. */
  readonly theirs?: Start;
}

const transports: readonly Transport[] = ['udp', 'tcp', 'stream'];
/** A configuration with more is broken; the first ones tell enough. */
const MOST_FOUND = 5;
/** Windows in a row that the machine may be too slow for. */
const MOST_SPOILED = 12;

export function emptyTally(): Tally {
  return { packets: 0, flushes: 0, lines: 0, spoiled: new Map(), found: [] };
}

/** Compares one configuration over all transports, until enough packets are compared. Adds to `tally`. */
export async function runConfiguration(run: Run, tally: Tally): Promise<void> {
  const { configuration, seed, flushMs } = run;
  const settings = { ...configuration.settings, flushInterval: flushMs };
  const start = () => startPair(settings, run.theirs ?? startOriginal, run.ours);
  const random = randomFrom(seed);
  const queue: (Batch | undefined)[] = [];
  let done = 0;
  let found = 0;
  let spoiledInRow = 0;
  let turn = random.below(transports.length);
  let history: (Batch | undefined)[] = [];
  let pair: Pair = await start();

  const restart = async () => {
    await pair.stop();
    pair = await start();
    history = [];
  };
  const refill = () => {
    const transport = transports[turn++ % transports.length]!;
    const size = Math.min(run.batchSize[transport], run.packets - done);
    // Idle windows show what becomes of idle series. A run ends with one.
    const idle = done + size >= run.packets ? 2 : random.below(3);
    queue.push(
      { transport, packets: batch(size, transport, settings.keyNameSanitize === false, random) },
      ...Array<undefined>(idle).fill(undefined),
    );
  };

  try {
    while (found < MOST_FOUND) {
      if (queue.length === 0 && done >= run.packets) break;
      if (queue.length === 0) refill();
      const next = queue.shift();
      const outcome = await pair.step(next);
      if (outcome.kind === 'spoiled') {
        tally.spoiled.set(outcome.why, (tally.spoiled.get(outcome.why) ?? 0) + 1);
        if (++spoiledInRow >= MOST_SPOILED) throw new Error(`${configuration.name}: ${outcome.why}, again and again`);
        queue.unshift(...halves(next));
        await restart();
        continue;
      }
      spoiledInRow = 0;
      done += next?.packets.length ?? 0;
      tally.packets += next?.packets.length ?? 0;
      tally.flushes++;
      if (outcome.kind === 'compared') tally.lines += outcome.flushes.theirs.lines.length;
      if (isSame(outcome)) {
        history.push(next);
        continue;
      }
      const [differences, died] =
        outcome.kind === 'died' ? [[], `${outcome.who}: ${outcome.how}`] : [outcome.differences, undefined];
      tally.found.push({ configuration, batch: next, history, differences, died });
      found++;
      // Idle windows tell nothing of new daemons.
      queue.length = 0;
      if (done < run.packets) await restart();
    }
  } finally {
    await pair.stop();
  }
}

export function isSame(outcome: Outcome): boolean {
  return outcome.kind === 'compared' && outcome.differences.length === 0;
}

/** What was too much for one window is sent in two. */
function halves(batch: Batch | undefined): (Batch | undefined)[] {
  if (batch === undefined || batch.packets.length < 2) return [batch];
  const { transport, packets } = batch;
  const middle = Math.ceil(packets.length / 2);
  return [
    { transport, packets: packets.slice(0, middle) },
    { transport, packets: packets.slice(middle) },
  ];
}
