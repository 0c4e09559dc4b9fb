import { parentPort, receiveMessageOnPort, type TransferListItem } from 'node:worker_threads';
import { createShard } from '../aggregate/shard.ts';
import type { AccountMessage, PartialMessage } from '../dispatch/messages.ts';
import { createDatagramTap } from '../packets/datagram-tap.ts';
import { createLineTap, type LineTap } from '../packets/line-tap.ts';
import type { TapWish } from '../packets/tap-wish.ts';
import { transferList } from '../partial/partial.ts';
import { sharedClock } from '../partial/shared-clock.ts';
import { windowEnd } from '../partial/window-end.ts';
import { releaseMemory } from '../process/memory.ts';
import { createBatch } from './batch.ts';
import { createGathering, GATHERING_US } from './gathering.ts';
import { type Libc, loadLibc } from './libc.ts';
import { type FromReceiver, MAIL, type ReceiveThreadData, STOP, type ToReceiver } from './messages.ts';
import { createPatience } from './patience.ts';
import { openReceiver, type Receiver, TROUBLE } from './receiver.ts';

/** Longest time for which a stopping thread goes on reading what the kernel still holds. */
const DRAIN_MS = 500;

/** Batches (of 256 datagrams) that are read before an interim partial. */
const BATCHES_BEFORE_INTERIM = 16;

/** For how long it matters who sends what is rejected, after somebody has seen that something is. Milliseconds. */
const LOOK_MS = 3000;

/** Time between two looks for idle keys. */
const TIDY_MS = 20;

function answer(message: FromReceiver, transfer: readonly TransferListItem[] = []): void {
  parentPort!.postMessage(message, transfer);
}

/** Reads until it is told to stop. This thread has no event loop: it blocks in the kernel, for 100 ms at most. */
function run(libc: Libc, receiver: Receiver): void {
  const { control, partials } = data;
  let { intervalMs, originMs } = data;
  const shard = createShard({
    index: data.shard,
    limits: data.limits,
    now: sharedClock(data.mainTimeOrigin),
    seed: data.seed,
    keyBlocks: data.keyBlocks,
    ticks: data.ticks,
  });
  shard.setLines(data.lines);
  const intake = shard.intake(data.frontend, data.dialect, data.rules);
  const tap =
    data.inFlight &&
    createDatagramTap(data.inFlight, intake, (message, transfer) => partials.postMessage(message, transfer));
  let store = intake.store();
  let batch = createBatch(libc, store);
  /** While somebody taps lines of this front-end. */
  let lineTap: LineTap | undefined;
  /** Somebody looks, and something is rejected. */
  let looksUntilMs = 0;
  let asksSenders = false;
  const shouldGather = createGathering(receiver.receiveBuffer);
  const patience = createPatience();
  let mail = 0;
  let tidiedMs = 0;
  let endMs = windowEnd(Date.now(), intervalMs, originMs);

  function handOver(windowEndMs: number, final: boolean, interim = false): void {
    intake.kernelDropped(receiver.takeKernelDrops());
    const partial = shard.handOver(windowEndMs, final, interim);
    const message: PartialMessage = { kind: 'partial', partial, lagMs: undefined };
    partials.postMessage(message, transferList(partial));
  }

  function tellAccount(): void {
    intake.kernelDropped(receiver.takeKernelDrops());
    const accounts = shard.accounts();
    // At one line in a datagram senders are 4 % of the time.
    if (accounts.some(({ examples }) => examples.length > 0)) looksUntilMs = Date.now() + LOOK_MS;
    if (!asksSenders) askSenders();
    const message: AccountMessage = { kind: 'account', shard: data.shard, accounts };
    partials.postMessage(message);
  }

  /** Waits a moment, or throws when this has been going on for too long. */
  function troubled(): number {
    const { trouble } = receiver;
    intake.count('socket.errors', 1);
    answer({ kind: 'trouble', message: trouble });
    const pauseMs = patience.error(performance.now());
    if (pauseMs === undefined) throw new Error(trouble);
    libc.usleep(pauseMs * 1000);
    return 0;
  }

  function setTaps(taps: readonly TapWish[]): void {
    lineTap?.flush(true);
    lineTap = createLineTap(taps, { frontend: data.frontend, budget: data.tapBudget, post: answer });
    askSenders();
  }

  /** While somebody looks. Senders on a Unix socket have no addresses. */
  function askSenders(): void {
    asksSenders = data.socket.kind === 'udp' && (lineTap !== undefined || Date.now() < looksUntilMs);
    batch.askSenders(asksSenders);
  }

  function receive(wait: boolean): number {
    if (store !== intake.store()) {
      store = intake.store();
      batch = createBatch(libc, store);
      askSenders();
      // Nothing refers to the memory of the last one any more.
      releaseMemory();
    }
    const count = receiver.receive(batch.headers(), wait);
    if (count === TROUBLE) return troubled();
    patience.fine();
    if (count === 0) return 0;
    // No UDP payload is longer than a slot.
    if (data.socket.kind === 'unix') {
      const truncated = batch.emptyTruncated(count);
      if (truncated > 0) intake.discard('truncated', truncated);
    }
    tap?.take(store.bytes(), batch.datagrams, count);
    if (data.socket.eolRequired === true) {
      const unterminated = batch.cutUnterminated(count);
      if (unterminated > 0) intake.discard('unterminated', unterminated);
    }
    const senderOf = asksSenders ? batch.senderOf : undefined;
    lineTap?.datagrams(store.bytes(), batch.datagrams, count, senderOf);
    intake.datagrams(batch.datagrams, count, senderOf);
    return count;
  }

  function readMail(): void {
    mail = Atomics.load(control, MAIL);
    for (let letter = receiveMessageOnPort(parentPort!); letter; letter = receiveMessageOnPort(parentPort!)) {
      read(letter.message as ToReceiver);
    }
  }

  function read(message: ToReceiver): void {
    switch (message.kind) {
      case 'account':
        tellAccount();
        return;
      case 'taps':
        setTaps(message.taps);
        return;
      case 'lines':
        shard.setLines(message.wanted);
        return;
      case 'handOver':
        // With what the sockets had when somebody asked.
        for (let batches = 0; batches < BATCHES_BEFORE_INTERIM && receive(false) > 0; batches++);
        handOver(endMs, false, true);
        return;
      case 'settings':
        shard.setLimits(message.limits);
        shard.setTicks(message.ticks);
        if (message.renew) shard.renew();
        ({ intervalMs, originMs } = message);
        endMs = windowEnd(Date.now(), intervalMs, originMs);
        return;
      default:
        message satisfies never;
    }
  }

  try {
    while (Atomics.load(control, STOP) === 0) {
      const count = receive(true);
      if (Atomics.load(control, MAIL) !== mail) readMail();
      lineTap?.flush();
      const now = Date.now();
      if (now - tidiedMs >= TIDY_MS || now < tidiedMs) {
        shard.tidy();
        tidiedMs = now;
        if (asksSenders && now >= looksUntilMs) askSenders();
      }
      if (now >= endMs) {
        handOver(endMs, false);
        endMs = windowEnd(now, intervalMs, originMs);
      } else if (endMs - now > intervalMs) {
        endMs = Math.min(endMs, windowEnd(now, intervalMs, originMs));
      }
      if (shouldGather(count, now)) libc.usleep(GATHERING_US);
    }
    const drainUntil = performance.now() + DRAIN_MS;
    while (receive(false) > 0 && performance.now() < drainUntil);
  } finally {
    lineTap?.flush(true);
    handOver(Date.now(), true);
    answer({ kind: 'done' });
  }
}

const libc = await loadLibc();
// Until then the thread waits, and has loaded what it needs.
const letter = await new Promise<ReceiveThreadData | 'nothing'>((resolve) => parentPort!.once('message', resolve));
if (letter === 'nothing') process.exit();
const data = letter;
if (typeof libc === 'string') {
  answer({ kind: 'unavailable', reason: libc });
} else {
  try {
    const receiver = openReceiver(libc, data.socket);
    const { port, receiveBuffer, dropsBefore } = receiver;
    answer({ kind: 'bound', port, receiveBuffer, dropsBefore });
    try {
      run(libc, receiver);
    } finally {
      receiver.close();
    }
  } catch (error) {
    const { message, code = '' } = error as NodeJS.ErrnoException;
    answer({ kind: 'failed', message, code });
  }
}
data.partials.close();
parentPort!.close();
