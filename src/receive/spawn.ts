import { MessageChannel, type TransferListItem, Worker } from 'node:worker_threads';
import { giveBackOf, newKeyBlockCount } from '../aggregate/key-blocks.ts';
import { shardLimits, tickOf, ticksOf } from '../config/intervals.ts';
import type { Dialect, Settings } from '../config/settings.ts';
import type { ToDispatch } from '../dispatch/messages.ts';
import { seldom } from '../kit/seldom.ts';
import type { FrontendKeys } from '../mapping/frontend-rules.ts';
import type { CopiesMessage } from '../packets/tap-message.ts';
import type { TapWish } from '../packets/tap-wish.ts';
import { originOf } from '../partial/window-end.ts';
import type { DatagramOptions, DatagramReceiver, Logger } from '../plugin.ts';
import { allowYoungGenerationsToGrow } from '../process/memory.ts';
import { CONTROL_SLOTS, type FromReceiver, MAIL, type ReceiveThreadData, STOP, type ToReceiver } from './messages.ts';
import type { BoundSocket, ReceiverSocket } from './receiver.ts';

/** The receive threads of all front-ends. */
export interface ReceiveThreads {
  /** Starts as many threads ahead of `open`, which takes them: a thread needs some 60 ms until it can open a socket. */
  prepare(threads: number): void;
  /** Ends those that nobody has taken. */
  endPrepared(): void;
  /** See `FrontendContext.receiveDatagrams`. */
  open(frontend: ReceivingFrontend, options: DatagramOptions): Promise<DatagramReceiver | string>;
  /** `renew`: all shards tell their keys again, see `Shard.renew`. */
  setSettings(settings: Settings, renew: boolean): void;
  /** Of all, see `Shard.setLines`; before the first call: no. */
  setLines(wanted: boolean): void;
  /** All hand over what they have of the open window. */
  handOver(): void;
  /** All tell what became of lines since they last handed over. */
  tellAccounts(): void;
  /** All copy lines for these taps from now on, and for no others. */
  setTaps(taps: readonly TapWish[]): void;
}

/** For whom a thread receives. */
export interface ReceivingFrontend {
  readonly name: string;
  readonly dialect: Dialect;
  /** Absent: what is received is called as it was sent. */
  readonly rules?: FrontendKeys | undefined;
  /** Raw packets are wanted. */
  readonly tapped: boolean;
  readonly log: Logger;
  /** A thread that was bound has ended without being told to. */
  failed(error: Error): void;
}

export interface ReceiveThreadsOptions {
  readonly settings: Settings;
  readonly seed: number;
  /** Blocks of keys of all shards, see `createKeyBlocks`. */
  readonly keyBlocks: Int32Array;
  /** See `createPacketCollector`. */
  readonly inFlight: Int32Array;
  /** See `createTapBudget`. */
  readonly tapBudget: Int32Array;
  /** Copies for taps. */
  copied(message: CopiesMessage): void;
  /** Unix seconds. */
  readonly startupTime: number;
  /** Gives each shard an index that no other has had. */
  nextShard(): number;
  toDispatch(message: ToDispatch, transfer: readonly TransferListItem[]): void;
}

/** A thread that waits for what it is to receive. */
interface Started {
  readonly worker: Worker;
  readonly exited: Promise<void>;
  /** What ended it. */
  failure(): Error | undefined;
}

interface Thread {
  readonly worker: Worker;
  readonly control: Int32Array;
}

export function createReceiveThreads(options: ReceiveThreadsOptions): ReceiveThreads {
  let { settings } = options;
  let lines = false;
  let taps: readonly TapWish[] = [];
  const prepared: Started[] = [];
  const running = new Set<Thread>();

  async function openThread(
    { name: frontend, dialect, rules, tapped, log, failed }: ReceivingFrontend,
    socket: ReceiverSocket,
  ): Promise<DatagramReceiver | string> {
    const shard = options.nextShard();
    const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_SLOTS));
    const keyBlocks = { all: options.keyBlocks, own: newKeyBlockCount() };
    const { port1, port2 } = new MessageChannel();
    const data: ReceiveThreadData = {
      shard,
      frontend,
      dialect,
      rules,
      socket,
      intervalMs: tickOf(settings),
      ticks: ticksOf(settings),
      originMs: originOf(settings.align, options.startupTime),
      lines,
      limits: shardLimits(settings),
      seed: options.seed,
      keyBlocks,
      mainTimeOrigin: performance.timeOrigin,
      control,
      inFlight: tapped ? options.inFlight : undefined,
      tapBudget: options.tapBudget,
      partials: port1,
    };
    const started = prepared.shift() ?? startThread();
    const { worker, exited } = started;
    const answered = firstAnswer(started);
    worker.postMessage(data, [port1]);
    const answer = await answered;
    if (answer.kind === 'unavailable') {
      port2.close();
      return answer.reason;
    }
    if (answer.kind !== 'bound') {
      port2.close();
      const { message, code } = answer.kind === 'failed' ? answer : { message: 'the receive thread ended', code: '' };
      throw Object.assign(new Error(message), { code });
    }

    if (answer.dropsBefore > 0 && socket.bound?.shared === false) {
      log.warn(
        'the kernel dropped datagrams of this socket before this process read it, since its buffer was full; they are not counted here',
        { dropped: answer.dropsBefore },
      );
    }
    options.toDispatch({ kind: 'shard', index: shard, port: port2 }, [port2]);
    const thread = { worker, control };
    running.add(thread);
    if (taps.length > 0) postTo(thread, { kind: 'taps', taps });
    const warn = seldom((times, message: string) => log.warn(`cannot receive: ${message}; trying again`, { times }));
    let done = false;
    let reason: string | undefined;
    worker.on('message', (message: FromReceiver) => {
      if (message.kind === 'done') done = true;
      if (message.kind === 'failed') reason = message.message;
      if (message.kind === 'trouble') warn(message.message);
      if (message.kind === 'copies') options.copied(message);
    });
    void exited.then(() => {
      running.delete(thread);
      giveBackOf(keyBlocks);
      if (!done) options.toDispatch({ kind: 'shardLost', index: shard }, []);
      if (Atomics.load(control, STOP) === 0)
        failed(new Error(reason ?? started.failure()?.message ?? 'the receive thread ended'));
    });
    return {
      port: answer.port,
      receiveBuffer: answer.receiveBuffer,
      async stop() {
        Atomics.store(control, STOP, 1);
        await exited;
      },
    };
  }

  function postTo({ worker, control }: Thread, letter: ToReceiver): void {
    worker.postMessage(letter);
    Atomics.add(control, MAIL, 1);
  }

  function post(letter: ToReceiver): void {
    for (const thread of running) postTo(thread, letter);
  }

  return {
    prepare(threads) {
      for (let i = 0; i < threads; i++) prepared.push(startThread());
    },
    endPrepared() {
      for (const { worker } of prepared.splice(0)) worker.postMessage('nothing');
    },
    async open(frontend, options) {
      const { fds = [] } = options;
      const first = await openThread(frontend, socketOf(options, boundOf(fds, 0)));
      if (typeof first === 'string') return first;
      const threads = [first];
      const stop = async () => {
        await Promise.all(threads.map((thread) => thread.stop()));
      };
      try {
        const wanted = options.kind === 'udp' ? Math.max(options.receivers, fds.length) : Math.max(1, fds.length);
        while (threads.length < wanted) {
          const next = await openThread(frontend, socketOf(options, boundOf(fds, threads.length), first.port));
          if (typeof next === 'string') throw new Error(next);
          threads.push(next);
        }
      } catch (error) {
        await stop();
        throw error;
      }
      return { port: first.port, receiveBuffer: first.receiveBuffer, stop };
    },
    setSettings(next, renew) {
      settings = next;
      post({
        kind: 'settings',
        intervalMs: tickOf(next),
        ticks: ticksOf(next),
        originMs: originOf(next.align, options.startupTime),
        limits: shardLimits(next),
        renew,
      });
    },
    setLines(wanted) {
      if (wanted !== lines) post({ kind: 'lines', wanted });
      lines = wanted;
    },
    handOver: () => post({ kind: 'handOver' }),
    tellAccounts: () => post({ kind: 'account' }),
    setTaps(next) {
      taps = next;
      post({ kind: 'taps', taps });
    },
  };
}

/** `port` is that of the first, for those that share it. */
function socketOf(options: DatagramOptions, bound: BoundSocket | undefined, port?: number): ReceiverSocket {
  const own = bound === undefined ? {} : { bound };
  const { fds: _, ...given } = options;
  if (given.kind === 'unix') return { ...given, ...own };
  const { receivers, ...socket } = given;
  if (port !== undefined) return { ...socket, port, sharing: 'next', ...own };
  return { ...socket, sharing: receivers > 1 ? 'first' : 'none', ...own };
}

/** Each socket has a thread of its own. Where there are more threads they read the same ones. */
function boundOf(fds: readonly number[], thread: number): BoundSocket | undefined {
  const fd = fds[thread % fds.length];
  return fd === undefined ? undefined : { fd, shared: thread >= fds.length };
}

function startThread(): Started {
  const worker = new Worker(new URL('./thread.js', import.meta.url));
  worker.once('online', () => allowYoungGenerationsToGrow(false));
  let failure: Error | undefined;
  worker.on('error', (error) => {
    failure = error;
  });
  return {
    worker,
    exited: new Promise<void>((resolve) => worker.once('exit', () => resolve())),
    failure: () => failure,
  };
}

function firstAnswer({ worker, exited, failure }: Started): Promise<FromReceiver> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    void exited.then(() => reject(failure() ?? new Error('the receive thread ended before it could receive')));
  });
}
