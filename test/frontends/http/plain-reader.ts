/**
 * What a message gives with the profile `tagged`, read with regular expressions and without any thought of speed: what the real reader is
 * compared with. Of quotes it knows `"` alone.
 */
export function plainRead(app: string, process: string, text: string): string[] {
  if (app === 'heroku' && process === 'router') return readRequest(text);
  return text.split('\n').flatMap((line) => readLine(app, process, line));
}

const QUOTED = /"(?:\\[\s\S]|[^"\\])*"/g;

function field(text: string, key: string): string | undefined {
  return [...text.matchAll(new RegExp(`(?:^|(?<=\\s))${key}=(\\S*)`, 'g'))].at(-1)?.[1];
}

function readRequest(text: string): string[] {
  const quoted = [...text.matchAll(QUOTED)];
  const last = quoted.at(-1);
  const back = last === undefined ? text : text.slice(last.index + last[0].length);
  const rest = text.replace(QUOTED, '');
  if (rest.includes('"') || !/^(?:\s|$)/.test(last === undefined ? '' : back)) return [];
  const visitor = quoted.find(({ index }) => !text.slice(0, index).endsWith('desc='));
  const front = text.slice(0, (visitor ?? { index: text.length }).index).replace(QUOTED, '');
  const known = [
    'dyno',
    'connect',
    'service',
    'status',
    'bytes',
    'protocol',
    ...(visitor === undefined ? ['code', 'method'] : []),
  ];
  if (!known.some((key) => field(back, key) !== undefined)) return [];

  const dyno = field(back, 'dyno') ?? '';
  const [type = ''] = dyno.split('.');
  const status = /^[1-9]\d\d$/.exec(field(back, 'status') ?? '')?.[0];
  const method = field(front, 'method');
  const protocol = field(back, 'protocol') || undefined;
  const tags = [
    ...(type === '' ? [] : [`dyno_type:${type}`]),
    `status:${status !== undefined && ['200', '201', '304', '404', '503'].includes(status) ? status : 'other'}`,
    `status_class:${status !== undefined && Number(status) < 600 ? `${status[0]}xx` : 'other'}`,
    `method:${method !== undefined && ['GET', 'POST', 'PUT'].includes(method) ? method : 'other'}`,
    ...(protocol === undefined ? [] : [`protocol:${/^(?:https|http2\.0)$/.test(protocol) ? protocol : 'other'}`]),
  ].join(',');
  const milliseconds = (key: string) => {
    const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(field(back, key) ?? '') ?? [];
    return number === undefined ? undefined : Number(number) * (unit === 's' ? 1000 : 1);
  };
  const bytes = /^\d{1,15}$/.exec(field(back, 'bytes') ?? '')?.[0];
  const found = [`counter heroku.router.requests 1 ${tags}`];
  for (const key of ['connect', 'service']) {
    const ms = milliseconds(key);
    if (ms !== undefined) found.push(`timer heroku.router.${key}_ms ${ms} ${tags}`);
  }
  if (bytes !== undefined) found.push(`histogram heroku.router.bytes ${Number(bytes)} ${tags}`);
  const code = field(front, 'code');
  if (code !== undefined) {
    const ofDyno = /^[^.]+\.\d+$/.test(dyno) ? `,dyno:${dyno},dyno_type:${type}` : '';
    found.push(`counter heroku.errors 1 code:${/^[HRL]\d\d$/.test(code) ? code : 'other'}${ofDyno}`);
  }
  return found;
}

/** Blanks for what is quoted, and for all of the line from a quote that stays open. */
function withoutQuotes(line: string): string {
  let rest = '';
  for (let at = 0; at < line.length; at++) {
    const opens = line[at] === '"' && !/[A-Za-z0-9]/.test(line[at - 1] ?? '');
    if (!opens) {
      rest += line[at];
      continue;
    }
    const quoted = /^"(?:\\[\s\S]|[^"\\])*"/.exec(line.slice(at))?.[0];
    if (quoted === undefined) break;
    rest += '"'.repeat(quoted.length);
    at += quoted.length - 1;
  }
  return rest;
}

function readLine(app: string, process: string, line: string): string[] {
  const clear = withoutQuotes(line);
  const isPlatform = app === 'heroku';
  const source = [...clear.matchAll(/(?:^|(?<=\s))source=([^\s"]+)/g)][0]?.[1] ?? process;
  const [type = ''] = process.split('.');
  const tags = isPlatform ? `dyno:${process},dyno_type:${type}` : `source:${source}`;
  const prefix = isPlatform ? 'heroku.dyno.' : '';
  const found: string[] = [];
  for (const [, kind, name, value] of clear.matchAll(
    /(?:^|(?<=\s))(count|measure|sample)#([\w.:/-]+)(?:=(\S*)|(?=\s|$))/g,
  )) {
    if (value === undefined) {
      if (kind === 'count') found.push(`counter ${prefix}${name} 1 ${tags}`);
      continue;
    }
    const [, number, unit = ''] = /^([+-]?\d+(?:\.\d+)?)(ms|s|MB|kB)?[,;)]*$/.exec(value) ?? [];
    if (number === undefined || (kind === 'count' && Number(number) < 0)) continue;
    const isTime = unit === 'ms' || unit === 's';
    if (kind === 'count') found.push(`counter ${prefix}${name} ${Number(number)} ${tags}`);
    else if (kind === 'sample') found.push(`gauge ${prefix}${name} ${Number(number)} ${tags}`);
    else
      found.push(
        `${isTime ? 'timer' : 'histogram'} ${prefix}${name} ${Number(number) * (unit === 's' ? 1000 : 1)} ${tags}`,
      );
  }
  return found;
}
