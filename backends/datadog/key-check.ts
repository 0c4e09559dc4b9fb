import { messageOf } from '../../src/kit/error-text.ts';
import { seldom } from '../../src/kit/seldom.ts';
import type { Logger } from '../../src/plugin.ts';
import { type DatadogDestination, refusalOf } from './destinations.ts';

/** Milliseconds from one question for a key to the next. */
const EVERY_MS = 3_600_000;

/** Milliseconds for an answer. */
const ANSWER_MS = 20_000;

/** Asks each destination whether it knows its key, at the start and once an hour, and remembers what came of it. */
export interface KeyCheck {
  /** To be called with each window. Nothing waits for it. */
  due(): void;
  /** A request to a destination was taken, or its key was refused. */
  known(destination: string | undefined, known: boolean): void;
  /** Destinations that refuse their key, by name; of the block itself by URL. */
  readonly refusing: readonly string[];
  stop(): void;
}

export function createKeyCheck(
  destinations: readonly DatadogDestination[],
  log: Logger,
  nowMs: () => number = () => performance.now(),
): KeyCheck {
  const refusing = new Set<string>();
  const end = new AbortController();
  let askedMs = Number.NEGATIVE_INFINITY;
  const labels = new Map(destinations.map(({ name, url }) => [name, name ?? url]));
  const tellRefusal = seldom((_, why: string) =>
    log.error(`an API key is refused, what is sent waits for one that is known: ${why}`),
  );

  function settle(label: string, refusal: string | undefined): void {
    if (refusal !== undefined) {
      refusing.add(label);
      tellRefusal(refusal);
    } else if (refusing.delete(label)) {
      tellRefusal.over();
      log.info(`${label} knows the API key again`);
    }
  }

  async function ask(destination: DatadogDestination): Promise<void> {
    const label = destination.name ?? destination.url;
    destination.key.renew();
    try {
      const signal = AbortSignal.any([end.signal, AbortSignal.timeout(ANSWER_MS)]);
      settle(label, await refusalOf(destination, signal));
    } catch (error) {
      if (!end.signal.aborted)
        log.warn(`cannot ask for the API key, windows are sent all the same: ${messageOf(error)}`);
    }
  }

  return {
    due() {
      if (nowMs() - askedMs < EVERY_MS) return;
      askedMs = nowMs();
      for (const destination of destinations) void ask(destination);
    },
    known(destination, known) {
      const label = labels.get(destination);
      if (label === undefined) return;
      if (known) settle(label, undefined);
      else refusing.add(label);
    },
    get refusing() {
      return [...refusing];
    },
    stop: () => end.abort(),
  };
}
