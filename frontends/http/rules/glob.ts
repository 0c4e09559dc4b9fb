import { copyOf } from './copy.ts';

/** Texts that were asked about and are remembered. */
const REMEMBERED = 1000;

/** Whether a text is like one of some patterns, in which `*` is any text. Remembers answers: few apps and processes send many lines. */
export function anyGlob(patterns: readonly string[]): (text: string) => boolean {
  const tests = patterns.map(glob);
  let known = new Map<string, boolean>();
  return (text) => {
    const answer = known.get(text);
    if (answer !== undefined) return answer;
    const now = tests.some((test) => test(text));
    if (known.size >= REMEMBERED) known = new Map();
    known.set(copyOf(text), now);
    return now;
  };
}

function glob(pattern: string): (text: string) => boolean {
  const [head = '', ...more] = pattern.split('*');
  const tail = more.pop();
  if (tail === undefined) return (text) => text === pattern;
  return (text) => {
    if (!text.startsWith(head)) return false;
    let at = head.length;
    for (const part of more) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return text.length - tail.length >= at && text.endsWith(tail);
  };
}
