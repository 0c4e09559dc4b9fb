import { createStatsdScanner } from '../protocol/statsd-scan.ts';
import type { LineOutcomes } from './account.ts';
import type { LineCore } from './core.ts';
import { addScanned, type LineTaker, rejectLine } from './line-outcome.ts';
import { SCRATCH_END, SCRATCH_OFFSET } from './store.ts';

/**
 * Lines of the dialect `statsd`. A line with a good value is aggregated, whatever else is in it. Empty lines are none; one
 * of a lone CR is a bad line, as it is in the original. `keyFlag` is added to the types of keys.
 */
export function createStatsdLines(core: LineCore, account: LineOutcomes, keyFlag = 0): LineTaker {
  let lineLength = 0;
  let scanner = createStatsdScanner(lineLength, keyFlag);
  return {
    setLineLength(length) {
      lineLength = length;
      scanner = createStatsdScanner(length, keyFlag);
    },
    take(bytes, start, end) {
      if (start === end) return;
      account.received(1);
      if (end - start > lineLength) return rejectLine(account, 'line_too_long', bytes, start, end);
      const { input } = core.store();
      const reason = scanner.read(bytes, start, end, input + SCRATCH_OFFSET, input + SCRATCH_END);
      if (scanner.badValues() > 0) account.badValues(scanner.badValues());
      if (reason !== undefined) {
        // Its bad values are counted.
        account.rejected(reason, 1);
        account.example(reason, bytes, start, end);
        return;
      }
      const refused = addScanned(core, account, scanner.scan);
      if (refused !== undefined) rejectLine(account, refused, bytes, start, end);
    },
  };
}
