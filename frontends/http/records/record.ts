export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** One log line out of a structured body. What its text says never makes it a line of the platform. */
export interface LogRecord {
  readonly text: string;
  /** In place of the app of the request. */
  readonly app?: string | undefined;
  /** Process, service or host: the source of metrics whose line names none. */
  readonly process?: string | undefined;
  /** Milliseconds since 1970. */
  readonly timeMs?: number | undefined;
  readonly severity?: string | undefined;
  /** The record itself, for rules that read fields. */
  readonly fields?: JsonObject | undefined;
}
