import type { ConfigKit, Intake, PacketOrigin } from '../plugin.ts';

const LF = 0x0a;

/** The setting `eolRequired` of what takes lines. */
export function eolKey({ z }: ConfigKit) {
  return {
    eolRequired: z
      .boolean()
      .default(false)
      .describe(
        'Refuse and count the last line of a packet or a connection where no LF is behind it, which may be the half of a line: "dogstatsd_eol_required" of the Datadog Agent.',
      ),
  };
}

/** Hands over the lines of a packet without a last one that no LF ends, which is counted. */
export function wholeLines(intake: Intake, bytes: Uint8Array, start: number, end: number, from?: PacketOrigin): void {
  const whole = bytes[end - 1] === LF ? end : bytes.subarray(start, end).lastIndexOf(LF) + 1 + start;
  if (whole < end) intake.discard('unterminated', 1);
  if (whole > start) intake.lines(bytes, start, whole, from);
}
