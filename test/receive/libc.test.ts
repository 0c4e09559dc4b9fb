import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadLibc } from '../../src/receive/libc.ts';

const { platform, arch } = process;
const pretend = (key: 'platform' | 'arch', value: string) => Object.defineProperty(process, key, { value });

afterEach(() => {
  pretend('platform', platform);
  pretend('arch', arch);
  vi.doUnmock('koffi');
});

describe('the C library', () => {
  it('is not looked for on another platform', async () => {
    pretend('platform', 'darwin');
    expect(await loadLibc()).toBe('the fast receiver needs Linux; this is darwin');
  });

  it('is not called on a machine with another layout of memory', async () => {
    pretend('platform', 'linux');
    pretend('arch', 'arm');
    expect(await loadLibc()).toBe('the fast receiver knows the memory layout of x64 and arm64; this is arm');
  });

  it('needs koffi, and says how to install it', async () => {
    pretend('platform', 'linux');
    pretend('arch', 'x64');
    vi.doMock('koffi', () => {
      throw new Error('Cannot find package');
    });
    expect(await loadLibc()).toBe('the optional package "koffi" is not installed (npm install koffi)');
  });

  it('may be one that koffi cannot load', async () => {
    pretend('platform', 'linux');
    pretend('arch', 'x64');
    vi.doMock('koffi', () => ({
      load: () => {
        throw new Error('no such symbol');
      },
    }));
    expect(await loadLibc()).toBe('koffi cannot load the C library: no such symbol');
  });
});
