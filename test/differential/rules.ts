import { isNumber, type Parts, partsOf } from './lines.ts';

/** Names that every object of JavaScript has: in the original's tables they are found before they were ever sent. */
const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** A line on which the original ends, or with which it fills its tables with something else than numbers. */
export function ruins(line: string): boolean {
  const { key, values } = partsOf(line);
  return inherited.has(key) || values.some(([, , rate]) => rate !== undefined && isUnreadableRate(rate));
}

/** Taken for a number, but not starting with a digit or a dot: `@Infinity`, `@+1`, `@ 0.5`. */
function isUnreadableRate(rate: string): boolean {
  const digits = rate.slice(1);
  return rate.startsWith('@') && isNumber(digits) && /^[^\d.-]/.test(digits);
}

/** A line that statsdrain reads in another way on purpose, see `differences.ts`; `asSent`: keys are not sanitised. */
export function differs(line: string, asSent: boolean): boolean {
  const parts = partsOf(line);
  if (asSent && breaksLines(parts)) return true;
  return isEndless(parts) || isProtoMember(parts) || (line.endsWith('\r') && matters(parts));
}

/** Blanks or control characters in the tags, which the original sends on as they are. */
function breaksLines({ sent }: Parts): boolean {
  return sent.includes(';') && /[\s\p{Cc}\p{Cf}\p{Cs}]/u.test(sent.slice(sent.indexOf(';')));
}

/** A value, or a value over its rate, that is not finite. */
function isEndless({ values }: Parts): boolean {
  return values.some(([value = '', , rate = '@1']) => {
    const digits = /^@([\d.]+)/.exec(rate)?.[1] ?? '1';
    return [Number(value), 1 / Number(digits), Number(value) / Number(digits)].some(
      (one) => Math.abs(one) === Infinity,
    );
  });
}

function isProtoMember({ values }: Parts): boolean {
  return values.some(([member, type]) => type?.trim() === 's' && member === '__proto__');
}

/** Whether a CR at the end of the line changes what the original makes of it. */
function matters({ values, tagged }: Parts): boolean {
  const [value = '', type, ...more] = values.at(-1) ?? [];
  if (tagged) return true;
  if (type === undefined || more.length > 0) return false;
  return (type.trim() === 's' && !isNumber(value)) || (type.trim() === 'ms' && Number(value) < 0);
}
