import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { GONE_MS, SETTLE_MS, watchContent } from '../../src/kit/watch.ts';
import { folderWith } from '../config/temporary.ts';

/** A file of which the test says what is in it, and when the system tells of an event. */
function fakeFile(first: string | undefined) {
  let content = first;
  let notify: () => void = () => undefined;
  let subscribed = true;
  const changed = vi.fn();
  const gone = vi.fn();
  const end = watchContent({
    file: '/etc/config.js',
    changed,
    gone,
    read: () => content,
    subscribe: (_file, next) => {
      notify = next;
      return () => {
        subscribed = false;
      };
    },
  });
  return {
    changed,
    gone,
    end,
    isSubscribed: () => subscribed,
    write(next: string | undefined, waitMs = SETTLE_MS) {
      content = next;
      notify();
      vi.advanceTimersByTime(waitMs);
    },
  };
}

describe('what the content of a watched file tells', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('tells of another content, once it has settled', () => {
    const file = fakeFile('a');
    file.write('b', SETTLE_MS - 1);
    expect(file.changed).toHaveBeenCalledTimes(0);
    vi.advanceTimersByTime(1);
    expect(file.changed).toHaveBeenCalledTimes(1);
  });

  it('tells nothing of a file that was only touched', () => {
    const file = fakeFile('a');
    file.write('a');
    expect(file.changed).not.toHaveBeenCalled();
  });

  it('tells once of a file that is written in steps', () => {
    const file = fakeFile('abc');
    for (const part of ['', 'x', 'xy', 'xyz']) file.write(part, SETTLE_MS / 2);
    vi.advanceTimersByTime(SETTLE_MS);
    expect(file.changed).toHaveBeenCalledTimes(1);
  });

  it('waits for the content of a file that is empty for long', () => {
    const file = fakeFile('a');
    file.write('', 10 * SETTLE_MS);
    expect(file.changed).not.toHaveBeenCalled();
    file.write('a');
    expect(file.changed).not.toHaveBeenCalled();
    file.write('b');
    expect(file.changed).toHaveBeenCalledTimes(1);
  });

  it('tells once of a file that is gone, and of its return with another content', () => {
    const file = fakeFile('a');
    file.write(undefined, GONE_MS - 1);
    expect(file.gone).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    file.write(undefined, 10 * GONE_MS);
    expect(file.gone).toHaveBeenCalledTimes(1);
    file.write('a');
    expect(file.changed).not.toHaveBeenCalled();
    file.write(undefined, GONE_MS);
    expect(file.gone).toHaveBeenCalledTimes(2);
    file.write('b');
    expect(file.changed).toHaveBeenCalledTimes(1);
  });

  it('says nothing of a file that was away for a moment', () => {
    const file = fakeFile('a');
    file.write(undefined, GONE_MS / 2);
    file.write('b', GONE_MS);
    expect([file.changed.mock.calls.length, file.gone.mock.calls.length]).toEqual([1, 0]);
  });

  it('says nothing after its end', () => {
    const file = fakeFile('a');
    file.write('b', 0);
    file.end();
    vi.advanceTimersByTime(10 * SETTLE_MS);
    expect(file.isSubscribed()).toBe(false);
    expect(file.changed).not.toHaveBeenCalled();
  });
});

describe('a real file', () => {
  function watched(folder: string) {
    const seen = { changed: 0, gone: 0 };
    const end = watchContent({
      file: join(folder, 'config.js'),
      changed: () => {
        seen.changed++;
      },
      gone: () => {
        seen.gone++;
      },
    });
    onTestFinished(end);
    return seen;
  }

  it.each<[string, (file: string, folder: string) => void]>([
    ['written in place', (file) => writeFileSync(file, 'b')],
    [
      'replaced by a rename',
      (file, folder) => {
        writeFileSync(join(folder, 'new'), 'b');
        renameSync(join(folder, 'new'), file);
      },
    ],
    [
      'deleted and created again',
      (file) => {
        rmSync(file);
        writeFileSync(file, 'b');
      },
    ],
    [
      'moved to a backup and created again',
      (file) => {
        renameSync(file, `${file}~`);
        writeFileSync(file, 'b');
      },
    ],
  ])('%s', async (_name, change) => {
    const folder = folderWith({ 'config.js': 'a' });
    const seen = watched(folder);
    change(join(folder, 'config.js'), folder);
    await expect.poll(() => seen.changed, { timeout: 10_000 }).toBe(1);
    writeFileSync(join(folder, 'config.js'), 'c');
    await expect.poll(() => seen.changed, { timeout: 10_000 }).toBe(2);
    expect(seen.gone).toBe(0);
  });

  it('a link that comes to point elsewhere, through the link of a folder', async () => {
    const folder = folderWith({ 'one/config.js': 'a', 'two/config.js': 'b' });
    symlinkSync('one', join(folder, 'data'));
    mkdirSync(join(folder, 'etc'));
    symlinkSync('../data/config.js', join(folder, 'etc/config.js'));
    const seen = watched(join(folder, 'etc'));
    symlinkSync('two', join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, 'data'));
    await expect.poll(() => seen.changed, { timeout: 15_000 }).toBe(1);
  });

  it('deleted for good', async () => {
    const folder = folderWith({ 'config.js': 'a' });
    const seen = watched(folder);
    rmSync(join(folder, 'config.js'));
    await expect.poll(() => seen.gone, { timeout: 10_000 }).toBe(1);
    expect(seen.changed).toBe(0);
  });
});
