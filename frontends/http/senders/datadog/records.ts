/** What bodies for Datadog's intake hold, in whichever format. Numbers are as they were sent: finite or not. */

/** A point, or the values of one: Unix seconds, and what was measured then. */
export interface At<Value> {
  readonly time: number;
  readonly value: Value;
}

interface RecordBase {
  /** As the intake stores it, see `metricName`; empty where there was none. */
  readonly name: string;
  /** A tag section of DogStatsD. */
  readonly tags: string;
}

export interface MetricRecord extends RecordBase {
  /** Undefined: of a type that the intake does not know. */
  readonly type: 'count' | 'rate' | 'gauge' | undefined;
  /** Seconds that a value of a rate stands for; 0: not said. */
  readonly interval: number;
  readonly points: readonly At<number>[];
}

export interface DistributionRecord extends RecordBase {
  readonly points: readonly At<readonly number[]>[];
}

/** The Datadog Agent's DDSketch. */
export interface AgentSketch {
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  /** Keys of the bins, and the number of values in each. */
  readonly keys: readonly number[];
  readonly counts: readonly number[];
}

export interface SketchRecord extends RecordBase {
  readonly points: readonly At<AgentSketch>[];
}

export interface EventRecord {
  readonly title: string;
  readonly text: string;
  readonly tags: string;
  /** Without a value: not sent. */
  readonly time?: number | undefined;
  readonly host?: string | undefined;
  readonly aggregationKey?: string | undefined;
  readonly priority?: string | undefined;
  readonly sourceType?: string | undefined;
  readonly alertType?: string | undefined;
}

export interface CheckRecord {
  readonly name: string;
  readonly status: number;
  readonly tags: string;
  readonly time?: number | undefined;
  readonly host?: string | undefined;
  readonly message?: string | undefined;
}
