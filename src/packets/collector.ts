import type { TransferListItem } from 'node:worker_threads';
import { grown } from '../kit/grow.ts';
import type { PacketOrigin, PacketSource } from '../plugin.ts';
import { LF } from '../protocol/bytes.ts';
import type { PacketsMessage } from './message.ts';

/** Of packets that the dispatch thread has not read yet, from all threads together, with {@link PACKET_COST} for each. */
export const MAX_IN_FLIGHT = 8 * 1024 * 1024;
/** About what a packet costs besides its bytes. */
export const PACKET_COST = 64;
/** What goes into one UDP datagram: what is longer (a read of a stream) is divided at line ends. */
const MAX_PACKET = 65_507;
const FULL_BATCH = 65_536;
const FIRST_ROOM = 4096;

/** Copies of raw packets on their way to the dispatch thread, in batches. */
export interface PacketCollector {
  /** Gives the number of packets that were dropped because too much waits. */
  add(bytes: Uint8Array, start: number, end: number, transport: PacketSource['transport'], from?: PacketOrigin): number;
  /** Posts what was added. */
  flush(): void;
}

/** The sum of what all collectors of the process have in flight, for all threads. */
export function createInFlight(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** `wake` is called when the first packet of a batch is added: `flush` has to be called some time afterwards. */
export function createPacketCollector(
  inFlight: Int32Array,
  post: (message: PacketsMessage, transfer: readonly TransferListItem[]) => void,
  wake: () => void,
): PacketCollector {
  let room = new Uint8Array(0);
  let used = 0;
  let ends: number[] = [];
  let sourceOf: number[] = [];
  let sources: Omit<PacketSource, 'size'>[] = [];

  function flush(): void {
    if (ends.length === 0) return;
    const bytes = room.slice(0, used);
    const cost = used + PACKET_COST * ends.length;
    post({ kind: 'packets', bytes, ends, sourceOf, sources, inFlight, cost }, [bytes.buffer]);
    used = 0;
    ends = [];
    sourceOf = [];
    sources = [];
  }

  function copy(piece: Uint8Array): void {
    if (used + piece.length > room.length) room = grown(room, Math.max(FIRST_ROOM, used + piece.length));
    room.set(piece, used);
    used += piece.length;
    ends.push(used);
  }

  function addPiece(piece: Uint8Array, transport: PacketSource['transport'], from: PacketOrigin | undefined): number {
    const cost = piece.length + PACKET_COST;
    if (Atomics.load(inFlight, 0) + cost > MAX_IN_FLIGHT) return 1;
    Atomics.add(inFlight, 0, cost);
    if (ends.length === 0) wake();
    const last = sources.at(-1);
    if (last === undefined || !isFrom(last, transport, from)) sources.push(sourceFrom(transport, from));
    sourceOf.push(sources.length - 1);
    copy(piece);
    if (used >= FULL_BATCH) flush();
    return 0;
  }

  return {
    add(bytes, start, end, transport, from) {
      let dropped = 0;
      let at = start;
      do {
        const stop = pieceEnd(bytes, at, end);
        dropped += addPiece(bytes.subarray(at, stop), transport, from);
        at = stop;
      } while (at < end);
      return dropped;
    },
    flush,
  };
}

function pieceEnd(bytes: Uint8Array, start: number, end: number): number {
  if (end - start <= MAX_PACKET) return end;
  const last = bytes.lastIndexOf(LF, start + MAX_PACKET - 1);
  if (last >= start) return last + 1;
  const next = bytes.indexOf(LF, start);
  return next < 0 || next >= end ? end : next + 1;
}

function isFrom(
  source: Omit<PacketSource, 'size'>,
  transport: PacketSource['transport'],
  from: PacketOrigin | undefined,
): boolean {
  return source.transport === transport && source.port === from?.port && source.address === from?.address;
}

/** With nothing else that `from` may have, and nothing that is undefined. */
function sourceFrom(
  transport: PacketSource['transport'],
  { address, port, family }: PacketOrigin = {},
): Omit<PacketSource, 'size'> {
  return {
    transport,
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
    ...(family === undefined ? {} : { family }),
  };
}
