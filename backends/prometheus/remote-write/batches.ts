import type { Body } from '../../../src/kit/http/body.ts';
import type { RemoteSeries, Wire } from './wire.ts';

/** Bytes of a request before compression: some receivers take no more than 1 MB of what is compressed, and texts may be long. */
const MAX_BYTES = 4_000_000;

/** Cuts what is written into requests. */
export interface Batches extends Wire {
  /** Requests that are full, since the last call. */
  full(): readonly Body[];
  /** The last one too. */
  rest(): readonly Body[];
}

/** Requests of at most `maxSamples`, each series as a whole. */
export function batches(wire: Wire, maxSamples: number, maxBytes: number = MAX_BYTES): Batches {
  let full: Body[] = [];

  function cut(): void {
    if (wire.count > 0) full.push(wire.take());
  }

  function drain(): readonly Body[] {
    const drained = full;
    full = [];
    return drained;
  }

  return {
    get count() {
      return wire.count;
    },
    get samples() {
      return wire.samples;
    },
    get length() {
      return wire.length;
    },
    take: wire.take,
    add(series: RemoteSeries) {
      const more = series.points.length + (series.native === undefined ? 0 : 1);
      if (wire.samples + more > maxSamples) cut();
      wire.add(series);
      if (wire.samples >= maxSamples || wire.length >= maxBytes) cut();
    },
    full: drain,
    rest() {
      cut();
      return drain();
    },
  };
}
