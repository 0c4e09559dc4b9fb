import { messageOf } from '../../src/kit/error-text.ts';
import type { Credentials } from '../../src/kit/http/post.ts';
import { seldom } from '../../src/kit/seldom.ts';
import type { Logger } from '../../src/plugin.ts';

/** Milliseconds between two looks at where a key comes from. */
const LOOK_MS = 30_000;

/** An API key that may be replaced while it is in use. */
export interface Key extends Credentials {
  /** Looks at where it comes from, no more than once in 30 s. True where it is another one now, or was a moment ago. */
  renew(): boolean;
}

/** `reread` gives what the key's reference stands for now: undefined where it was written into the configuration itself. */
export function createKey(
  first: string,
  destination: string,
  reread: () => string | undefined,
  log: Logger,
  nowMs: () => number = () => performance.now(),
): Key {
  let key = first;
  let secrets: readonly string[] = [first];
  let lookedMs = Number.NEGATIVE_INFINITY;
  let changedMs = Number.NEGATIVE_INFINITY;
  const tellFault = seldom((_, fault: string) =>
    log.error(`the API key for ${destination} cannot be read again: ${fault}; going on with the old one`),
  );

  function look(): void {
    let next: string | undefined;
    try {
      next = reread();
    } catch (error) {
      tellFault(messageOf(error));
      return;
    }
    if (next === undefined || next === key) return;
    if (!/^[\x21-\x7e]+$/.test(next)) {
      tellFault('it has blanks or other characters that an API key never has, or none');
      return;
    }
    key = next;
    // What waits for an answer may still name the one before.
    secrets = [next, ...secrets].slice(0, 3);
    changedMs = nowMs();
    log.info(`another API key is used for ${destination} from now on`);
  }

  return {
    headers: () => ({ 'DD-API-KEY': key }),
    secrets: () => secrets,
    renew() {
      if (nowMs() - lookedMs >= LOOK_MS) {
        lookedMs = nowMs();
        look();
      }
      return nowMs() - changedMs < LOOK_MS;
    },
  };
}
