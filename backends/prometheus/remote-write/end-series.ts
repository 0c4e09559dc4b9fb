import type { Body } from '../../../src/kit/http/body.ts';
import type { Logger } from '../../../src/plugin.ts';
import type { Batches } from './batches.ts';
import { halvesOf } from './delivery.ts';
import type { FurtherLabel } from './labels.ts';
import type { Page } from './page.ts';
import { pageEncoder } from './page-encoder.ts';
import type { Receiver } from './receiver.ts';
import { compress } from './snappy.ts';
import type { Version } from './wire.ts';

/** Requests under way at a time. */
const AT_ONCE = 4;

/** Milliseconds: a back-end has two seconds to stop. */
const TIME_MS = 1500;

export interface EndSeriesOptions {
  readonly page: Page;
  /** Of `version`. */
  readonly requests: Batches;
  readonly version: Version;
  readonly receiver: Receiver;
  readonly externalLabels: readonly FurtherLabel[];
  readonly native: boolean;
  readonly timestampMs: number;
  readonly log: Logger;
}

/** Tells the receiver that all series of the page end, so that it shows their last values no longer. Never rejects. */
export async function endSeries(options: EndSeriesOptions): Promise<void> {
  const { page, requests, version, receiver, externalLabels, native, timestampMs, log } = options;
  const signal = AbortSignal.timeout(TIME_MS);

  /** What came instead of an acceptance, of a request that is too large: of its halves. */
  async function send(body: Body): Promise<string | undefined> {
    const outcome = await receiver.post(version, compress(body.bytes), signal);
    if (outcome.kind === 'accepted') return undefined;
    if (outcome.kind !== 'rejected' || !outcome.tooLarge || body.names.length < 2) return outcome.text;
    const [first, second] = halvesOf(body, version);
    return (await send(first)) ?? (await send(second));
  }

  /** What came instead of an acceptance. */
  async function post(bodies: readonly Body[]): Promise<string | undefined> {
    for (let at = 0; at < bodies.length; at += AT_ONCE) {
      const some = bodies.slice(at, at + AT_ONCE);
      const failed = (await Promise.all(some.map(send))).find((failure) => failure !== undefined);
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  let waiting: Body[] = [];
  let failure: string | undefined;
  for (const _ of page.write(pageEncoder(requests, { timestampMs, stale: true, native, externalLabels }))) {
    waiting.push(...requests.full());
    if (waiting.length < AT_ONCE) continue;
    failure = await post(waiting);
    waiting = [];
    if (failure !== undefined) break;
  }
  failure ??= await post([...waiting, ...requests.rest()]);
  if (failure === undefined) return;
  log.warn(
    `could not tell the receiver that series end: it shows their last values for five more minutes (${failure})`,
  );
}
