import { messageOf } from '../kit/error-text.ts';
import type { Backend, Logger } from '../plugin.ts';
import type { StateStore } from '../state/store.ts';

/** What back-ends know again after a restart. */
export interface BackendState {
  /**
   * A back-end that has been given what was kept of one of its name. Where that fails it is another one that `create` makes, which was
   * given nothing.
   */
  restored(name: string, create: () => Backend): Promise<Backend>;
  /** The back-end did not start: what was kept is for the next one of its name. */
  giveBack(name: string): Promise<void>;
  /** Writes the state of a back-end, `last` once it has stopped. False where that failed. Never rejects. */
  keep(name: string, backend: Backend, log: Logger, last: boolean): Promise<boolean>;
  /** Series that came back since the last call. */
  takeSeries(): number;
}

export function createBackendState(store: StateStore): BackendState {
  let series = 0;
  const ownerOf = (name: string) => `backend-${name}`;

  return {
    async restored(name, create) {
      const backend = create();
      if (!('send' in backend) || backend.restore === undefined) return backend;
      let given = false;
      const back = await store.read(ownerOf(name), async (kept) => {
        given = true;
        return Number(await backend.restore?.(kept)) || 0;
      });
      series += back ?? 0;
      return given && back === undefined ? create() : backend;
    },
    giveBack: (name) => store.giveBack(ownerOf(name)),
    async keep(name, backend, log, last) {
      if (store.folder === undefined || !('send' in backend)) return true;
      try {
        const pieces = backend.save?.(last);
        return pieces === undefined || (await store.write(ownerOf(name), last, pieces));
      } catch (error) {
        log.warn(`has no state to be kept: ${messageOf(error)}`);
        return false;
      }
    },
    takeSeries() {
      const taken = series;
      series = 0;
      return taken;
    },
  };
}
