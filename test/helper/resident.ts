import { readFileSync } from 'node:fs';

/** Bytes of memory that a process occupies (Linux). */
export function residentBytes({ pid }: { readonly pid: number }): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** The most that a process occupies while `work` goes on, looked at every 5 ms, over what it does now. Bytes. */
export async function costOf(server: { readonly pid: number }, work: () => Promise<unknown>): Promise<number> {
  const before = residentBytes(server);
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, residentBytes(server));
  }, 5);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(most, residentBytes(server)) - before;
}
