import type { Settings } from '../../config/settings.ts';
import type { StatusLine } from '../../plugin.ts';
import { statsdSettingsOf } from '../settings.ts';
import type { StatsdState } from '../state.ts';
import { type AdminSource, createCommands } from './commands.ts';
import { shownConfig } from './config-text.ts';
import { type AdminServer, startAdminServer } from './server.ts';

/** The admin interface as the configuration has it. */
export interface Admin {
  /**
   * Starts, stops or moves it. Gives where it listens; where it cannot go to a new address it goes on at the old one, and
   * `failure` tells why.
   */
  configure(
    settings: Settings,
  ): Promise<{ readonly addresses: readonly string[]; readonly failure: string | undefined }>;
  stop(): Promise<void>;
}

export interface AdminOptions {
  readonly startupTime: number;
  readonly statsd: StatsdState;
  refresh(): Promise<void>;
  status(): readonly StatusLine[];
}

type Address = Pick<NonNullable<Settings['admin']>, 'host' | 'port'>;

export function createAdmin({ startupTime, statsd, refresh, status }: AdminOptions, first: Settings): Admin {
  let settings = first;
  let server: AdminServer | undefined;
  let bound: Address | undefined;

  const source: AdminSource = {
    refresh,
    startupTime,
    status,
    get ledger() {
      // Wherever there is an admin interface there is a ledger.
      return statsd.ledger!;
    },
    get lastMessage() {
      return statsd.lastMessage;
    },
    config: () => shownConfig(statsdSettingsOf(settings)!, settings, statsd.flushes),
    get strictCompat() {
      return settings.admin?.strictCompat ?? false;
    },
  };
  // The original ignores its own setting `healthStatus`.
  const commands = createCommands(source, first.statsd?.config.healthStatus === 'down' ? 'down' : 'up');

  async function close(): Promise<void> {
    const closing = server;
    server = undefined;
    bound = undefined;
    await closing?.close();
  }

  async function open(where: Address): Promise<void> {
    server = await startAdminServer(where, commands);
    bound = where;
  }

  return {
    async configure(next) {
      const { admin } = next;
      const before = bound;
      let failure: string | undefined;
      if (admin?.host !== before?.host || admin?.port !== before?.port) {
        await close();
        try {
          if (admin !== undefined) await open(admin);
        } catch (error) {
          failure = `admin: ${(error as Error).message}`;
          if (before !== undefined) await open(before).catch(() => undefined);
        }
      }
      settings = next;
      return { addresses: server === undefined ? [] : [server.address], failure };
    },
    stop: close,
  };
}
