import { parentPort } from 'node:worker_threads';
import { importPlugin } from '../plugins/registry.ts';
import { processLogger } from '../process/log.ts';
import { giveWayToOtherThreads } from './priority.ts';
import { runDispatch } from './service.ts';

giveWayToOtherThreads();
const log = processLogger();
runDispatch(
  parentPort!,
  (module) => importPlugin('backend', module),
  (backend) => log.child({ backend }),
);
