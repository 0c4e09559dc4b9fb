/** One of the things that a client takes, as it stands in `Accept` and `Accept-Encoding`. */
export interface Preference {
  /** In lower case: `text/plain`, `gzip`. */
  readonly value: string;
  /** By name in lower case, without `q`. */
  readonly parameters: ReadonlyMap<string, string>;
  /** From 0, which refuses it, to 1. */
  readonly q: number;
}

/** In the order in which they were sent. What cannot be read is left out. https://www.rfc-editor.org/rfc/rfc9110#section-12.4 */
export function preferencesOf(header: string): readonly Preference[] {
  return split(header, ',').flatMap((item) => {
    const [value = '', ...rest] = split(item, ';');
    const parameters = new Map<string, string>();
    for (const parameter of rest) {
      const equals = parameter.indexOf('=');
      if (equals === -1) continue;
      parameters.set(parameter.slice(0, equals).trim().toLowerCase(), unquoted(parameter.slice(equals + 1).trim()));
    }
    const q = weight(parameters.get('q'));
    parameters.delete('q');
    return value === '' || q === undefined ? [] : [{ value: value.toLowerCase(), parameters, q }];
  });
}

/** At the marks that are not in quotes. */
function split(text: string, mark: ',' | ';'): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') isQuoted = !isQuoted;
    else if (character === '\\' && isQuoted) i++;
    else if (character === mark && !isQuoted) {
      parts.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  parts.push(text.slice(from).trim());
  return parts;
}

function unquoted(text: string): string {
  return text.length > 1 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replace(/\\(.)/g, '$1')
    : text;
}

function weight(text: string | undefined): number | undefined {
  if (text === undefined) return 1;
  if (!/^[01]?\.?\d*$/.test(text) || !/\d/.test(text)) return undefined;
  const q = Number(text);
  return q <= 1 ? q : undefined;
}
