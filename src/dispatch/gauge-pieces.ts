import { createByteReader } from '../kit/byte-reader.ts';
import { createByteWriter } from '../kit/byte-writer.ts';
import { sharedTagLists } from '../kit/tag-lists.ts';
import { tagsWithHost } from '../kit/tags.ts';
import { hostOf, named } from '../protocol/identity.ts';
import type { KeptStatsdGauge } from '../statsd/ledger.ts';
import type { KeptGauge } from '../window/kept-gauges.ts';

/** What the gauges of a piece are. */
const GAUGES = 1;
const STATSD_GAUGES = 2;

/** Bytes of a piece, about: less than a millisecond of work. */
const PIECE = 16_384;

/** Who takes the gauges of pieces. */
export interface GaugeTaker {
  gauge(gauge: KeptGauge): void;
  statsdGauge(gauge: KeptStatsdGauge): void;
}

/** Gauges, and those of the original daemon's metrics, as pieces of bytes. */
export function* gaugePieces(
  gauges: Iterable<KeptGauge>,
  statsd: Iterable<KeptStatsdGauge>,
): Generator<Uint8Array, undefined, undefined> {
  const writer = createByteWriter();
  for (const gauge of gauges) {
    const { name, value, idleMs } = gauge;
    // A host is written as the tag that it was sent as.
    const tags = tagsWithHost(gauge);
    if (writer.length === 0) writer.whole(GAUGES);
    writer.text(name);
    writer.whole(tags.length);
    for (const tag of tags) writer.text(tag);
    writer.number(value);
    writer.number(idleMs);
    if (writer.length >= PIECE) yield writer.take();
  }
  if (writer.length > 0) yield writer.take();
  for (const { key, value, left } of statsd) {
    if (writer.length === 0) writer.whole(STATSD_GAUGES);
    writer.text(key);
    writer.number(value);
    writer.whole(left);
    if (writer.length >= PIECE) yield writer.take();
  }
  if (writer.length > 0) yield writer.take();
  return undefined;
}

/** Reads pieces, each on its own. Throws on what `gaugePieces` did not make. */
export function gaugePieceReader(taker: GaugeTaker): (piece: Uint8Array) => void {
  const shared = sharedTagLists();
  return (piece) => {
    const reader = createByteReader(piece);
    const kind = reader.whole();
    if (kind !== GAUGES && kind !== STATSD_GAUGES) throw new Error(`a piece of it is of the kind "${kind}"`);
    while (!reader.atEnd) {
      if (kind === STATSD_GAUGES) {
        taker.statsdGauge({ key: reader.text(), value: reader.number(), left: reader.whole() });
        continue;
      }
      const name = reader.text();
      const { custom, host } = hostOf(Array.from({ length: reader.whole() }, reader.text));
      const identity = named(name, { tags: shared(custom), host });
      taker.gauge({ ...identity, value: reader.number(), idleMs: reader.number() });
    }
  };
}
