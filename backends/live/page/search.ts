import type { Found, Rejected } from './answers.ts';
import { ask, messageOf } from './client.ts';
import { number, plural } from './format.ts';
import { Name } from './name.ts';
import { type Child, h, html, useEffect, useRef, useState } from './preact.js';
import { rejectedTable } from './rejected.ts';
import { SeriesTable } from './series.ts';

interface Props {
  readonly query: string;
  /** Changes when there is something new to find. */
  readonly round: number;
  readonly nowMs: number;
  search(query: string): void;
  explain(line: string): void;
}

const WAIT_MS = 150;
const LIMIT = '25';
/** Without a query some series are shown, so that there is something to look at. */
const LIMIT_IDLE = '8';

/** Finds series by name; from there their charts, and what becomes of their lines. */
export function Search({ query, round, nowMs, search, explain }: Props): Child {
  const { found, error } = useFound(query, round);
  return html`<section class="search" aria-labelledby="search">
    <header>
      <h2 id="search"><label for="query">Search</label></h2>
      ${h(Field, { query, search, explain })}
    </header>
    <p class="unseen" role="status">${found === undefined ? '' : summary(found)}</p>
    ${error !== '' && html`<p class="bad">The search failed: ${h(Name, { text: error, most: 300 })}</p>`}
    ${found !== undefined && h(Results, { found, nowMs, search, explain })}
  </section>`;
}

function useFound(query: string, round: number): { readonly found: Found | undefined; readonly error: string } {
  const [found, setFound] = useState<Found | undefined>(undefined);
  const [error, setError] = useState('');
  const asked = useRef<string | undefined>(undefined);
  useEffect(() => {
    let isOver = false;
    const look = async () => {
      asked.current = query;
      try {
        const answer = await ask<Found>('/api/series', { q: query, limit: query === '' ? LIMIT_IDLE : LIMIT });
        if (isOver) return;
        setFound(answer);
        setError('');
      } catch (failure) {
        if (!isOver) setError(messageOf(failure));
      }
    };
    // While somebody types, not each letter is asked for; the first question, and that of a new window, need not wait.
    const timer = setTimeout(look, asked.current === undefined || asked.current === query ? 0 : WAIT_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [query, round]);
  return { found, error };
}

interface FieldProps {
  readonly query: string;
  search(query: string): void;
  explain(line: string): void;
}

function Field({ query, search, explain }: FieldProps): Child {
  const isLine = /:.*\|/.test(query);
  return html`<form
    role="search"
    onSubmit=${(event: Event) => {
      event.preventDefault();
      if (isLine) explain(query);
    }}
  >
    <input
      id="query"
      type="search"
      autocomplete="off"
      autocapitalize="off"
      spellcheck=${false}
      maxlength="8192"
      placeholder="name, part, or with * (press /)"
      value=${query}
      onInput=${(event: InputEvent) => search((event.target as HTMLInputElement).value)}
    />
    ${isLine && html`<button type="submit">Explain this line</button>`}
  </form>`;
}

interface ResultsProps {
  readonly found: Found;
  readonly nowMs: number;
  search(query: string): void;
  explain(line: string): void;
}

function Results({ found, nowMs, search, explain }: ResultsProps): Child {
  const { series, more, notKept, never, query } = found;
  if (never !== null) return neverSeen(query, never.nearest, never.rejected, nowMs, search, explain);
  if (series.length === 0)
    return html`<p class="empty">${found.empty ? 'Series appear when the first window ends.' : 'No series.'}</p>`;
  return html`${h(SeriesTable, { series, nowMs, isAlone: query !== '' && series.length === 1, explain })}
    ${more > 0 && html`<p class="more">${plural(more, 'series', 'series')} more${query === '' ? '' : '; a longer name finds fewer'}</p>`}
    ${notKept > 0 && html`<p class="warn">${number(notKept)} series of the last window had no room here and are not found: raise "maxSeries".</p>`}`;
}

function neverSeen(
  query: string,
  nearest: readonly string[],
  rejected: readonly Rejected[],
  nowMs: number,
  search: (query: string) => void,
  explain: (line: string) => void,
): Child {
  return html`<div class="never">
    <p><b>${h(Name, { text: query, most: 80 })}</b> was never seen${
      nearest.length > 0 &&
      html`; nearest: ${nearest.map(
        (name, index) =>
          html`${index > 0 && ', '}<button type="button" class="link" onClick=${() => search(name)}>${h(Name, { text: name, most: 60, isInert: true })}</button>`,
      )}`
    }.</p>
    ${
      rejected.length > 0 &&
      html`<p class="warn">${plural(rejected.length, 'rejected line begins', 'rejected lines begin')} like this:</p>${rejectedTable(rejected, nowMs, explain)}`
    }
  </div>`;
}

function summary({ series, more, never }: Found): string {
  return never !== null ? 'Never seen.' : `${plural(series.length + more, 'series', 'series')} found.`;
}
