/** Filters that a field of a template may go through. */
const filters = ['class', 'lower', 'map', 'method', 'type'] as const;
export type Filter = (typeof filters)[number];

/** `${status:class|none}`: a field of the line. */
export interface Reference {
  readonly field: string;
  readonly filter?: Filter | undefined;
  /** Of `map`; by default that of the field's name. */
  readonly map?: string | undefined;
  /** Where the field is missing, or the filter can make nothing of it. */
  readonly fallback?: string | undefined;
  /** As it stands in the template. */
  readonly written: string;
}

export type Template = readonly (string | Reference)[];

/** What is wrong with a template, going on from it in quotes. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault';
}

const IN_TEMPLATE = /\$\$|\$\{([^}]*)(\}?)|\$(@?[A-Za-z_][A-Za-z0-9_]*|[1-9]\d*)|\$/g;
const IN_BRACES = /^(@?[^:|{}$\s][^:|{}$]*)(?::([a-z]+)(?: ([^|]+))?)?(?:\|(.*))?$/;

/** Text with `$field`, `${field}`, `${field:filter}` and `${field|default}` in it; `$$` is a `$`. Throws a {@link TemplateFault}. */
export function parseTemplate(text: string): Template {
  const parts: (string | Reference)[] = [];
  let literal = '';
  let at = 0;
  const put = (reference: Reference) => {
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(reference);
  };
  for (const match of text.matchAll(IN_TEMPLATE)) {
    const [written, braced, close, field] = match;
    literal += text.slice(at, match.index);
    at = match.index + written.length;
    if (written === '$$') literal += '$';
    else if (field !== undefined) put({ field, written });
    else if (braced === undefined) throw new TemplateFault('has a "$" that no field follows; write "$$" for a "$"');
    else if (close === '') throw new TemplateFault(`has "${written}" without the "}" that ends it`);
    else put(referenceOf(braced, written));
  }
  literal += text.slice(at);
  if (literal !== '') parts.push(literal);
  return parts;
}

function referenceOf(braced: string, written: string): Reference {
  const [, field, filter, map, fallback] = IN_BRACES.exec(braced) ?? [];
  if (field === undefined) {
    throw new TemplateFault(
      `has "${written}", which is none of "\${field}", "\${field:filter}" and "\${field:filter|default}"`,
    );
  }
  if (filter === undefined) return { field, fallback, written };
  if (!isFilter(filter)) {
    throw new TemplateFault(`has the filter "${filter}" in "${written}" (filters: ${filters.join(', ')})`);
  }
  if (map !== undefined && filter !== 'map') {
    throw new TemplateFault(`has "${map}" behind the filter "${filter}" in "${written}"; only "map" takes a name`);
  }
  return { field, filter, map, fallback, written };
}

function isFilter(text: string): text is Filter {
  return filters.some((filter) => filter === text);
}

/** The fields that stand in it, in order. */
export function referencesIn(template: Template): readonly Reference[] {
  return template.filter((part) => typeof part !== 'string');
}
