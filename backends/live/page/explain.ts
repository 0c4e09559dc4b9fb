import type { Explained, ExplainedSeries, Explanation, View } from './answers.ts';
import { ask, messageOf } from './client.ts';
import { number, words } from './format.ts';
import { Name, Tags } from './name.ts';
import { type Child, h, html, useEffect, useRef, useState } from './preact.js';

interface Props {
  readonly line: string;
  explain(line: string): void;
}

/** What a line becomes for each back-end, and by which rule. Nothing is sent. */
export function Explain({ line, explain }: Props): Child {
  const { explained, error } = useExplained(line);
  const heading = useRef<HTMLElement | null>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    heading.current?.scrollIntoView({ block: 'nearest' });
    return undefined;
  }, [line]);
  return html`<section class="explain" aria-labelledby="explain">
    <header>
      <h2 id="explain" tabindex="-1" ref=${heading}>Explain</h2>
      ${h(Field, { key: line, line, explain })}
      <button type="button" class="quiet" onClick=${() => explain('')}>close</button>
    </header>
    ${error !== '' && html`<p class="bad" role="alert">${h(Name, { text: error, most: 300 })}</p>`}
    ${explained !== undefined && alike(explained.explanations).map(explanationOf)}
    ${explained?.explanations.length === 0 && html`<p class="empty">No front-end reads lines.</p>`}
  </section>`;
}

/** Front-ends where the same becomes of a line, together. */
function alike(explanations: readonly Explanation[]): readonly Explanation[] {
  const groups = new Map<string, Explanation>();
  for (const explanation of explanations) {
    const { frontends, ...rest } = explanation;
    const key = JSON.stringify(rest);
    groups.set(key, { ...rest, frontends: [...(groups.get(key)?.frontends ?? []), ...frontends] });
  }
  return [...groups.values()];
}

function useExplained(line: string): { readonly explained: Explained | undefined; readonly error: string } {
  const [explained, setExplained] = useState<Explained | undefined>(undefined);
  const [error, setError] = useState('');
  useEffect(() => {
    let isOver = false;
    setError('');
    setExplained(undefined);
    ask<Explained>('/api/explain', { line }).then(
      (answer) => !isOver && setExplained(answer),
      (failure: unknown) => !isOver && setError(messageOf(failure)),
    );
    return () => {
      isOver = true;
    };
  }, [line]);
  return { explained, error };
}

function Field({ line, explain }: Props): Child {
  const [text, setText] = useState(line);
  return html`<form
    onSubmit=${(event: Event) => {
      event.preventDefault();
      if (text !== '') explain(text);
    }}
  >
    <input aria-label="Line to explain" spellcheck=${false} autocomplete="off" autocapitalize="off" maxlength="8192" value=${text} onInput=${(event: InputEvent) => setText((event.target as HTMLInputElement).value)} />
    <button type="submit">Explain</button>
  </form>`;
}

function explanationOf(explanation: Explanation): Child {
  const { frontends, outcome, reason, advice, series = [] } = explanation;
  return html`<article>
    <h3>At ${listed(frontends)}: <span class=${`state ${outcome === 'rejected' || outcome === 'dropped' ? 'bad' : 'good'}`}>${said(outcome)}</span></h3>
    ${reason !== undefined && html`<p><b class="warn">${words(reason)}</b> ${advice !== undefined && h(Name, { text: advice, most: 300, isProse: true })}</p>`}
    ${series.map(seriesOf)}
  </article>`;
}

function said(outcome: Explanation['outcome']): string {
  switch (outcome) {
    case 'serviceCheck':
      return 'a service check';
    case 'event':
      return 'an event';
    case 'blank':
      return 'nothing: it is empty';
    case 'aggregated':
    case 'rejected':
    case 'dropped':
      return outcome;
    default:
      return outcome satisfies never;
  }
}

function seriesOf(series: ExplainedSeries): Child {
  return html`<p>${series.type} ${identity(series)} <span class="note">${amount(series)}</span></p>
    <dl>${series.views.map(viewOf)}</dl>`;
}

function amount({ adds, set, changes, values, members }: ExplainedSeries): string {
  if (adds !== undefined) return `adds ${number(adds)}`;
  if (set !== undefined) return `is set to ${number(set)}`;
  if (changes !== undefined) return `changes by ${number(changes)}`;
  if (values !== undefined)
    return values
      .map(({ value, weight }) => `${number(value)}${weight === 1 ? '' : ` × ${number(weight)}`}`)
      .join(', ');
  return members === undefined ? '' : `with ${members.length} member${members.length === 1 ? '' : 's'}`;
}

function viewOf({ backends, result, steps, written = [] }: View): Child {
  const names = new Map(written.map((one) => [one.backend, one.names]));
  const plain = backends.filter((backend) => !names.has(backend));
  return html`
    ${steps.length > 0 && html`<dt>${listed(backends)}</dt><dd><ol>${steps.map(({ rule, says }) => html`<li><code>${h(Name, { text: rule, most: 80 })}</code> ${h(Name, { text: says, most: 200, isProse: true })}</li>`)}</ol></dd>`}
    ${plain.length > 0 && html`<dt>${listed(plain)}</dt><dd>${result === null ? html`<b class="bad">blocked</b>` : identity(result)}</dd>`}
    ${[...names].map(([backend, list]) => html`<dt>${listed([backend])}</dt><dd>${list.length === 0 ? html`<b class="bad">nothing</b>` : list.map((name) => html`<code>${h(Name, { text: name, most: 160 })}</code> `)}</dd>`)}`;
}

function identity({
  name,
  tags,
  host,
}: {
  readonly name: string;
  readonly tags: readonly string[];
  readonly host?: string;
}): Child {
  return html`<code>${h(Name, { text: name })}</code> ${h(Tags, { tags, most: 20 })}${host !== undefined && html` host ${h(Name, { text: host })}`}`;
}

function listed(names: readonly string[]): Child {
  return names.map((name, index) => html`${index > 0 && ', '}${h(Name, { text: name, most: 60 })}`);
}
