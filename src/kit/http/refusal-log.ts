import type { IncomingMessage } from 'node:http';
import type { Logger } from '../../plugin.ts';
import { seldom } from '../seldom.ts';

/** Different refusals that are told of by themselves; later ones go with the others of their status. */
const MOST = 200;
const LONGEST_PATH = 100;
/** Milliseconds after which a full table begins anew, so that who asks for many paths hides nobody for long. */
const FULL_MS = 60_000;

/** Tells of refusals that cost a sender its data: at once and then once a minute for each status, address and path. */
export function createRefusalLog(
  log: Logger,
  now: () => number = () => performance.now(),
): (status: number, sentence: string, request: IncomingMessage) => void {
  const known = new Map<string, (sentence: string) => void>();
  let sinceMs = now();

  function teller(status: number, remote: string, path: string): (sentence: string) => void {
    const key = `${status} ${remote} ${path}`;
    const given = known.get(key);
    if (given !== undefined) return given;
    if (known.size >= MOST && now() - sinceMs >= FULL_MS) {
      known.clear();
      sinceMs = now();
    }
    if (known.size >= MOST && remote !== OTHERS) return teller(status, OTHERS, OTHERS);
    const made = seldom((times, sentence: string) =>
      log.warn('refused requests; what they bring is lost where their senders do not send it again', {
        status,
        reason: sentence,
        remote,
        path,
        times,
      }),
    );
    known.set(key, made);
    return made;
  }

  return (status, sentence, request) => {
    const remote = request.socket.remoteAddress ?? 'unknown';
    const path = pathAsGiven(request.url ?? '').slice(0, LONGEST_PATH);
    teller(status, remote, path)(sentence);
  };
}

const OTHERS = 'others';

/** Without what may be a secret: the query behind it, and in the form for proxies the user before it. */
export function pathAsGiven(url: string): string {
  const path = url.startsWith('/') ? url : url.replace(/^[a-z]+:\/\/[^/?]*/i, '');
  return path.split('?', 1)[0]!;
}
