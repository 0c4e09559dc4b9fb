import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

/** The log and the command line coloured what the console did not. */

const program = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
const ESCAPE = '\u001b';
const terminal = (command: string) => ['script', '-qefc', `stty cols 80; ${command}`, '/dev/null'] as const;
const pipe = (command: string) => ['sh', '-c', `exec 2>&1; ${command}`] as const;

test.each([
  { where: terminal, environment: { TERM: 'xterm' }, colours: true },
  { where: terminal, environment: { TERM: 'xterm', NO_COLOR: '' }, colours: true },
  { where: terminal, environment: { TERM: 'xterm', NO_COLOR: '1' }, colours: false },
  { where: terminal, environment: { TERM: 'dumb' }, colours: false },
  { where: pipe, environment: { TERM: 'xterm' }, colours: false },
])('one rule for all that is printed: $where.name $environment', async ({ where, environment, colours }) => {
  const folder = temporaryFolder();
  const config = { flushInterval: '200ms', frontends: [{ type: 'tcp', port: 0 }], backends: [{ type: 'console' }] };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const { NO_COLOR: _, ...env } = process.env;
  const run = (command: string) => {
    const [file, ...args] = where(command);
    return outputOf(spawn(file, args, { cwd: folder, env: { ...env, ...environment } }));
  };

  const server = run(`echo $$ > pid; exec "${process.execPath}" "${program}" config.json`);
  const pid = () => Number(readFileSync(join(folder, 'pid'), 'utf8'));
  onTestFinished(() => server.end(pid));
  const port = await vi.waitFor(() => Number(/tcp:\/\/127\.0\.0\.1:(\d+)/.exec(server.text())![1]), 20_000);
  await sendStream(port, 'a.counter:1|c|#env:prod\n');
  await vi.waitFor(() => expect(server.text()).toContain('a.counter'), 20_000);
  process.kill(pid());
  await server.ended;
  const log = server
    .text()
    .split('\n')
    .find((line) => line.includes('ready'))!;
  const table = server
    .text()
    .split('\n')
    .find((line) => line.includes('a.counter'))!;

  const mistake = run(`"${process.execPath}" "${program}" --nope`);
  await mistake.ended;
  expect([log, table, mistake.text()].map((text) => text.includes(ESCAPE))).toEqual([colours, colours, colours]);
});

function outputOf(child: ChildProcess) {
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (bytes: Buffer) => (text += bytes.toString()));
  child.stdin!.end();
  let over = false;
  const ended = new Promise<void>((resolve) =>
    child.once('close', () => {
      over = true;
      resolve();
    }),
  );
  return {
    text: () => text,
    ended,
    async end(pid: () => number) {
      if (over) return;
      try {
        process.kill(pid(), 'SIGKILL');
      } catch {
        child.kill();
      }
      await ended;
    },
  };
}
