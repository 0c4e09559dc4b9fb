import { faultOf } from '../kit/error-text.ts';
import type { Payload, SendError } from '../plugin.ts';
import { checkPayload } from './payload-check.ts';

/** What becomes of a payload that was not delivered. Texts are for the log. */
export type DeliveryFailure =
  /** `retryAfterMs`: 0 or more, perhaps infinite. */
  | { readonly kind: 'retry'; readonly text: string; readonly retryAfterMs: number }
  | { readonly kind: 'permanent'; readonly text: string; readonly reason: string }
  /** `parts` go in its place; there may be none. `retryAfterMs`: undefined where they may go at once. */
  | { readonly kind: 'divided'; readonly parts: readonly Payload[]; readonly retryAfterMs?: number };

/** Reads what `deliver` rejected with. Never throws: anything may be thrown, whatever it is made of. */
export function deliveryFailure(error: unknown, payload: Payload): DeliveryFailure {
  try {
    const { permanent, retryAfterMs, reason, smaller } = (error ?? {}) as Partial<Record<keyof SendError, unknown>>;
    if (smaller !== undefined) return divided(smaller, payload, retryAfterMs);
    if (permanent === true) {
      return { kind: 'permanent', text: faultOf(error), reason: typeof reason === 'string' ? reason : REFUSED };
    }
    const waits = typeof retryAfterMs === 'number' && retryAfterMs > 0;
    return { kind: 'retry', text: faultOf(error), retryAfterMs: waits ? retryAfterMs : 0 };
  } catch {
    return { kind: 'retry', text: 'failed with something that is no error', retryAfterMs: 0 };
  }
}

/** Whether the payload may have been taken all the same. */
export function isAmbiguous(error: unknown): boolean {
  try {
    return (error as Partial<SendError> | null | undefined)?.ambiguous === true;
  } catch {
    return false;
  }
}

const REFUSED = 'refused';

/** Parts must be smaller, or they would be divided for ever. */
function divided(smaller: unknown, payload: Payload, waits: unknown): DeliveryFailure {
  try {
    if (!Array.isArray(smaller)) throw new Error('gave no list of payloads as "smaller"');
    const parts = smaller.map(checkPayload);
    const pause = typeof waits === 'number' && waits >= 0 ? { retryAfterMs: waits } : {};
    if (parts.every((part) => isSmaller(part, payload))) return { kind: 'divided', parts, ...pause };
    throw new Error('gave a payload as "smaller" that has neither fewer items nor fewer bytes');
  } catch (error) {
    return { kind: 'permanent', text: `"deliver" ${faultOf(error)}`, reason: REFUSED };
  }
}

function isSmaller(part: Payload, than: Payload): boolean {
  const items = part.names.length - than.names.length;
  return items < 0 || (items === 0 && part.bytes.length < than.bytes.length);
}
