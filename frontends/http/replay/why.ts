import type { ReplayedMetric } from '../../../src/plugin.ts';
import type { TracedLine } from '../extract/trace.ts';

/** A word that looks like one of the l2met convention. */
const TOKEN = /(count|measure|sample|unique)#([^\s=]*)(=("(?:[^"\\]|\\.)*"|\S*))?/gi;
const NAME = /^[A-Za-z0-9_.:/-]{1,200}$/;
/** As Heroku's router writes it, up to where others can write. */
const ROUTER = /\bat=(?:info|error)\b.*\bmethod=\w+ path=/;

/**
 * Why a line has no metrics, or fewer than it seems to have. What was found is what the reader found; of the rest the text is looked
 * at once more, and the most likely reason is told.
 */
export function reasonsOf(line: TracedLine, metrics: readonly ReplayedMetric[]): string[] {
  const lost = line.lostLines > 0 ? [`tells of ${line.lostLines} lost lines`] : [];
  if (line.repeated) return ['the body was taken before, and is only acknowledged', ...lost];
  if (line.isCut) return ['was cut where visitors write, or goes on with a line that was', ...lost];
  if (line.isVisitors) return ['is of a log of requests, and what visitors write is no metric', ...lost];
  const tokens = [...line.text.matchAll(TOKEN)];
  const isComplete = line.valueErrors + line.nameErrors === 0 && metrics.length >= tokens.length;
  if (isComplete && metrics.length > 0) return lost;
  if (tokens.length === 0) {
    return [
      line.valueErrors > 0 ? 'a rule read it, and what it asks for is no usable value' : withoutTokens(line),
      ...lost,
    ];
  }
  const found = new Map<string, number>();
  for (const { name } of metrics) found.set(name, (found.get(name) ?? 0) + 1);
  return [
    ...tokens.flatMap(([, kind = '', name = '', hasValue, value = ''], index) => {
      const left = found.get(name) ?? 0;
      if (left === 0)
        return [
          `${kind}#${name}: ${faultOf(line, tokens[index]!.index, { kind, name, value: hasValue === undefined ? undefined : value })}`,
        ];
      found.set(name, left - 1);
      return [];
    }),
    ...lost,
  ];
}

function withoutTokens({ platform, text }: TracedLine): string {
  if (platform) return 'a line of the platform, of a kind that has no metrics';
  if (ROUTER.test(text)) return 'looks like a line of the router, and nothing vouches that it is one';
  return 'no metric in it';
}

interface Token {
  readonly kind: string;
  readonly name: string;
  /** Undefined: without "=". */
  readonly value: string | undefined;
}

function faultOf({ text, nameErrors, valueErrors }: TracedLine, at: number, { kind, name, value }: Token): string {
  const before = text.slice(text.lastIndexOf('\n', at) + 1, at);
  if (isInQuotes(before)) return 'stands in quotes';
  if (before !== '' && before.at(-1)! > ' ') return 'does not begin a word';
  if (nameErrors > 0 && !NAME.test(name)) return 'the name may have 1 to 200 of A-Z a-z 0-9 _ . : / and -';
  if (valueErrors === 0) return 'not taken as a metric here';
  if (value === undefined || value === '') return 'has no value';
  if (kind.toLowerCase() === 'count' && /^-/.test(value)) return `"${value}" is negative, and a counter only counts up`;
  return `"${value}" is no value`;
}

/** Whether a quote is open at the end: one behind a letter or a digit opens none, as in 5" pipe. */
function isInQuotes(text: string): boolean {
  let isOpen = false;
  for (let at = 0; at < text.length; at++) {
    if (isOpen && text[at] === '\\') at++;
    else if (text[at] === '"' && (isOpen || !/[A-Za-z0-9]/.test(text[at - 1] ?? ''))) isOpen = !isOpen;
  }
  return isOpen;
}
