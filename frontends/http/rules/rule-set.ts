/** A set of rules as it is written, checked and completed. Plain data. */
export interface RuleSet {
  readonly rules: readonly Rule[];
  readonly tests: readonly RuleTest[];
}

export interface Rule {
  readonly name: string;
  readonly when: When;
  readonly parse: ParseKind;
  readonly pattern?: string | undefined;
  readonly regex?: string | undefined;
  /** Texts that say that a field has no value. */
  readonly missing: readonly string[];
  readonly where: readonly Condition[];
  /** By name, for `${field:map}` (of the field's name) and `${field:map name}`. */
  readonly maps: Readonly<Record<string, TextMap>>;
  readonly metrics: readonly Metric[];
  readonly limits: Limits;
  readonly final: boolean;
}

export const parseKinds = ['none', 'logfmt', 'json', 'pattern', 'regex'] as const;
export type ParseKind = (typeof parseKinds)[number];

export interface When {
  /** Patterns with `*`, any of which is enough. */
  readonly app?: readonly string[] | undefined;
  readonly proc?: readonly string[] | undefined;
  /** Texts, all of which stand in the line. */
  readonly contains?: readonly string[] | undefined;
}

export type Scalar = string | number | boolean;

export const operators = ['==', '!=', '<', '<=', '>', '>=', 'in', 'exists', 'contains', 'prefix'] as const;
export type Operator = (typeof operators)[number];

export interface Condition {
  readonly field: string;
  readonly op: Operator;
  readonly value?: Scalar | readonly Scalar[] | undefined;
}

export interface TextMap {
  readonly values: Readonly<Record<string, string>>;
  readonly default: string;
}

export const metricTypes = ['count', 'measure', 'sample', 'unique'] as const;

export interface Metric {
  readonly type: (typeof metricTypes)[number];
  readonly name: string;
  readonly value?: string | number | undefined;
  readonly scale: number;
  readonly unit?: Unit | undefined;
  /** In place of a value that is missing or no number. */
  readonly default?: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

export const units = ['ns', 'us', 'ms', 's', 'm', 'h', 'B', 'kB', 'MB', 'GB'] as const;
export type Unit = (typeof units)[number];

export interface Limits {
  readonly maxSeries: number;
  /** Characters. */
  readonly maxTagLength: number;
  /** Milliseconds after which a series that nothing came for no longer counts. */
  readonly idle: number;
}

/** A line, and what the rules are to make of it. */
export interface RuleTest {
  readonly line: string;
  readonly app?: string | undefined;
  readonly proc?: string | undefined;
  readonly severity?: string | undefined;
  /** The structured record that the line is the text of. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /** Such as `measure job.time 12 job=mail`: type, name, value, tags. */
  readonly expect: readonly string[];
}

/** Where, from the value that was given, and what is wrong. */
export interface Fault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Characters of a record, over which no rule but one of structured fields reads it. */
export const LONGEST_LINE = 8192;
/** Characters of a pattern or regular expression. */
export const LONGEST_PATTERN = 1024;
