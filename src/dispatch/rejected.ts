import { type Seldom, seldom } from '../kit/seldom.ts';
import type { Account, Logger, RejectedLine } from '../plugin.ts';

/** Logs an example of what is rejected: for each front-end and reason at once, and then once a minute. */
export function createRejectLog(logFor: (frontend: string) => Logger): (account: Account) => void {
  const byReason = new Map<string, Seldom<[RejectedLine, number]>>();

  function logOf({ frontend, reason }: RejectedLine): Seldom<[RejectedLine, number]> {
    const key = `${frontend}\n${reason}`;
    let log = byReason.get(key);
    if (log === undefined) {
      log = seldom((_, { line, advice, from }, lines) =>
        logFor(frontend).warn(`rejected ${JSON.stringify(line)}: ${reason}: ${advice}`, {
          ...(from === undefined ? {} : { from }),
          lines,
        }),
      );
      byReason.set(key, log);
    }
    return log;
  }

  return ({ rejected, examples }) => {
    for (const example of examples) logOf(example)(example, rejected.get(example.reason) ?? 1);
  };
}
