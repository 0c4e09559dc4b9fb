import { parentPort } from 'node:worker_threads';
import { importPlugin } from '../plugins/registry.ts';
import { processLogger } from '../process/log.ts';
import { giveWayToOtherThreads } from './priority.ts';
import { runDispatch } from './service.ts';

giveWayToOtherThreads();
const log = processLogger();
runDispatch(parentPort!, {
  load: (module) => importPlugin('backend', module),
  logFor: log.child,
  configureLog: log.configure,
  mainStuck(silentMs) {
    log.error(
      `the main thread has done nothing for ${Math.round(silentMs / 1000)} s: a front-end may be in an endless loop; the process is killed so that it is started again`,
    );
    // A thread cannot end the process, and the one that could does not listen.
    process.kill(process.pid, 'SIGKILL');
  },
});
