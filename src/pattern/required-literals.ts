/**
 * Texts that are in everything that a regular expression of Go matches, in this order and not one over the other. They are fewer than there
 * are where the expression is not simple, and none at all where it has flags or escapes that need knowledge of characters.
 */
export function requiredLiterals(pattern: string): readonly string[] {
  let at = 0;

  /** Undefined: the expression has what is not known here. */
  function alternatives(): readonly string[] | undefined {
    const first = sequence();
    if (first === undefined || pattern[at] !== '|') return first;
    while (pattern[at] === '|') {
      at++;
      if (sequence() === undefined) return undefined;
    }
    return [];
  }

  function sequence(): readonly string[] | undefined {
    const found: string[] = [];
    let run = '';
    const end = () => {
      if (run !== '') found.push(run);
      run = '';
    };
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') {
      const atom = readAtom();
      if (atom === undefined) return undefined;
      const times = readTimes();
      if (typeof atom === 'string' && times !== 'any') run += atom;
      if (typeof atom !== 'string' || times !== 'once') end();
      if (typeof atom !== 'string' && times !== 'any') found.push(...atom);
    }
    end();
    return found;
  }

  /** One character, or what is required by anything else. */
  function readAtom(): string | readonly string[] | undefined {
    const character = pattern[at]!;
    switch (character) {
      case '\\':
        return readEscape();
      case '[':
        return readClass();
      case '(':
        return readGroup();
      default:
        at++;
        return '.^$'.includes(character) || character > '\x7f' ? [] : character;
    }
  }

  function readEscape(): string | readonly string[] | undefined {
    const escaped = pattern[at + 1];
    at += 2;
    if (escaped === undefined || escaped > '\x7f') return undefined;
    if (/[dwsDWSbBAz]/.test(escaped)) return [];
    return /[A-Za-z0-9]/.test(escaped) ? undefined : escaped;
  }

  function readClass(): readonly string[] | undefined {
    const written = take(/\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]/sy);
    return written === undefined ? undefined : [];
  }

  function readGroup(): readonly string[] | undefined {
    if (take(/\((?:\?P?<\w+>|\?:|(?!\?))/y) === undefined) return undefined;
    const inner = alternatives();
    return inner === undefined || take(/\)/y) === undefined ? undefined : inner;
  }

  function readTimes(): 'once' | 'some' | 'any' {
    const times = take(/(?:[*+?]|\{\d+(?:,\d*)?\})\??/y);
    if (times === undefined) return 'once';
    return times.startsWith('+') ? 'some' : 'any';
  }

  function take(sticky: RegExp): string | undefined {
    sticky.lastIndex = at;
    const taken = sticky.exec(pattern)?.[0];
    at += taken?.length ?? 0;
    return taken;
  }

  const found = alternatives();
  return found === undefined || at < pattern.length ? [] : found;
}
