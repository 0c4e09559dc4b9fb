import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Held, lockFolder, processHolding } from '../../src/spool/lock.ts';
import { temporaryFolder } from '../helper/process.ts';

function otherProcess() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { pid: child.pid!, end: () => child.kill('SIGKILL') && ended };
}

describe('the lock of a folder', () => {
  it('is had once, for its owner only, and can be given back', async () => {
    const folder = temporaryFolder();
    const lock = await lockFolder(folder);
    expect(statSync(join(folder, 'lock')).mode & 0o777).toBe(0o600);
    expect(await processHolding(folder)).toBe(process.pid);
    await expect(lockFolder(folder)).rejects.toThrow(new Held(`process ${process.pid} uses it`));
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
    expect(await processHolding(folder)).toBeUndefined();
    await (await lockFolder(folder)).release();
  });

  it('holds no file open that it cannot write: the disk is full', async () => {
    const folder = temporaryFolder();
    const own = await open(folder);
    const prototype = Object.getPrototypeOf(own) as typeof own;
    const opened: (typeof own)[] = [];
    const write = vi.spyOn(prototype, 'writeFile').mockImplementation(async function (this: typeof own) {
      opened.push(this);
      throw new Error('ENOSPC: no space left on device');
    });
    onTestFinished(() => void vi.restoreAllMocks());
    await expect(lockFolder(folder)).rejects.toThrow('ENOSPC');
    // A closed one has no descriptor.
    expect(opened.map(({ fd }) => fd)).toEqual([-1]);
    write.mockRestore();
    // What is left there stands in nobody's way.
    await (await lockFolder(folder)).release();
    await own.close();
  });

  it('is taken over from a process that is gone', async () => {
    const folder = temporaryFolder();
    const gone = otherProcess();
    await gone.end();
    writeFileSync(join(folder, 'lock'), `${gone.pid}`);
    await lockFolder(folder);
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid}\\b`));
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  // In a container each start has the same number.
  it.runIf(process.platform === 'linux')('is taken over from an earlier process of the same number', async () => {
    const folder = temporaryFolder();
    const live = otherProcess();
    for (const pid of [process.pid, live.pid]) {
      writeFileSync(join(folder, 'lock'), `${pid} 00000000-0000-0000-0000-000000000000 1`);
      await (await lockFolder(folder)).release();
    }
  });

  it('is taken over where its file is empty or no lock', async () => {
    const folder = temporaryFolder();
    for (const text of ['', 'hello', '-1']) {
      writeFileSync(join(folder, 'lock'), text);
      await (await lockFolder(folder)).release();
    }
  });

  it('goes to one of those that want it at the same time', async () => {
    const folder = temporaryFolder();
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});
