import type { IncomingMessage } from 'node:http';
import type { Logger } from '../../plugin.ts';
import { seldom } from '../seldom.ts';

/** Different refusals that are told of by themselves; later ones go with the others of their status. */
const MOST = 200;
const LONGEST_PATH = 100;

/** Tells of refusals that cost a sender its data: at once and then once a minute for each status, address and path. */
export function createRefusalLog(log: Logger): (status: number, sentence: string, request: IncomingMessage) => void {
  const known = new Map<string, (sentence: string) => void>();

  function teller(status: number, remote: string, path: string): (sentence: string) => void {
    const key = `${status} ${remote} ${path}`;
    const given = known.get(key);
    if (given !== undefined) return given;
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
    // What stands behind the path may be a secret.
    const path = (request.url ?? '').split('?', 1)[0]!.slice(0, LONGEST_PATH);
    teller(status, remote, path)(sentence);
  };
}

const OTHERS = 'others';
