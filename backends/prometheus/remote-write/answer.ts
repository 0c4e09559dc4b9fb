import type { Answered, Outcome } from '../../../src/kit/http/post.ts';
import type { Judge } from '../../../src/kit/http/verdict.ts';

/** Prometheus (2.42, for one) answers so, with 500, unless it was started with a feature flag; it would not take it later either. */
const NATIVE_DISABLED = /native histograms are disabled/i;

/**
 * As the specification has it: nothing that was answered 4xx is sent again but for 429, and 413, of which parts are.
 * https://prometheus.io/docs/specs/remote_write_spec/#retries--backoff
 */
export const judge: Judge = (status, answer) => {
  if (status >= 400 && NATIVE_DISABLED.test(answer)) return 'useless';
  const isUsual = status === 400 || status === 413 || status === 429;
  return status >= 400 && status < 500 && !isUsual ? 'useless' : undefined;
};

/** What is to be looked at after such an answer, of which `text` tells. */
export function adviceFor(status: number | undefined, text: string): string {
  if (NATIVE_DISABLED.test(text)) return '; remove "nativeHistograms", or let the receiver take them';
  switch (status) {
    case 401:
    case 403:
      return '; check "auth" and "headers"';
    case 404:
    case 405:
      return '; check "url": Prometheus takes remote write at /api/v1/write, with --web.enable-remote-write-receiver';
    default:
      return '';
  }
}

const SAMPLES_WRITTEN = 'x-prometheus-remote-write-samples-written';
const HISTOGRAMS_WRITTEN = 'x-prometheus-remote-write-histograms-written';

/** What a receiver of version 2 says of what it has taken. */
export const WRITTEN_HEADERS: readonly string[] = [SAMPLES_WRITTEN, HISTOGRAMS_WRITTEN];

/** Samples that were taken of a request of version 2. Undefined: it does not say so, as one that does not know that version. */
export function writtenOf({ headers }: Answered): number | undefined {
  const samples = headers?.get(SAMPLES_WRITTEN);
  if (samples === undefined) return undefined;
  const written = Number(samples) + Number(headers?.get(HISTOGRAMS_WRITTEN) ?? 0);
  return Number.isSafeInteger(written) && written >= 0 ? written : undefined;
}

/**
 * Whether this answer to a request of version 2 says that the receiver does not know it: it tells so, or took it for one of version 1, in
 * which it has no series.
 */
export function isForeign(outcome: Outcome & Answered): boolean {
  return outcome.status === 415 || (outcome.kind === 'accepted' && writtenOf(outcome) === undefined);
}
