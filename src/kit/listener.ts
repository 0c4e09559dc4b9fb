import type { Frontend } from '../plugin.ts';

export interface Listener {
  /** As a URL. */
  readonly address: string;
  close(): Promise<void>;
}

/** A front-end with one listener. `listen` rejects when it cannot listen, and then holds nothing open. */
export function singleListener(listen: () => Promise<Listener>): Frontend {
  let running: Promise<Listener> | undefined;
  let closing: Promise<void> | undefined;
  return {
    async start() {
      running ??= listen();
      try {
        return [(await running).address];
      } catch (error) {
        running = undefined;
        throw error;
      }
    },
    async stop() {
      const listener = await running?.catch(() => undefined);
      closing ??= listener?.close();
      await closing;
      running = undefined;
      closing = undefined;
    },
  };
}
