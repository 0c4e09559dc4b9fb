import { setTimeout as sleep } from 'node:timers/promises';
import type { Flush } from './carbon.ts';
import { compare, type Difference, namesOf, valuesByName } from './compare.ts';
import type { Daemon, Start } from './daemons.ts';
import { linesIn, type Transport, textOf } from './lines.ts';
import type { OriginalSettings } from './native.ts';
import { send } from './send.ts';

/** Packets for one window; none for an idle one. */
export interface Batch {
  readonly transport: Transport;
  readonly packets: readonly Buffer[];
}

/** The same window of both. */
export interface Flushes {
  readonly theirs: Flush;
  readonly ours: Flush;
}

export type Outcome =
  | { readonly kind: 'compared'; readonly flushes: Flushes; readonly differences: readonly Difference[] }
  /** The machine was too slow for a comparison: packets were dropped by the kernel, or split over two windows. */
  | { readonly kind: 'spoiled'; readonly why: string }
  | { readonly kind: 'died'; readonly who: string; readonly how: string };

/** Two daemons side by side that flush at the same moments. */
export interface Pair {
  readonly theirs: Daemon;
  readonly ours: Daemon;
  /**
   * Sends a batch to both within one window and compares that window's flush of each. After anything but `compared` without
   * differences the two may have lost their common state.
   */
  step(batch?: Batch): Promise<Outcome>;
  stop(): Promise<void>;
}

/** In flush intervals: how long a flush may take to come. */
const PATIENCE = 8;

export async function startPair(settings: OriginalSettings, startTheirs: Start, startOurs: Start): Promise<Pair> {
  const started = await Promise.allSettled([startTheirs(settings), startOurs(settings)]);
  const daemons = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async () => {
    await Promise.all(daemons.map((daemon) => daemon.stop()));
  };
  try {
    const failed = started.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const [theirs, ours] = daemons as [Daemon, Daemon];
    await intoStep(theirs, ours, settings.flushInterval);
    return { theirs, ours, ...stepping(theirs, ours, settings), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits until both have flushed twice, so that both have all of their own stats, and have just flushed together. */
async function intoStep(theirs: Daemon, ours: Daemon, interval: number): Promise<void> {
  await Promise.all([theirs, ours].map((daemon) => flushOf(daemon, 1, interval * PATIENCE + 3000)));
  for (let tries = 0; tries < 40; tries++) {
    const next = [theirs, ours].map((daemon) => flushOf(daemon, daemon.carbon.flushes.length, interval * PATIENCE));
    const [left, right] = await Promise.all(next);
    if (Math.abs(left!.arrivedMs - right!.arrivedMs) < interval / 4) return;
    await sleep(interval / 4);
  }
  throw new Error(`${theirs.name} and ${ours.name} do not flush at the same moments`);
}

function stepping(theirs: Daemon, ours: Daemon, settings: OriginalSettings): Pick<Pair, 'step'> {
  const { flushInterval } = settings;
  const [receivedRate] = namesOf('metrics_received', settings);
  const both = [theirs, ours] as const;

  const nextFlush = (daemon: Daemon, index: number) => flushOf(daemon, index, flushInterval * PATIENCE);

  async function window(batch: Batch | undefined): Promise<Flushes> {
    const next = both.map(({ carbon }) => carbon.flushes.length);
    if (batch !== undefined) {
      // A daemon that ends while it is sent to is found by its missing flush.
      const sent = both.map((daemon) => send(batch.packets, batch.transport, daemon).catch(() => undefined));
      await Promise.race([Promise.all(sent), sleep(flushInterval * PATIENCE)]);
    }
    const [left, right] = await Promise.all(both.map((daemon, index) => nextFlush(daemon, next[index]!)));
    return { theirs: left!, ours: right! };
  }

  /** Lines that a daemon says it received. */
  const received = (flush: Flush) =>
    Math.round((Number(valuesByName(flush).get(receivedRate)?.[0]) * flushInterval) / 1000);

  /** Why fewer lines than sent were in a window, where it is not the daemon's fault. */
  async function excuse(daemon: Daemon, flush: Flush, expected: number): Promise<string | undefined> {
    if (received(flush) === expected) return undefined;
    if (daemon.kernelDrops() > 0) return `the kernel dropped datagrams for ${daemon.name}`;
    const after = await nextFlush(daemon, daemon.carbon.flushes.indexOf(flush) + 1);
    return received(after) > 0 ? `lines for ${daemon.name} were in two windows` : undefined;
  }

  async function step(batch?: Batch): Promise<Outcome> {
    try {
      const flushes = await window(batch);
      const apart = Math.abs(flushes.theirs.arrivedMs - flushes.ours.arrivedMs);
      if (apart > flushInterval / 2) return { kind: 'spoiled', why: `the flushes were ${apart} ms apart` };
      const expected = batch === undefined ? 0 : lineCount(batch);
      const why = (await excuse(theirs, flushes.theirs, expected)) ?? (await excuse(ours, flushes.ours, expected));
      if (why !== undefined) return { kind: 'spoiled', why };
      // How many packets a stream becomes depends on how its reads fall.
      const masked = new Set(batch?.transport === 'stream' ? namesOf('packets_received', settings) : []);
      const differences = compare(flushes.theirs, flushes.ours, masked);
      return { kind: 'compared', flushes, differences };
    } catch (error) {
      if (error instanceof Ended) return { kind: 'died', who: error.who, how: error.message };
      return { kind: 'spoiled', why: String(error) };
    }
  }

  return { step };
}

/** The flushes of one window of two new daemons, which need not be the same. */
export async function flushesOf(
  settings: OriginalSettings,
  startTheirs: Start,
  startOurs: Start,
  batch: Batch,
): Promise<Flushes> {
  for (let tries = 1; ; tries++) {
    const pair = await startPair(settings, startTheirs, startOurs);
    try {
      const outcome = await pair.step(batch);
      if (outcome.kind === 'compared') return outcome.flushes;
      if (outcome.kind === 'died') throw new Error(outcome.how);
      if (tries === 5) throw new Error(outcome.why);
    } finally {
      await pair.stop();
    }
  }
}

function flushOf(daemon: Daemon, index: number, patienceMs: number): Promise<Flush> {
  const ended = daemon.program.ended.then((how): never => {
    throw new Ended(daemon.name, how);
  });
  return Promise.race([daemon.carbon.flush(index, patienceMs), ended]);
}

class Ended extends Error {
  readonly who: string;
  constructor(who: string, how: string) {
    super(how);
    this.who = who;
  }
}

function lineCount({ packets, transport }: Batch): number {
  const texts = transport === 'stream' ? [Buffer.concat(packets)] : packets;
  return texts.reduce((sum, packet) => sum + linesIn(textOf(packet, transport), transport).length, 0);
}
