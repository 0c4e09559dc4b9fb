import type { Client } from '../../../src/kit/http/auth.ts';

/** What is known of those who post with one credential for one drain, or for one app where no drain is named. */
export interface Drain {
  readonly client: string;
  readonly token: string | undefined;
  readonly app: string | undefined;
  /** Unix milliseconds of the last request. */
  lastMs: number;
  /** The last one. */
  sender: string | undefined;
  requests: number;
  /** Unpacked. */
  bytes: number;
  lines: number;
  metrics: number;
  duplicates: number;
  lostLines: number;
  readonly refusals: Refusals;
}

interface Refusals {
  readonly byStatus: Map<number, number>;
  last: string | undefined;
}

/** Someone without a credential, or whose request was refused before it was asked for. */
interface Stranger {
  readonly remote: string;
  lastMs: number;
  readonly refusals: Refusals;
}

/** Who has posted here, and what became of it. */
export interface Drains {
  /** `token` names a drain; what a client makes up is bounded. */
  of(client: Client, token: string | undefined, app: string | undefined): Drain;
  /** `drain`: of whom it is known. */
  refused(drain: Drain | undefined, remote: string, status: number, sentence: string): void;
  /** As JSON, the latest first. A client that stands for an app, or may write some names only, sees its own. */
  listFor(asking: Client): string;
}

/** Drains of one client, and addresses of strangers: of more the idlest is forgotten. */
const MOST = 200;
const CLIENTS = 1000;
/** Characters of the token of a drain that are shown, and of any that are kept. */
const SHOWN = 10;
const KEPT = 200;

export function createDrains(now: () => number = Date.now): Drains {
  const sinceMs = now();
  const clients = new Map<string, Map<string, Drain>>();
  const strangers = new Map<string, Stranger>();

  function drainsOf(client: string): Map<string, Drain> {
    const known = clients.get(client);
    if (known !== undefined) return known;
    const [oldest] = clients.keys();
    if (clients.size >= CLIENTS && oldest !== undefined) clients.delete(oldest);
    const drains = new Map<string, Drain>();
    clients.set(client, drains);
    return drains;
  }

  return {
    of({ name }, token, app) {
      const drains = drainsOf(name);
      const key = token ?? app ?? '';
      const known = drains.get(key);
      if (known !== undefined) return known;
      forgetIdlest(drains);
      const drain: Drain = {
        client: name,
        token: token?.slice(0, KEPT),
        app,
        lastMs: now(),
        sender: undefined,
        requests: 0,
        bytes: 0,
        lines: 0,
        metrics: 0,
        duplicates: 0,
        lostLines: 0,
        refusals: noRefusals(),
      };
      if (key.length <= KEPT) drains.set(key, drain);
      return drain;
    },
    refused(drain, remote, status, sentence) {
      let refused: Drain | Stranger | undefined = drain ?? strangers.get(remote);
      if (refused === undefined) {
        forgetIdlest(strangers);
        const stranger: Stranger = { remote, lastMs: 0, refusals: noRefusals() };
        strangers.set(remote, stranger);
        refused = stranger;
      }
      const { refusals } = refused;
      refused.lastMs = now();
      refusals.byStatus.set(status, (refusals.byStatus.get(status) ?? 0) + 1);
      refusals.last = sentence;
    },
    listFor(asking) {
      const seesAll = asking.app === undefined && asking.prefixes === undefined;
      const seen = seesAll ? [...clients.values()] : [drainsOf(asking.name)];
      const drains = seen.flatMap((of) => [...of.values()]);
      const unknown = seesAll ? [...strangers.values()] : [];
      const since = new Date(sinceMs).toISOString();
      return `${JSON.stringify({ since, drains: latestFirst(drains).map(shownDrain), unknown: latestFirst(unknown).map(shownStranger) }, null, 2)}\n`;
    },
  };
}

function noRefusals(): Refusals {
  return { byStatus: new Map(), last: undefined };
}

function forgetIdlest<Key>(all: Map<Key, { readonly lastMs: number }>): void {
  if (all.size < MOST) return;
  let idlest: Key | undefined;
  let lastMs = Number.POSITIVE_INFINITY;
  for (const [key, one] of all) {
    if (one.lastMs >= lastMs) continue;
    idlest = key;
    lastMs = one.lastMs;
  }
  if (idlest !== undefined) all.delete(idlest);
}

function latestFirst<One extends { readonly lastMs: number }>(all: readonly One[]): One[] {
  return [...all].sort((a, b) => b.lastMs - a.lastMs);
}

function shownDrain({ token, lastMs, refusals, client, app, sender, ...counts }: Drain): object {
  return {
    client,
    drain: token === undefined || token.length <= SHOWN ? token : `${token.slice(0, SHOWN)}…`,
    app,
    sender,
    last: new Date(lastMs).toISOString(),
    ...counts,
    ...shownRefusals(refusals),
  };
}

function shownStranger({ remote, lastMs, refusals }: Stranger): object {
  return { remote, last: new Date(lastMs).toISOString(), ...shownRefusals(refusals) };
}

function shownRefusals({ byStatus, last }: Refusals): object {
  return { refusals: Object.fromEntries([...byStatus].sort(([a], [b]) => a - b)), lastError: last };
}
