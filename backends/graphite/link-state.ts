import type { StatusLine } from '../../src/plugin.ts';

/** What is known about the link to carbon, for the original's status lines and metrics. Times are whole Unix seconds. */
export interface LinkState {
  /** Of the last delivered window; of the start before there is one. */
  readonly last_flush: number;
  /** Of the last failure to connect or to write; 0 when there was none. */
  readonly last_exception: number;
  /** Milliseconds that the last delivered window took to write. */
  readonly flush_time: number;
  /** Characters of its text, or bytes of its pickle. */
  readonly flush_length: number;
}

export function startState(): LinkState {
  return { last_flush: unixSeconds(), last_exception: 0, flush_time: 0, flush_length: 0 };
}

export function unixSeconds(): number {
  return Math.round(Date.now() / 1000);
}

export function statusLines({
  last_flush,
  last_exception,
  flush_time,
  flush_length,
}: LinkState): readonly StatusLine[] {
  return Object.entries({ last_flush, last_exception, flush_time, flush_length }).map(([name, value]) => ({
    group: 'graphite',
    name,
    value,
  }));
}
