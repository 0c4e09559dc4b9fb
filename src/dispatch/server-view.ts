import { unseenServer } from '../kit/unseen-server.ts';
import type { FrontendAccount } from '../partial/partial.ts';
import type { BackendStatus, FrontendAccountNow, LineExplanation, RejectedLine, ServerView } from '../plugin.ts';
import { packageVersion } from '../process/package.ts';
import { masked } from '../process/secrets.ts';
import { adviceFor } from '../protocol/reasons.ts';
import { createLineTotals } from '../telemetry/line-totals.ts';
import { createHandOvers } from './hand-overs.ts';
import type { AccountMessage, Explained, FromDispatch, FrontendNow } from './messages.ts';

/** How long the main thread may take to explain a line. Milliseconds. */
const EXPLAIN_MS = 5000;

export interface ServerViewOptions {
  /** Shards that there are. */
  shards(): Iterable<number>;
  /** Asks the main thread. */
  ask(message: Extract<FromDispatch, { kind: 'tellAccounts' | 'explain' }>): void;
  backends(): readonly BackendStatus[];
  /** Whether front-ends accept traffic. */
  accepting(): boolean;
}

/** What the dispatch thread knows of the server, for the back-ends that show it. */
export interface SeenServer {
  readonly view: ServerView;
  configured(intervalMs: number, startedMs: number, configFile: string | undefined): void;
  setFrontends(frontends: readonly FrontendNow[]): void;
  /** A shard handed over, or has gone: what it told before is part of that. */
  handedOver(shard: number, accounts: readonly FrontendAccount[]): void;
  told(message: AccountMessage): void;
  explained(id: number, answer: Explained): void;
}

export function createSeenServer({ shards, ask, backends, accepting }: ServerViewOptions): SeenServer {
  const totals = createLineTotals();
  /** By shard: what became of lines since it handed over. */
  const open = new Map<number, readonly FrontendAccount[]>();
  const waiting = new Map<number, (answer: Explained) => void>();
  const asked = createHandOvers(shards, () => ask({ kind: 'tellAccounts' }));
  let frontends: readonly FrontendNow[] = [];
  let about = { intervalMs: 0, startedMs: 0, configFile: '' };
  let questions = 0;

  function examplesOf(frontend: string, accounts: readonly FrontendAccount[]): RejectedLine[] {
    return accounts
      .filter((account) => account.frontend === frontend)
      .flatMap(({ examples }) => examples)
      .map((example) => ({ frontend, ...example, advice: adviceFor(example.reason, example.line) }));
  }

  async function accounts(): Promise<readonly FrontendAccountNow[]> {
    await asked.request();
    // Its bound is meant for what costs more than this.
    asked.windowClosed();
    const more = [...open.values()].flat();
    return frontends.map(({ name }) => ({ name, counts: totals.of(name, more), examples: examplesOf(name, more) }));
  }

  async function explain(line: string): Promise<readonly LineExplanation[]> {
    const id = ++questions;
    const answer = await new Promise<Explained>((resolve) => {
      const failure = `the main thread did not explain the line within ${EXPLAIN_MS / 1000} s`;
      const timer = setTimeout(() => resolve({ ok: false, failure }), EXPLAIN_MS);
      waiting.set(id, (given) => {
        clearTimeout(timer);
        resolve(given);
      });
      ask({ kind: 'explain', id, line });
    });
    waiting.delete(id);
    if (!answer.ok) throw new Error(masked(answer.failure));
    return answer.explanations;
  }

  return {
    view: {
      ...unseenServer,
      status: () => ({
        version: packageVersion(),
        node: process.version,
        pid: process.pid,
        ...about,
        ready: accepting() && frontends.every(({ receiving }) => receiving),
        frontends: frontends.map((frontend) => ({ ...frontend, counts: totals.of(frontend.name) })),
        backends: backends(),
      }),
      accounts,
      explain,
    },
    configured(intervalMs, startedMs, configFile = '') {
      about = { intervalMs, startedMs, configFile };
    },
    setFrontends(next) {
      frontends = next;
    },
    handedOver(shard, given) {
      open.delete(shard);
      totals.add(given);
      asked.answered(shard);
    },
    told({ shard, accounts }) {
      open.set(shard, accounts);
      asked.answered(shard);
    },
    explained: (id, answer) => waiting.get(id)?.(answer),
  };
}
