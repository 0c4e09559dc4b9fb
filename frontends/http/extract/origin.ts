import type { Client } from '../../../src/kit/http/auth.ts';
import type { Intake, MetricType, SeriesInput } from '../../../src/plugin.ts';
import type { Scan } from '../records/scan.ts';
import { ByteMap } from './byte-map.ts';
import { detach, type Name } from './names.ts';

export type SampleType = Exclude<MetricType, 'set' | 'distribution'>;

const CODES: Readonly<Record<SampleType, number>> = { counter: 0, gauge: 1, timer: 2, histogram: 3 };
const TYPES = Object.keys(CODES).length;

/** One list of tags, and the series that have it. */
export interface Section {
  /** A DogStatsD tag section such as `source:eu,app:shop`; undefined for no tags. */
  readonly tags: string | undefined;
  /** By id of the name and type. */
  readonly series: Map<number, SeriesInput>;
}

/** Where a line comes from: the app of one credential. */
export interface Origin {
  readonly client: string;
  /** `app:shop`, or undefined. */
  readonly appTag: string | undefined;
  /** No tags but that of the app. */
  readonly bare: Section;
  readonly bySource: ByteMap<Section>;
  readonly byTags: Map<string, Section>;
  readonly allowance: Allowance;
}

/** What one credential may still do. */
interface Allowance {
  readonly prefixes: readonly string[] | undefined;
  readonly origins: Map<string, Origin>;
  /** Series that were opened. */
  opened: number;
}

export interface Origins {
  of(client: Client, app: string | undefined): Origin;
  /** `source:<source>` of a source that stands in the loaded body. */
  source(origin: Origin, scan: Scan, start: number, end: number): Section;
  /** The section with these tags, and that of the app. */
  tagged(origin: Origin, tags: string): Section;
  sample(origin: Origin, section: Section, type: SampleType, name: Name, value: number): void;
  /** A series to keep for as long as the origin. What is not allowed is refused and counted with each value. */
  series(origin: Origin, type: SampleType, name: string, section: Section): SeriesInput;
  member(origin: Origin, section: Section, name: string, member: string): void;
}

export interface OriginOptions {
  /** Series that one credential may open within ten minutes. */
  readonly maxSeries: number;
  /** Milliseconds. */
  now(): number;
}

/** Ten minutes: after that everything is looked up anew, and what was not written since has gone. */
const PERIOD_MS = 600_000;
/** Series and sections of all credentials together. */
const HELD = 200_000;
const SOURCES = 20_000;
/** Bytes, and characters. */
const LONGEST_SOURCE = 128;

type OriginIntake = Pick<Intake, 'series' | 'member' | 'discard' | 'count'>;

export function createOrigins(intake: OriginIntake, { maxSeries, now }: OriginOptions): Origins {
  let allowances = new Map<string, Allowance>();
  let held = 0;
  let since = now();

  function allowanceOf({ name, prefixes }: Client): Allowance {
    const known = allowances.get(name);
    if (known !== undefined && isSame(known.prefixes, prefixes)) return known;
    const allowance: Allowance = { prefixes, origins: new Map(), opened: 0 };
    allowances.set(name, allowance);
    return allowance;
  }

  function sectionOf(tags: string | undefined): Section {
    held++;
    return { tags, series: new Map() };
  }

  const refuseName = () => {
    intake.discard('unsupported', 1);
    intake.count('drain.refused_names', 1);
  };
  const refuseSeries = () => {
    intake.discard('overload', 1);
    intake.count('drain.refused_series', 1);
  };

  function open(allowance: Allowance, type: SampleType, name: string, tags: string | undefined): SeriesInput {
    if (!isAllowed(allowance, name)) return { add: refuseName };
    if (allowance.opened >= maxSeries) return { add: refuseSeries };
    allowance.opened++;
    return tags === undefined ? intake.series(type, name) : intake.series(type, name, tags);
  }

  const origins: Origins = {
    of(client, app = '') {
      if (held >= HELD || now() - since >= PERIOD_MS) {
        allowances = new Map();
        held = 0;
        since = now();
      }
      const allowance = allowanceOf(client);
      const known = allowance.origins.get(app);
      if (known !== undefined) return known;
      const appTag = app === '' ? undefined : `app:${tagValue(app)}`;
      const origin: Origin = {
        client: client.name,
        appTag,
        bare: sectionOf(appTag),
        bySource: new ByteMap(SOURCES),
        byTags: new Map(),
        allowance,
      };
      allowance.origins.set(app, origin);
      return origin;
    },
    source(origin, scan, start, end) {
      const known = origin.bySource.find(scan, start, end);
      if (known !== undefined) return known;
      const section = origins.tagged(origin, sourceTag(scan.text.slice(start, end)));
      if (end - start <= LONGEST_SOURCE) origin.bySource.add(scan, start, end, section);
      return section;
    },
    tagged(origin, tags) {
      const known = origin.byTags.get(tags);
      if (known !== undefined) return known;
      const section = sectionOf(origin.appTag === undefined ? tags : `${tags},${origin.appTag}`);
      if (held < HELD) origin.byTags.set(tags, section);
      return section;
    },
    sample({ allowance }, section, type, name, value) {
      const key = name.id * TYPES + CODES[type];
      let series = section.series.get(key);
      if (series === undefined) {
        series = open(allowance, type, name.text, section.tags);
        if (held < HELD) {
          held++;
          section.series.set(key, series);
        }
      }
      series.add(value);
    },
    series({ allowance }, type, name, { tags }) {
      held++;
      return open(allowance, type, name, tags);
    },
    member({ allowance }, { tags }, name, member) {
      if (isAllowed(allowance, name)) intake.member(name, member, tags);
      else refuseName();
    },
  };
  return origins;
}

function isAllowed({ prefixes }: Allowance, name: string): boolean {
  return prefixes === undefined || prefixes.some((prefix) => name.startsWith(prefix));
}

function isSame(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === b || (a?.length === b?.length && a?.every((prefix, index) => prefix === b?.[index]) === true);
}

/** `source:<value>`; `source` is a slice of a body that was read as latin1. */
export function sourceTag(source: string): string {
  return `source:${tagValue(detach(source.slice(0, LONGEST_SOURCE)))}`;
}

/** The tag section of DogStatsD has no escapes: what would end a tag or a line becomes `_`, and so does broken UTF-8. */
export function tagValue(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go.
  return text.slice(0, LONGEST_SOURCE).replace(/[,|\x00-\x1f\x7f\ufffd]/g, '_');
}
