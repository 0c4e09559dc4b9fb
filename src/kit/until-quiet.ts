import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

const PERIOD_MS = 50;
const PERIODS = 10;

/**
 * Waits for what is on its way to a socket that is to be closed: until `arrivals` (a count that grows with each) has stood still
 * for 50 ms, or nothing is `expected` any more, for half a second at the most.
 */
export async function untilQuiet(arrivals: () => number, expected: () => boolean = () => true): Promise<void> {
  for (let period = 0; period < PERIODS && expected(); period++) {
    const before = arrivals();
    await sleep(PERIOD_MS);
    // After a stall timers come first: one poll for what arrived meanwhile.
    await turn();
    if (arrivals() === before) break;
  }
}
