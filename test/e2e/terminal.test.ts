import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { waitFor } from '../helper/intake.ts';
import { jsonConsole, type Server, startServer } from '../helper/process.ts';
import { keepSending, program, shell } from '../helper/terminal.ts';

/** A server whose configuration says where it listens, as commands need it. */
async function start(backends: readonly object[] = []): Promise<Server & { readonly livePort: number }> {
  const [udp, live] = [await freePort(), await freePort()];
  const server = await startServer({
    flushInterval: '1s',
    frontends: [{ type: 'udp', port: udp }],
    backends: [jsonConsole, { type: 'live', port: live }, ...backends],
  });
  return Object.assign(server, { livePort: live });
}

describe('a running server, from a terminal', () => {
  it('is asked by the configuration that it runs with', async () => {
    const server = await start();
    const run = (...args: string[]) => shell(args, server.folder);
    expect(await run('send', 'first.try:1|c')).toMatchObject({
      code: 0,
      stdout: `sent a line to udp://127.0.0.1:${server.port('udp')}\n`,
    });
    keepSending(server.port('udp'), 'page.views:1|c|#env:prod\npage.views:1|c|#env:dev\npage.bad:1|x');
    const tapped = await run('tap', 'page.*', '--count', '2', '--json');
    const lines = tapped.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ frontend: 'udp', outcome: 'aggregated', line: 'page.views:1|c|#env:prod' });

    const top = async () => JSON.parse((await run('top', 'config.json', '--by', 'series', '--json')).stdout).names[0];
    // It is of the last window, and the first ones may have ended before all lines came.
    await waitFor(async () => (await top())?.series === 2);
    expect(await top()).toMatchObject({ name: 'page.views', type: 'counter', tag: { key: 'env', values: 2 } });

    const status = await run('status', '--json');
    expect(status.code).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({
      verdict: { level: 'warning' },
      pid: server.pid,
      frontends: [{ name: 'udp', receiving: true, rejected: { unknown_type: expect.any(Number) } }],
      backends: [{ name: 'console' }, { name: 'live' }],
    });
    const text = (await run('status')).stdout;
    expect(text).toMatch(/^warning: .* rejected · 0 lost/);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);

    const explained = await run('explain', 'page.views:1|c|#env:prod', 'config.json');
    expect(explained.stdout).toContain('counter page.views {env:prod}; adds 1');
    expect(await server.stop()).toBe(0);
    expect(await run('status', '--quiet')).toMatchObject({ code: 1, stdout: '' });
  });

  it('runs from nothing: init, check, start, send, status', async () => {
    const server = await start();
    const { folder } = server;
    expect(await shell(['init', 'console', 'live', '--output', 'own.json'], folder)).toMatchObject({ code: 0 });
    expect(await shell(['check', 'own.json'], folder)).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(join(folder, 'own.json'), 'utf8')).backends).toHaveLength(2);
    const url = `http://127.0.0.1:${server.livePort}`;
    expect((await shell(['status', '--quiet', url], folder)).code).toBe(0);
  });

  it('ends a tap whose reader goes away', async () => {
    const server = await start();
    keepSending(server.port('udp'), 'a:1|c');
    const command = `'${process.execPath}' '${program}' tap | head -n 1`;
    const line = await new Promise<string>((resolve) =>
      execFile('sh', ['-c', command], { cwd: server.folder }, (_error, stdout) => resolve(stdout)),
    );
    expect(line).toMatch(/^aggregated {3}udp .* a:1\|c\n$/);
  });
});

// Debian's tmux, which `.ci/install.sh` installs.
if (process.env.SHELLS !== undefined) {
  describe('statsdrain top on a terminal', () => {
    it.each([
      ['the key q', 'q'],
      ['the keys Ctrl-C', 'C-c'],
      ['SIGTERM', undefined],
    ])('works by keys, and gives it back at %s', async (_name, key) => {
      const server = await start();
      const { folder } = server;
      keepSending(server.port('udp'), 'page.views:1|c\nother.name:1|c');
      const socket = join(folder, 'tmux');
      const tmux = (...args: string[]) =>
        new Promise<string>((resolve, reject) => {
          const options = { cwd: folder, env: { ...process.env, LC_ALL: 'C.UTF-8', NO_COLOR: '' } };
          execFile('tmux', ['-S', socket, '-f', '/dev/null', ...args], options, (error, stdout, stderr) =>
            error === null ? resolve(stdout) : reject(new Error(`${error.message}: ${stderr}`)),
          );
        });
      const started = `echo $$ > pid; exec "${process.execPath}" "${program}" top`;
      const script = `stty -g > before; echo AT FIRST; sh -c '${started}'; code=$?; stty -g > after; echo ENDED $code; sleep 60`;
      await tmux('new-session', '-d', '-x', '80', '-y', '20', 'sh', '-c', script);
      onTestFinished(() => void tmux('kill-server').catch(() => undefined));
      const shows = (...texts: string[]) =>
        waitFor(async () => {
          const screen = await tmux('capture-pane', '-p');
          return texts.every((text) => screen.includes(text));
        });
      await shows('page.views', 'other.name', 'by lines', 'q quit');
      await tmux('send-keys', 's');
      await shows('by series');
      await tmux('send-keys', '/', 'o', 't', 'h', 'Enter');
      await shows('filter "oth"');
      expect(await tmux('capture-pane', '-p')).not.toContain('page.views');
      await tmux('resize-window', '-x', '50', '-y', '10');
      await waitFor(async () => (await tmux('capture-pane', '-p')).trimEnd().split('\n').length === 10);
      if (key === undefined) process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGTERM');
      else await tmux('send-keys', key);
      await shows('AT FIRST', 'ENDED 0');
      expect(await tmux('capture-pane', '-p')).not.toContain('LINES/S');
      expect(readFileSync(join(folder, 'after'), 'utf8')).toBe(readFileSync(join(folder, 'before'), 'utf8'));
    });
  });
}
