import { vi } from 'vitest';

// What the machine sends through a proxy is none of the tests' business, nor of the processes that they start.
for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) {
  delete process.env[name];
  delete process.env[name.toUpperCase()];
}

const waitFor = vi.waitFor;

/** The default of one second is short for a machine that runs other things too; a condition that holds ends the wait. */
vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: 20_000, interval: 5, ...options });
