import type { SeriesInput } from '../../../../src/plugin.ts';
import type { Header } from '../../records/header.ts';
import type { Scan } from '../../records/scan.ts';
import type { Names } from '../names.ts';
import type { Origin, Section } from '../origin.ts';
import type { RoutedRequest } from '../router.ts';

/**
 * What Heroku's platform tells of, and what it is called: each call hands over the metrics of one thing that happened, and gives their
 * number. Positions are those of the loaded body.
 */
export interface Profile {
  /** Keys may stand behind brackets and `INFO:root:`, and of a value the leading number is enough. */
  readonly lenient: boolean;
  /** Metrics whose line has no `source=` get the process of its head for one. */
  readonly procIdAsSource: boolean;
  /** The router answered a request. */
  routed(origin: Origin, scan: Scan, request: RoutedRequest): number;
  /** An error of the platform, such as R14; `text[start, end)` is the process that it is of. */
  failed(origin: Origin, scan: Scan, code: string, start: number, end: number): number;
  /** The dyno `text[start, end)` changed its state. */
  changed(origin: Origin, scan: Scan, states: Change, start: number, end: number): number;
  /** What samples of a line of the platform belong to. Undefined: as those of an app. */
  place(origin: Origin, scan: Scan, header: Header, lineStart: number, lineEnd: number): Place | undefined;
  /** The platform sampled something, of which a gauge was handed over; gives the number of metrics that it is besides. */
  sampled(origin: Origin, section: Section, memory: Memory | undefined, plainName: string, value: number): number;
}

export interface Change {
  readonly from: string;
  readonly to: string;
}

/** Names and tags of the samples of one line. */
export interface Place {
  readonly names: Names;
  readonly section: Section;
  /** Of a dyno: what its memory is a part of, as far as that was read. */
  readonly memory?: Memory;
}

export interface Memory {
  total: number;
  quota: number;
  percent: SeriesInput | undefined;
}
