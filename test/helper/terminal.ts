import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The built command. */
export const program = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));

/** Runs the built command to its end, as from a shell; what it prints stays as it is, JSON too. */
export function shell(args: readonly string[], cwd: string) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

/** Sends a datagram every 200 ms until the test ends. */
export function keepSending(port: number, text: string): void {
  const socket = createSocket('udp4');
  const timer = setInterval(() => socket.send(text, port, '127.0.0.1'), 200);
  onTestFinished(() => {
    clearInterval(timer);
    socket.close();
  });
}
