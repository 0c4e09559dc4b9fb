import type { ServerView } from '../plugin.ts';

/** For back-ends that are made where no server runs, and until one can be seen. */
export const unseenServer: ServerView = {
  status: () => ({
    version: '',
    node: process.version,
    pid: process.pid,
    startedMs: 0,
    configFile: '',
    ready: false,
    intervalMs: 0,
    frontends: [],
    backends: [],
  }),
  accounts: async () => [],
  explain: async () => [],
  tap: async () => 'stopping',
};
