import { type Intake, type LineStream, type PacketOrigin, type PacketSource, SELF_PREFIX } from '../plugin.ts';
import { LF } from '../protocol/bytes.ts';
import { selfMetrics } from '../telemetry/catalogue.ts';
import type { PacketCollector } from './collector.ts';

export const UNTAPPED = selfMetrics.packetsUntapped.name.slice(SELF_PREFIX.length);

export interface TapOptions {
  /** Bytes, at most, of a line that a stream is in the middle of. */
  lineLength(): number;
  /** What a stream leaves without a LF is a packet too; the original daemon throws it away. */
  readonly takesTail: boolean;
}

/** An intake that hands copies of what it is given to `packets`, before it is read. Ready samples are no packets. */
export function tappedIntake(intake: Intake, packets: PacketCollector, options: TapOptions): Intake {
  function tap(
    bytes: Uint8Array,
    start: number,
    end: number,
    transport: PacketSource['transport'],
    from: PacketOrigin | undefined,
  ): void {
    const dropped = packets.add(bytes, start, end, transport, from);
    if (dropped > 0) intake.count(UNTAPPED, dropped);
  }

  return {
    ...intake,
    lines(bytes, start = 0, end = bytes.length, from) {
      tap(bytes, start, end, 'datagram', from);
      intake.lines(bytes, start, end, from);
    },
    stream(from, eolRequired = false) {
      const stream = intake.stream(from, eolRequired);
      const cutter = createCutter(options.lineLength(), (bytes, end) => tap(bytes, 0, end, 'stream', from));
      return {
        push(chunk) {
          cutter.push(chunk);
          stream.push(chunk);
        },
        end() {
          if (options.takesTail && !eolRequired) cutter.end();
          stream.end();
        },
      };
    },
  };
}

/** Gives what ends a line in each chunk, with the LF, together with the tail of the chunks before. */
function createCutter(lineLength: number, packet: (bytes: Uint8Array, end: number) => void): LineStream {
  let tail: Uint8Array = new Uint8Array(0);
  /** In the middle of a line over the limit. */
  let skipping = false;

  return {
    push(chunk) {
      const first = skipping ? chunk.indexOf(LF) + 1 : 0;
      if (skipping && first === 0) return;
      skipping = false;
      const end = chunk.lastIndexOf(LF) + 1;
      if (end > first) {
        const lines = chunk.subarray(first, end);
        const whole = tail.length === 0 ? lines : Buffer.concat([tail, lines]);
        packet(whole, whole.length);
        tail = new Uint8Array(0);
      }
      const rest = chunk.subarray(Math.max(end, first));
      if (tail.length + rest.length > lineLength) {
        tail = new Uint8Array(0);
        skipping = true;
      } else if (rest.length > 0) {
        // A copy: the chunk belongs to the caller again when this returns.
        tail = Buffer.concat([tail, rest]);
      }
    },
    end() {
      if (tail.length > 0) packet(tail, tail.length);
      tail = new Uint8Array(0);
    },
  };
}
