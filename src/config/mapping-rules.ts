import type { MatchType } from '../pattern/parse.ts';
import type { ExporterRules } from './exporter/rules.ts';

/** What `mapping` says: stages, each of which is given what the one before it made of a series. Plain data. */
export interface MappingRules {
  readonly stages: readonly Stage[];
}

export type Stage = ProfileStage | ExporterStage | NamespaceStage | NameStage | TagRenameStage | TagStage;

/** The mapper of the Datadog Agent. */
export interface ProfileStage {
  readonly kind: 'profiles';
  readonly profiles: readonly Profile[];
}

/** The first whose prefix a name begins with is the only one that is asked. */
export interface Profile {
  readonly name: string;
  /** `*`: of every name. */
  readonly prefix: string;
  /** The first that matches is taken. */
  readonly mappings: readonly ProfileMapping[];
}

export interface ProfileMapping {
  readonly match: string;
  readonly matchType: MatchType;
  /** A template, as are the values of the tags. */
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The mapper of statsd_exporter. */
export interface ExporterStage {
  readonly kind: 'exporter';
  readonly rules: ExporterRules;
  /** What becomes of series that no rule matches. */
  readonly unmapped: 'keep' | 'drop';
  /** How messages name the file that the rules stand in. Absent: they stand in the configuration. */
  readonly file?: string;
}

export interface NamespaceStage {
  readonly kind: 'namespace';
  /** With its dot. */
  readonly prefix: string;
  /** Names that begin with one of these stay as they are. */
  readonly except: readonly string[];
}

/** Entries are names; one that ends in `*` stands for all names that begin so. */
export interface NameStage {
  readonly kind: 'names';
  /** All others are blocked. Undefined: none is. */
  readonly allow: readonly string[] | undefined;
  readonly block: readonly string[];
}

/** New keys of tags by old ones; that of the host is `host`. */
export interface TagRenameStage {
  readonly kind: 'tagRenames';
  readonly renames: Readonly<Record<string, string>>;
}

/** By the key of a tag; that of the host is `host`. */
export interface TagStage {
  readonly kind: 'tags';
  readonly action: 'drop' | 'keep';
  readonly keys: readonly string[];
}
