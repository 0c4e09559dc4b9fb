import { vi } from 'vitest';

const waitFor = vi.waitFor;

/** The default of one second is short for a machine that runs other things too; a condition that holds ends the wait. */
vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: 20_000, interval: 5, ...options });
