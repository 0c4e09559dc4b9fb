import { spawnSync } from 'node:child_process';

/** Whether this machine has strace and lets it trace. */
export const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** Runs a server in whose threads system calls fail as `injections` say, such as `recvmmsg:error=ENOMEM:when=3..5`. */
export function failing(...injections: readonly string[]): readonly string[] {
  const calls = injections.map((injection) => injection.split(':', 1)[0]).join(',');
  const inject = injections.flatMap((injection) => ['-e', `inject=${injection}`]);
  // -D: the server keeps the number and the parent of the process that was started.
  return ['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, ...inject];
}
