import type { Payload } from '../plugin.ts';

/**
 * A payload as a back-end gave it. Throws where nobody could wait for it, or send it: the types of the contract bind no plug-in in
 * JavaScript, and a payload that is none would fail later, in a timer of the lane.
 */
export function checkPayload(given: unknown): Payload {
  const payload = (typeof given === 'object' && given !== null ? given : {}) as Partial<Record<keyof Payload, unknown>>;
  for (const [key, fits, what] of RULES) {
    if (!fits(payload[key])) throw new Error(`gave no payload: "${key}" must be ${what}`);
  }
  return payload as unknown as Payload;
}

type Rule = readonly [key: keyof Payload, fits: (value: unknown) => boolean, what: string];

const isText = (value: unknown) => typeof value === 'string';
const isNumber = (value: unknown) => typeof value === 'number' && Number.isFinite(value);
const isCount = (value: unknown) => isNumber(value) && (value as number) >= 0;
const orNone = (fits: (value: unknown) => boolean) => (value: unknown) => value === undefined || fits(value);

const RULES: readonly Rule[] = [
  ['lanes', (value) => Array.isArray(value) && value.length > 0 && value.every(isText), 'a list of one or more names'],
  ['bytes', (value) => value instanceof Uint8Array, 'a Uint8Array'],
  ['names', (value) => Array.isArray(value) && value.every(isText), 'a list of texts'],
  ['createdMs', isNumber, 'Unix milliseconds'],
  ['encoding', orNone(isText), 'a text'],
  ['ends', orNone((value) => Array.isArray(value) && value.every(isCount)), 'a list of numbers'],
  ['start', orNone(isCount), 'a number'],
  ['firsts', orNone(isCount), 'a number'],
  ['priority', orNone(isNumber), 'a number'],
  ['maxAgeMs', orNone(isCount), 'a number of milliseconds'],
];
