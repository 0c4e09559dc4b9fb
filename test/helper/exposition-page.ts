/** One line of a page of Prometheus' text format. */
export interface PageSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** As written. */
  readonly value: string;
}

export interface ExpositionPage {
  readonly samples: readonly PageSample[];
  /** What is written of a family, by its name. */
  readonly types: ReadonlyMap<string, string>;
  readonly help: ReadonlyMap<string, string>;
  /** What the format 0.0.4 forbids, a sentence each. */
  readonly faults: readonly string[];
}

/** A strict reader of text format 0.0.4, without timestamps. */
export function readPage(text: string): ExpositionPage {
  const samples: PageSample[] = [];
  const kinds = { HELP: new Map<string, string>(), TYPE: new Map<string, string>() };
  const faults: string[] = text === '' || text.endsWith('\n') ? [] : ['no LF at the end'];
  const families = new Set<string>();
  const seen = new Set<string>();
  let family = '';
  for (const line of text.split('\n')) {
    const [, kind, name, rest] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (kind === 'HELP' || kind === 'TYPE') {
      if (kinds[kind].has(name!)) faults.push(`${kind} twice: ${name}`);
      kinds[kind].set(name!, rest!);
      if (name !== family && families.has(name!)) faults.push(`a family in two places: ${name}`);
      family = name!;
      families.add(family);
    } else if (line !== '' && !line.startsWith('#')) {
      const sample = readSample(line);
      if (sample === undefined) {
        faults.push(`unreadable: ${line}`);
        continue;
      }
      const key = keyOf(sample);
      if (seen.has(key)) faults.push(`a sample twice: ${line}`);
      seen.add(key);
      samples.push(sample);
    }
  }
  return { samples, types: kinds.TYPE, help: kinds.HELP, faults };
}

const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

/** `undefined` where the line breaks the format. */
export function readSample(line: string): PageSample | undefined {
  const [, name, inner = '', value] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) return undefined;
  const labels = new Map<string, string>();
  for (label.lastIndex = 0; label.lastIndex < inner.length; ) {
    const [, key, text] = label.exec(inner) ?? [];
    if (key === undefined || labels.has(key)) return undefined;
    labels.set(key, text!);
  }
  return { name, labels, value };
}

/** Alike for samples of one series: the order of labels, empty ones and the way in which bounds are written make no difference. */
export function keyOf({ name, labels }: PageSample): string {
  const pairs = Array.from(labels, ([key, value]) =>
    key === 'quantile' || (key === 'le' && value !== '+Inf') ? [key, String(Number(value))] : [key, value],
  ).filter(([, value]) => value !== '');
  return `${name}{${pairs.map(([key, value]) => `${key}="${value}"`).sort()}}`;
}
