import type { StatusLine } from '../../src/plugin.ts';

/** What is known about the link to carbon, for the original's status lines and metrics. Times are whole Unix seconds. */
export interface LinkState {
  /** Of the last delivered window; before there is one, of the start of the process. */
  readonly last_flush: number;
  /** Of the last failure to connect or to write; 0 when there was none. */
  readonly last_exception: number;
  /** Milliseconds that the last delivered window took to write. */
  readonly flush_time: number;
  /** Characters of its text, or bytes of its pickle. */
  readonly flush_length: number;
}

/** `startupTime`: of the process, Unix seconds. */
export function startState(startupTime: number): LinkState {
  return { last_flush: startupTime, last_exception: 0, flush_time: 0, flush_length: 0 };
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
