// The data plane of a shard: bytes in, columns out. Compiled from AssemblyScript to WebAssembly: a line takes 50 ns, where the
// same work in JavaScript took 200 to 400. Everything that is not done for each sample is the host's (../shard.ts).

import { seedHash } from './hash';
import { nextWindow, openKeys } from './keys';
import { closeMembers, openMembers } from './members';
import { closeRows } from './rows';
import { closeEstimates } from './samples';
import { foldSurplus } from './surplus';
import { closeValues, valuesLength } from './values';

export { takeAdded } from './group';
export {
  addKey,
  countLine,
  findKey,
  forgottenIds,
  hashKey,
  keepKey,
  keyBytes,
  keyCount,
  sweepSegment,
  sweptAll,
} from './keys';
export { lineEnd, readDatagrams, readLines, setGrammar, stoppedAt } from './lines';
export { memberCount } from './members';
export { reserveBlocks } from './memory';
export { blockAt, gatherLines, rowCount, rowsPerBlock } from './rows';
export { addNumber, addToSet, changeGauge, deltaTime, setLimits, setNow, useRow } from './samples';
export { clearValues, valueNumbers, valueRows, valuesLength, valueWeights } from './values';

@external('host', 'takeValues')
declare function takeValues(): void;

/** Makes the tables. False where there is no memory. */
export function open(seed: u64): bool {
  seedHash(seed);
  return openKeys() && openMembers();
}

/** Gives the host what it has not taken yet; the rows of the window can then be read. */
export function finish(): void {
  if (valuesLength() != 0) takeValues();
  closeMembers();
  foldSurplus();
}

/** Begins the next window: the rows of the last one can be read no more. */
export function begin(): void {
  closeValues();
  closeEstimates();
  closeRows();
  nextWindow();
}
