import { fileURLToPath } from 'node:url';
import { messageOf } from '../kit/error-text.ts';
import type { Logger } from '../plugin.ts';
import { type Libc, loadLibc } from '../receive/libc.ts';
import { openActivation } from './activation.ts';
import type { Inheritance } from './inherited.ts';
import { createSocketOwners, noOwners, type SocketOwners } from './socket-owners.ts';
import { claimTakeover } from './takeover-claim.ts';
import { offerTakeover, type Passed, type TakeoverOffer } from './takeover-offer.ts';

/** What comes before this process, and what may come after it. */
export interface Succession {
  readonly inheritance: Inheritance;
  readonly owners: SocketOwners;
  /** Whom the sockets are of that have been handed over. Undefined: of nobody, or a service manager. */
  readonly predecessor: number | undefined;
  /** The point of no return: resolves when the predecessor reads no more. */
  take(): Promise<void>;
  /** Resolves when the predecessor has written all of its own. Undefined where there is none. */
  readonly ended: Promise<void> | undefined;
  /**
   * Lets another process take over from now on. `addressesOf` gives where a front-end listens, as URLs. Undefined where that is not
   * configured, or cannot be, which is logged.
   */
  offer(addressesOf: (frontend: string) => readonly string[]): Promise<TakeoverOffer | undefined>;
}

export interface SuccessionOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** `takeover` of the configuration. */
  readonly path: string | undefined;
  /** This process is to take the place of the one that listens there. */
  readonly takesOver: boolean;
}

/** Throws where this process is to take over and cannot: the running one goes on then. */
export async function openSuccession({ env, log, path, takesOver }: SuccessionOptions): Promise<Succession> {
  const activated = await openActivation({ env, log });
  const libc = path === undefined ? undefined : await loadLibc();
  const claim = takesOver ? claimAt(path, libc, log) : undefined;
  const inheritance = claim?.inheritance ?? activated;
  const owners = typeof libc === 'object' ? createSocketOwners(libc, inheritance) : noOwners;

  return {
    inheritance,
    owners,
    predecessor: claim?.pid,
    ended: claim?.ended,
    async take() {
      await claim?.take();
    },
    async offer(addressesOf) {
      if (path === undefined || libc === undefined) return undefined;
      try {
        if (typeof libc === 'string') throw new Error(libc);
        return await offerTakeover({ path, libc, log, sockets: () => passedOf(owners, addressesOf) });
      } catch (error) {
        log.error(`no other process can take over from this one: ${messageOf(error)}`);
        return undefined;
      }
    },
  };
}

function claimAt(path: string | undefined, libc: Libc | string | undefined, log: Logger) {
  if (path === undefined || libc === undefined) {
    throw new Error(
      'cannot take over: the configuration has no "takeover"; set it to the path that the running server has there',
    );
  }
  if (typeof libc === 'string') throw new Error(`cannot take over: ${libc}`);
  const claim = claimTakeover(path, libc, log);
  if (claim === undefined) log.warn(`no server listens on "${path}": there is nothing to take over`);
  return claim;
}

function passedOf(owners: SocketOwners, addressesOf: (frontend: string) => readonly string[]): readonly Passed[] {
  return owners.all().map(({ fd, owner, kept, address }) => {
    const isFile = address.transport === 'unix' && !address.path.startsWith('@');
    const file = isFile ? addressesOf(owner).find((url) => url.startsWith('unix:/')) : undefined;
    const path = file === undefined ? {} : { path: fileURLToPath(`file://${file.slice('unix:'.length)}`) };
    return { fd, name: owner, kept, ...path };
  });
}
