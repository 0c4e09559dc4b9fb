/**
 * Where each received line ends up. One slot of a front-end's account per entry:
 * received = aggregated + every `rejected.*` + every `dropped.*`, to the last line.
 */

/** Lines that could not be read. */
export const rejectReasons = [
  'no_value',
  'empty_name',
  'bad_name',
  'name_too_long',
  'unknown_type',
  'bad_value',
  'bad_rate',
  'bad_timestamp',
  'untimed_type',
  'bad_tag',
  'mixed_tag_styles',
  'too_many_tags',
  'tag_too_long',
  'line_too_long',
  'truncated',
  'unterminated',
  'bad_event',
  'bad_service_check',
  'reserved_name',
  'unsupported',
] as const;
export type RejectReason = (typeof rejectReasons)[number];

/** What would be right, for whoever sends such lines. */
const rejectAdvice: Readonly<Record<RejectReason, string>> = {
  no_value: 'a line is name:value|type, such as page.views:1|c',
  empty_name: 'before the ":" there must be a name',
  bad_name: 'a name has no control characters',
  name_too_long: 'the name is over "limits.nameLength"',
  unknown_type: 'the type must be c, m, g, ms, h, d or s',
  bad_value: 'the value must be a number, such as 12 or 0.5',
  bad_rate: 'a sample rate is over 0 and at most 1, such as @0.1',
  bad_timestamp: 'a timestamp is T and Unix seconds, such as T1700000000',
  untimed_type: 'only counters (c) and gauges (g) can have a timestamp (T)',
  bad_tag: 'a tag has no control characters',
  mixed_tag_styles: 'tags are either part of the name or behind "|#", not both',
  too_many_tags: 'there are more tags than "limits.tags"',
  tag_too_long: 'a tag is over "limits.tagLength"',
  line_too_long: 'the line is over "limits.lineLength"; is its LF missing?',
  truncated: 'the end was cut off on the way; send smaller packets',
  unterminated: 'its front-end has "eolRequired": a LF must be behind the last line, too',
  bad_event: 'an event is _e{<bytes of title>,<bytes of text>}:title|text',
  bad_service_check: 'a service check is _sc|name|status, with a status from 0 to 3',
  reserved_name: 'names that start with "statsdrain." are those of the server itself',
  unsupported: 'it is well formed, and of a kind that this front-end has no series for',
};

/** Likewise, for one line that was rejected. */
export function adviceFor(reason: RejectReason, line: string): string {
  const advice = rejectAdvice[reason];
  return reason === 'bad_value' && /^[^:|]*:[^:|]*:/.test(line) ? `${advice}; ${PACKED}` : advice;
}

const PACKED =
  'from the first ":" on there are values, several as in a:1:2|c, and no ":" is part of a name or a number';

/** Good lines for which there was no room. */
export const dropReasons = ['overload', 'set_members', 'points', 'events', 'service_checks'] as const;
export type DropReason = (typeof dropReasons)[number];

/**
 * Slots of an account, a `Float64Array` of {@link ACCOUNT_SLOTS}:
 * `[received, aggregated, kernel drops, overflowed, packets, bad values, rejected…, dropped…]`.
 */
export const RECEIVED = 0;
export const AGGREGATED = 1;
export const KERNEL_DROPPED = 2;
/** Lines that were aggregated into an overflow series because there was no room for one of their own. */
export const OVERFLOWED = 3;
/** Datagrams, reads of a stream that ended a line, and bodies of requests. */
export const PACKETS = 4;
/**
 * Values that could not be read. A line of the dialect `statsd` may have several, and good ones beside them; a rejected line of
 * the other dialects counts as one.
 */
export const BAD_VALUES = 5;
const FIRST_REJECT = 6;
const FIRST_DROP = FIRST_REJECT + rejectReasons.length;
export const ACCOUNT_SLOTS = FIRST_DROP + dropReasons.length;

export function rejectSlot(reason: RejectReason): number {
  return FIRST_REJECT + rejectReasons.indexOf(reason);
}

export function dropSlot(reason: DropReason): number {
  return FIRST_DROP + dropReasons.indexOf(reason);
}
