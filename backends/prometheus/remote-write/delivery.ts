import type { Body } from '../../../src/kit/http/body.ts';
import { partOf } from '../../../src/kit/http/body.ts';
import type { Answered, Outcome } from '../../../src/kit/http/post.ts';
import { seldom } from '../../../src/kit/seldom.ts';
import { type BackendContext, type Payload, sendError } from '../../../src/plugin.ts';
import { adviceFor, isForeign, writtenOf } from './answer.ts';
import { downgraded } from './downgrade.ts';
import type { Negotiation } from './negotiation.ts';
import { partOfV2 } from './part-v2.ts';
import type { Receiver } from './receiver.ts';
import { compress, SNAPPY, uncompress, versionOf } from './snappy.ts';
import type { Version } from './wire.ts';

/** A request as a payload. */
export function payloadOf({ bytes, ...body }: Body, like: Pick<Payload, 'lanes' | 'createdMs'>): Payload {
  const { lanes, createdMs } = like;
  return { lanes, bytes: compress(bytes), encoding: SNAPPY, ...body, createdMs };
}

/** Sends payloads, whichever version they are of. A request that is sent twice is as good as one: its samples have their times. */
export function delivery(
  receiver: Receiver,
  negotiation: Negotiation,
  { lost, log }: Pick<BackendContext, 'lost' | 'log'>,
): (payload: Payload, signal: AbortSignal) => Promise<void> {
  const tellPart = seldom((_, samples: number, name: string, text: string) =>
    log.warn(`${samples} samples of a request were refused, whose first is of ${JSON.stringify(name)}: ${text}`),
  );

  async function post(payload: Payload, signal: AbortSignal) {
    const version = versionOf(payload.bytes);
    if (version === 1) return { sent: payload, version, outcome: await receiver.post(1, payload.bytes, signal) };
    if (negotiation.version === 2) {
      const outcome = await receiver.post(2, payload.bytes, signal);
      if (!isForeign(outcome)) return { sent: payload, version, outcome };
      negotiation.refused(outcome.text);
    }
    const sent = asVersion1(payload);
    return { sent, version: 1 as const, outcome: await receiver.post(1, sent.bytes, signal) };
  }

  /** Of version 2 the receiver says how much it has taken, and nothing of that is lost. */
  function rejected(payload: Payload, outcome: Outcome & Answered): void {
    const { names } = payload;
    const written = writtenOf(outcome) ?? 0;
    if (written === 0 || written >= names.length)
      throw sendError(outcome.text, { permanent: true, reason: 'rejected' });
    lost('rejected', names.length - written);
    tellPart(names.length - written, names[0] ?? '', outcome.text);
  }

  return async (payload, signal) => {
    const { sent, version, outcome } = await post(payload, signal);
    const { kind, text, status } = outcome;
    switch (kind) {
      case 'accepted':
        if (version === 1) await negotiation.settle(signal);
        return;
      case 'rejected':
        if (outcome.tooLarge) throw tooLarge(sent, version, text);
        rejected(sent, outcome);
        return;
      case 'retry': {
        const { retryAfterMs } = outcome;
        throw sendError(text, retryAfterMs === undefined ? {} : { retryAfterMs });
      }
      case 'refused':
        // A redirect: somebody has to correct the address.
        throw sendError(text, { retryAfterMs: Number.POSITIVE_INFINITY });
      case 'useless':
        throw sendError(text + adviceFor(status, text), { permanent: true });
      default:
        outcome satisfies never;
    }
  };
}

function asVersion1(payload: Payload): Payload {
  try {
    return payloadOf({ ...downgraded(uncompress(payload.bytes)), names: payload.names }, payload);
  } catch (error) {
    throw sendError(`cannot read a request that waits: ${error}`, {
      permanent: true,
      reason: 'unreadable',
      cause: error,
    });
  }
}

function tooLarge(payload: Payload, version: Version, text: string): Error {
  const { names, ends, start = 0 } = payload;
  if (names.length < 2 || ends === undefined) return sendError(text, { permanent: true, reason: 'too_large' });
  const halves = halvesOf({ bytes: uncompress(payload.bytes), names, ends, start }, version);
  return sendError(text, { smaller: halves.map((half) => payloadOf(half, payload)) });
}

/** Of a request of two series or more. */
export function halvesOf(body: Body, version: Version): readonly [Body, Body] {
  const part = version === 2 ? partOfV2 : (...range: [Body, number, number]) => partOf({}, ...range);
  const middle = Math.ceil(body.names.length / 2);
  return [part(body, 0, middle), part(body, middle, body.names.length)];
}
