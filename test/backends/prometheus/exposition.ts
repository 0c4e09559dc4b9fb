export interface PageSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export interface PageFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: PageSample[];
}

/**
 * Reads a page of text format 0.0.4 as strictly as its description allows, and holds it to what Prometheus makes of it:
 * families in one piece, no two series alike, no name in two families. Throws at the first violation.
 */
export function parsePage(page: string): ReadonlyMap<string, PageFamily> {
  if (page !== '' && !page.endsWith('\n')) throw new Error('the last line does not end in LF');
  const families = new Map<string, PageFamily>();
  const seen = new Set<string>();
  let help: { name: string; text: string } | undefined;
  let family: PageFamily | undefined;
  for (const line of page.split('\n')) {
    if (line === '') continue;
    const fail = (what: string): never => {
      throw new Error(`${what}: ${JSON.stringify(line)}`);
    };
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) ([A-Za-z_][A-Za-z0-9_]*) ([^\n]*)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      if (families.has(name)) fail('family in two pieces');
      if (/\\[^\\n]|\\$/.test(rest.replaceAll('\\\\', ''))) fail('bad escape in HELP');
      help = { name, text: rest };
    } else if (keyword === 'TYPE') {
      if (!/^(counter|gauge|summary|histogram|untyped)$/.test(rest)) fail('unknown type');
      if (families.has(name)) fail('second TYPE');
      if (help?.name !== name) fail('TYPE without HELP');
      family = { name, type: rest, help: help?.text ?? '', samples: [] };
      families.set(name, family);
    } else if (line.startsWith('#')) {
      fail('comment');
    } else {
      const sample = parseSample(line);
      if (family === undefined || !belongs(sample, family)) return fail('not a sample of the family above it');
      const labels = [...sample.labels].filter(([, value]) => value !== '').sort();
      const identity = JSON.stringify([sample.name, labels]);
      if (seen.has(identity)) fail('duplicate series');
      seen.add(identity);
      family.samples.push(sample);
    }
  }
  noSharedNames(families);
  return families;
}

function parseSample(line: string): PageSample {
  const fail = (what: string): never => {
    throw new Error(`${what}: ${JSON.stringify(line)}`);
  };
  const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(line)?.[0] ?? fail('no name');
  let at = name.length;
  const labels = new Map<string, string>();
  if (line[at] === '{') {
    at++;
    for (;;) {
      const label = /^[A-Za-z_][A-Za-z0-9_]*/.exec(line.slice(at))?.[0] ?? fail(`no label at ${at}`);
      if (label.startsWith('__')) fail('reserved label');
      if (labels.has(label)) fail('label twice');
      at += label.length;
      if (line.slice(at, at + 2) !== '="') fail(`no =" at ${at}`);
      at += 2;
      let value = '';
      for (; line[at] !== '"'; at++) {
        const character = line[at] ?? fail('open label value');
        if (character !== '\\') {
          value += character;
          continue;
        }
        at++;
        const escaped = new Map([
          ['\\', '\\'],
          ['"', '"'],
          ['n', '\n'],
        ]).get(line[at] ?? '');
        value += escaped ?? fail(`bad escape at ${at}`);
      }
      labels.set(label, value);
      at++;
      const next = line[at];
      at++;
      if (next === '}') break;
      if (next !== ',') fail(`no comma at ${at}`);
    }
  }
  const text = line.slice(at);
  if (!/^ (NaN|[+-]Inf|-?\d+(\.\d+)?(e[+-]?\d+)?)$/.test(text)) fail('bad value');
  const value = text.endsWith('Inf') ? Number(`${text.slice(1)}inity`) : Number(text);
  return { name, labels, value };
}

function belongs({ name, labels, value }: PageSample, family: PageFamily): boolean {
  const suffix = name.startsWith(family.name) ? name.slice(family.name.length) : undefined;
  const reserved = labels.has('le') || labels.has('quantile');
  switch (family.type) {
    case 'summary':
      if (suffix === '') return Number(labels.get('quantile')) >= 0 && !labels.has('le');
      return (suffix === '_sum' || suffix === '_count') && !reserved;
    case 'histogram':
      if (suffix === '_bucket') return labels.has('le') && !labels.has('quantile');
      return (suffix === '_sum' || suffix === '_count') && !reserved;
    case 'counter':
      return suffix === '' && !reserved && value >= 0;
    default:
      return suffix === '' && !reserved;
  }
}

function noSharedNames(families: ReadonlyMap<string, PageFamily>): void {
  const owners = new Map<string, string>();
  for (const { name, type } of families.values()) {
    const suffixes = SUFFIXES.get(type) ?? [''];
    for (const suffix of suffixes) {
      const owner = owners.get(name + suffix);
      if (owner !== undefined) throw new Error(`"${name}${suffix}" belongs to "${owner}" and to "${name}"`);
      owners.set(name + suffix, name);
    }
  }
}

const SUFFIXES: ReadonlyMap<string, readonly string[]> = new Map([
  ['summary', ['', '_sum', '_count']],
  ['histogram', ['', '_sum', '_count', '_bucket']],
]);
