import { afterEach, describe, expect, it } from 'vitest';
import type { Frontend, FrontendPlugin } from '../../src/plugin.ts';
import {
  configure,
  frontendContext,
  type RecordingFrontendContext,
  type RecordingIntake,
  recordIntake,
  waitFor,
} from '../helper/intake.ts';
import { unexplained } from '../helper/metrics-page.ts';

export interface FrontendHarness<Config> {
  readonly plugin: FrontendPlugin<Config>;
  /**
   * A block for the plugin's schema that listens on a free address of the loopback or in a fresh temporary folder,
   * each call on another one. With `address` (a URL that `start` gave before): a block that listens on just that one.
   */
  config(address?: string): unknown;
  /** Sends `bytes` to a listening front-end and resolves when they have left. A refusal may reject. */
  send(address: string, bytes: Buffer): Promise<void>;
  /** What to send so that a counter `name` arrives. Default: `name:1|c` and LF. */
  message?(name: string): Buffer;
  /** True when the schema refuses `{}` because a key has no sane default. */
  readonly needsConfig?: boolean;
  /** What the message about an address in use says of it. Default: the whole URL. */
  occupied?(address: string): string;
  /** Secrets of `config()`, which must show up neither in the description nor in the log. */
  readonly secrets?: readonly string[];
}

/** The suite that every front-end passes. */
export function frontendContract<Config>(title: string, harness: FrontendHarness<Config>): void {
  const { plugin } = harness;
  const message = harness.message ?? ((name: string) => Buffer.from(`${name}:1|c\n`));

  describe(`${title}: front-end contract`, () => {
    const running: Frontend[] = [];
    const contexts: RecordingFrontendContext[] = [];
    const intakes: RecordingIntake[] = [];

    const create = (block: unknown = harness.config()) => {
      const intake = recordIntake();
      const context = frontendContext();
      const frontend = plugin.create(configure(plugin, block), intake, context);
      running.push(frontend);
      contexts.push(context);
      intakes.push(intake);
      return { frontend, intake, context };
    };
    const start = async (block?: unknown) => {
      const made = create(block);
      const addresses = await made.frontend.start();
      return { ...made, addresses, address: addresses[0] ?? '' };
    };
    const arrives = async (address: string, intake: RecordingIntake, name: string) => {
      await harness.send(address, message(name));
      await waitFor(() => intake.has(name), `"${name}" arrives at ${address}`);
    };

    afterEach(async () => {
      await Promise.all(running.splice(0).map((frontend) => frontend.stop()));
      await closedDownTo(handlesOfRunner);
      const counters = intakes.splice(0).flatMap(({ counted }) => [...counted.keys()]);
      expect(unexplained(counters), 'counters that docs/METRICS.md does not explain').toEqual([]);
      const logged = JSON.stringify(contexts.splice(0).map((context) => context.logged));
      for (const secret of harness.secrets ?? []) expect(logged).not.toContain(secret);
    });

    it('is a front-end with a name', () => {
      expect(plugin.kind).toBe('frontend');
      expect(plugin.name).toMatch(/^[a-z][a-z0-9-]*$/);
    });

    if (!harness.needsConfig)
      it('has a default for every key', () => {
        expect(() => configure(plugin, {})).not.toThrow();
      });

    if (plugin.config !== undefined)
      it('refuses a key that it does not know', () => {
        expect(() => configure(plugin, { ...(harness.config() as object), noSuchKey: 1 })).toThrow(/noSuchKey/);
      });

    if (plugin.describe !== undefined)
      it('describes where it listens', () => {
        const text = plugin.describe?.(configure(plugin, harness.config()));
        expect(text).toMatch(/\S/);
        for (const secret of harness.secrets ?? []) expect(text).not.toContain(secret);
      });

    it('create opens nothing', () => {
      const before = openHandles();
      create();
      expect(openHandles()).toBe(before);
    });

    it('stops without a start', async () => {
      const { frontend, intake } = create();
      await frontend.stop();
      expect(intake.pushes()).toBe(0);
    });

    it('gives the addresses that it listens on', async () => {
      const { addresses } = await start();
      expect(addresses.length).toBeGreaterThan(0);
      for (const address of addresses) {
        const url = new URL(address);
        if (url.hostname === '') expect(url.pathname).toMatch(/^\/./);
        else expect(Number(url.port)).toBeGreaterThan(0);
      }
    });

    it('takes what is sent', async () => {
      const { address, intake } = await start();
      await arrives(address, intake, 'contract.first');
      await arrives(address, intake, 'contract.second');
    });

    it('stops twice, one after the other and at the same time', async () => {
      const { frontend, address, intake } = await start();
      await arrives(address, intake, 'contract.first');
      await Promise.all([frontend.stop(), frontend.stop()]);
      await frontend.stop();
    });

    it('gives its address free when it stops, and pushes nothing afterwards', async () => {
      const first = await start();
      await arrives(first.address, first.intake, 'contract.first');
      await first.frontend.stop();
      const pushes = first.intake.pushes();

      const second = await start(harness.config(first.address));
      expect(second.addresses).toEqual(first.addresses);
      await arrives(second.address, second.intake, 'contract.second');
      expect(first.intake.pushes()).toBe(pushes);
    });

    it('pushes nothing after a stop in the middle of traffic', async () => {
      const { frontend, address, intake } = await start();
      await arrives(address, intake, 'contract.first');
      const traffic = Promise.allSettled(
        Array.from({ length: 200 }, (_, i) => harness.send(address, message(`contract.traffic.${i}`))),
      );
      await frontend.stop();
      const pushes = intake.pushes();
      await traffic;
      await closedDownTo(handlesOfRunner);
      expect(intake.pushes()).toBe(pushes);
    });

    it('leaves nothing open when it is stopped while it starts', async () => {
      const { frontend } = create();
      const started = Promise.allSettled([frontend.start()]);
      await frontend.stop();
      await started;
      await closedDownTo(handlesOfRunner);
    });

    it('names the address that is in use and what to do, leaves nothing open, and can start later', async () => {
      const first = await start();
      const handles = openHandles();
      const second = create(harness.config(first.address));

      const error = await second.frontend.start().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(Error);
      const text = (error as Error).message;
      expect(text).toContain(harness.occupied?.(first.address) ?? first.address);
      expect(text).toMatch(/\bset\b|\bstop\b|\bchoose\b/);
      await closedDownTo(handles);

      await arrives(first.address, first.intake, 'contract.undisturbed');
      await first.frontend.stop();
      const addresses = await second.frontend.start();
      expect(addresses).toEqual(first.addresses);
      await arrives(first.address, second.intake, 'contract.later');
    });

    it.each(HOSTILE)('is not stopped by %s', async (_, bytes) => {
      const { address, intake } = await start();
      await Promise.allSettled([harness.send(address, bytes)]);
      await arrives(address, intake, 'contract.good');
    });

    it('is not stopped by all of them together', async () => {
      const { address, intake } = await start();
      await Promise.allSettled(HOSTILE.map(([, bytes]) => harness.send(address, bytes)));
      await arrives(address, intake, 'contract.good');
    });
  });
}

const HOSTILE: readonly (readonly [title: string, bytes: Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['one LF', Buffer.from('\n')],
  ['many LF', Buffer.alloc(10_000, '\n')],
  ['a line without LF', Buffer.from('contract.tail:1|c')],
  ['CR LF', Buffer.from('a:1|c\r\nb:2|c\r\n')],
  ['NUL', Buffer.from('a\0b:1|c\n\0\0\0\n')],
  ['broken UTF-8', Buffer.from([0xc3, 0x28, 0xff, 0xfe, 0x80, 0x3a, 0x31, 0x7c, 0x63, 0x0a])],
  ['every byte', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ['the largest UDP datagram, 65,507 bytes', Buffer.alloc(65_507, 'x')],
  ['64 KiB', Buffer.alloc(65_536, 'x')],
  ['1 MiB of short lines', Buffer.alloc(1_048_576, 'a:1|c\n')],
  ['__proto__', Buffer.from('__proto__:1|c\n__proto__:5|s\n__proto__:1|ms\n')],
  ['constructor', Buffer.from('constructor:1|c\nconstructor:5|s\n')],
  ['toString', Buffer.from('toString:1|ms\nhasOwnProperty:1|g\n')],
];

/** Sockets, servers and pipes of this process that are open, those of other tests and of the test runner included. */
function openHandles(): number {
  return process.getActiveResourcesInfo().filter((name) => /^(TCP|UDP|Pipe)\w*(?<!Connect)Wrap$/i.test(name)).length;
}

const handlesOfRunner = openHandles();

/** Waits until no more than `limit` are open: clients close a little after their server. */
async function closedDownTo(limit: number): Promise<void> {
  await waitFor(() => openHandles() <= limit, `no more than ${limit} sockets and pipes open`);
}
