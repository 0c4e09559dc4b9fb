import type { LineOutcomes } from '../aggregate/account.ts';
import { createAdmission } from '../aggregate/admission.ts';
import type { LineCore } from '../aggregate/core.ts';
import { createNativeLines } from '../aggregate/native-lines.ts';
import { createStatsdLines } from '../aggregate/statsd-lines.ts';
import { SCRATCH_END } from '../aggregate/store.ts';
import type { Settings } from '../config/settings.ts';
import type { TappedLine } from '../plugin.ts';
import { isOfTags } from '../protocol/admit.ts';
import { CLIPPED_KEY, RULES_SHIFT } from '../protocol/codes.ts';
import { adviceFor } from '../protocol/reasons.ts';
import type { Scan } from '../protocol/scan.ts';
import { createIdentityOf } from '../window/identity-of.ts';
import type { ReadingRules } from './line-reader.ts';

/** What becomes of a line. */
export type Verdict = Pick<TappedLine, 'outcome' | 'reason' | 'advice' | 'names'>;

/** Its number is told to nobody. */
const RULES = 1;
const nothing = () => undefined;

/**
 * Tells what becomes of single lines, by the parsers of the shard but without one: some 3 µs a line, where a window for each took 45. What
 * other lines would leave no room for is not seen.
 */
export function createVerdicts({ dialect, rules }: ReadingRules, settings: Settings): (line: Uint8Array) => Verdict {
  const { limits } = settings;
  const keys = rules && { ...rules, number: RULES };
  const keyFlag = keys === undefined ? 0 : RULES << RULES_SHIFT;
  const identityOf = createIdentityOf(settings, keys && [keys]);
  const admission = createAdmission(limits);
  if (keys !== undefined) admission.add(keys);
  const bytes = new Uint8Array(SCRATCH_END);
  let key = new Uint8Array(0);
  let verdict: Verdict | undefined;
  let names = new Set<string>();
  let text = () => '';

  /** As the table of keys has it: the tags behind the name. */
  function nameOf({ nameStart, nameEnd, tagStart, tagEnd }: Scan, type: number): string {
    const name = nameEnd - nameStart;
    const length = name + tagEnd - tagStart;
    if (length > key.length) key = new Uint8Array(2 * length);
    key.set(bytes.subarray(nameStart, nameEnd));
    key.set(bytes.subarray(tagStart, tagEnd), name);
    return identityOf(type, key, 0, name, length).name;
  }

  const core: LineCore = {
    store: () => ({ input: 0 }),
    add(scan) {
      const reason = admission.refuse(bytes, scan);
      if (reason !== undefined && !(scan.clipsTags && isOfTags(reason))) return { rejected: reason };
      if (scan.timestamp > 0 && limits.points === 0) return { dropped: 'points' };
      const flags = scan.keyFlag | (reason === undefined ? 0 : CLIPPED_KEY);
      for (let group = 0; group < scan.groupCount; group++) names.add(nameOf(scan, scan.groupType[group]! | flags));
      return undefined;
    },
    addEvent() {
      if (limits.events === 0) return false;
      verdict = { outcome: 'event', names: [] };
      return true;
    },
    addServiceCheck({ name }) {
      if (limits.serviceChecks === 0) return false;
      verdict = { outcome: 'serviceCheck', names: [name] };
      return true;
    },
  };
  const account: LineOutcomes = {
    received: nothing,
    aggregated() {
      verdict ??= { outcome: 'aggregated', names: [...names] };
    },
    rejected(reason) {
      verdict = { outcome: 'rejected', reason, advice: adviceFor(reason, text()), names: [] };
    },
    dropped(reason) {
      verdict = { outcome: 'dropped', reason, names: [] };
    },
    overflowed: nothing,
    badValues: nothing,
    count: nothing,
    example: nothing,
  };
  const lines =
    dialect === 'statsd'
      ? createStatsdLines(core, account, keyFlag)
      : createNativeLines(core, account, dialect, keyFlag, keys);
  lines.setLineLength(limits.lineLength);

  function read(line: Uint8Array): Verdict | undefined {
    verdict = undefined;
    names = new Set();
    text = () => Buffer.from(line).toString();
    if (line.length > limits.lineLength) account.rejected('line_too_long', 1);
    else {
      bytes.set(line);
      lines.take(bytes, 0, line.length);
    }
    return verdict;
  }

  return (line) => read(line) ?? { outcome: 'blank', names: [] };
}
