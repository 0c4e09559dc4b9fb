import type { FrontendKeys } from '../mapping/frontend-rules.ts';
import { withTags } from '../mapping/with-tags.ts';
import { CR, UNDERSCORE } from '../protocol/bytes.ts';
import { isEvent, isServiceCheck, parseEvent, parseServiceCheck } from '../protocol/event.ts';
import { appendOrigin } from '../protocol/origin.ts';
import { createScanner, type NativeDialect } from '../protocol/scan.ts';
import type { LineOutcomes } from './account.ts';
import type { LineCore } from './core.ts';
import { addScanned, type LineTaker, rejectLine } from './line-outcome.ts';
import { SCRATCH_END, SCRATCH_OFFSET } from './store.ts';

/**
 * Lines of the dialects `auto` and `dogstatsd`. Blank ones (nothing, or a lone CR) are no lines. `keyFlag` is added to the types of keys, `tags`
 * to what events and checks have.
 */
export function createNativeLines(
  core: LineCore,
  account: LineOutcomes,
  dialect: NativeDialect,
  keyFlag = 0,
  { tags = [], originTags = false }: Pick<FrontendKeys, 'tags' | 'originTags'> = {},
): LineTaker {
  let lineLength = 0;
  let scanner = createScanner(lineLength, keyFlag);

  function takeEvent(bytes: Uint8Array, start: number, end: number): void {
    const event = parseEvent(bytes, start, end, Math.floor(Date.now() / 1000));
    if (event === undefined) rejectLine(account, 'bad_event', bytes, start, end);
    else if (core.addEvent(withTags(event, tags))) account.aggregated(1);
    else account.dropped('events', 1);
  }

  function takeServiceCheck(bytes: Uint8Array, start: number, end: number): void {
    const check = parseServiceCheck(bytes, start, end, Math.floor(Date.now() / 1000));
    if (check === undefined) rejectLine(account, 'bad_service_check', bytes, start, end);
    else if (core.addServiceCheck(withTags(check, tags))) account.aggregated(1);
    else account.dropped('service_checks', 1);
  }

  function takeMetric(bytes: Uint8Array, start: number, end: number): void {
    let reason = scanner.read(bytes, start, end, dialect);
    if (reason === undefined) {
      const { input } = core.store();
      if (originTags) appendOrigin(scanner.scan, bytes, input + SCRATCH_OFFSET, input + SCRATCH_END);
      reason = addScanned(core, account, scanner.scan);
    }
    if (reason !== undefined) rejectLine(account, reason, bytes, start, end);
  }

  return {
    setLineLength(length) {
      lineLength = length;
      scanner = createScanner(length, keyFlag);
    },
    take(bytes, start, end) {
      const length = end - start;
      if (length === 0 || (length === 1 && bytes[start] === CR)) return;
      account.received(1);
      if (length > lineLength) rejectLine(account, 'line_too_long', bytes, start, end);
      else if (bytes[start] !== UNDERSCORE) takeMetric(bytes, start, end);
      else if (isEvent(bytes, start, end)) takeEvent(bytes, start, end);
      else if (isServiceCheck(bytes, start, end)) takeServiceCheck(bytes, start, end);
      else takeMetric(bytes, start, end);
    },
  };
}
