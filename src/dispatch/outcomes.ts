import type { DeliveryError } from '../plugin.ts';

/** When a back-end or a lane delivered last, and how it failed last. Times are Unix milliseconds. */
export interface Outcomes {
  readonly lastSuccessMs?: number;
  readonly lastError?: DeliveryError;
}

export interface OutcomeRecord {
  readonly last: Outcomes;
  succeeded(): void;
  failed(message: string): void;
}

export function createOutcomeRecord(now: () => number = Date.now): OutcomeRecord {
  let last: Outcomes = {};
  return {
    get last() {
      return last;
    },
    succeeded() {
      last = { ...last, lastSuccessMs: now() };
    },
    failed(message) {
      last = { ...last, lastError: { atMs: now(), message } };
    },
  };
}
