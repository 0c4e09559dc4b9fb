import type { Series } from './answers.ts';
import { Chart } from './chart.ts';
import { ago, clock, duration, number, plural } from './format.ts';
import { Name, Tags } from './name.ts';
import { type Child, h, html, useState } from './preact.js';
import { Sparkline } from './sparkline.ts';

interface Props {
  readonly series: readonly Series[];
  readonly nowMs: number;
  /** The only one that was found is shown whole. */
  readonly isAlone: boolean;
  explain(line: string): void;
}

/** Series with their last 60 windows; a click on one shows its chart. */
export function SeriesTable({ series, nowMs, isAlone, explain }: Props): Child {
  const [open, setOpen] = useState('');
  const shown = isAlone && open === '' ? series[0]?.id : open;
  return html`<table>
    <caption class="unseen">Series</caption>
    <thead><tr>
      <th scope="col">series</th>
      <th scope="col" class="amount">value</th>
      <th scope="col" class="history">60 windows</th>
      <th scope="col" class="amount">seen</th>
    </tr></thead>
    <tbody>
      ${series.map((one) => row(one, nowMs, one.id === shown, (isOpen) => setOpen(isOpen ? one.id : 'none')))}
      ${series.length > 0 && null}
    </tbody>
    ${series.filter(({ id }) => id === shown).map((one) => html`<tbody key=${`chart ${one.id}`} class="opened"><tr><td colspan="4">${h(Detail, { series: one, explain })}</td></tr></tbody>`)}
  </table>`;
}

function row(
  { id, name, type, tags, host, value, updated, lastSeenMs, history }: Series,
  nowMs: number,
  isOpen: boolean,
  open: (isOpen: boolean) => void,
): Child {
  return html`<tr key=${id} class=${updated ? '' : 'idle'}>
    <th scope="row">
      <button type="button" class="plain" aria-expanded=${String(isOpen)} onClick=${() => open(!isOpen)}>${h(Name, { text: name, most: 70, isInert: true })}</button>
      <small class="type">${type}</small>
      ${host !== null && html`<small>host ${h(Name, { text: host, most: 40 })}</small>`}
      ${h(Tags, { tags })}
    </th>
    <td class="amount strong">${number(value)}</td>
    <td class="history">${h(Sparkline, { values: history.values })}</td>
    <td class="amount">${ago(lastSeenMs, nowMs)}</td>
  </tr>`;
}

/** What the value of a window is. */
const meanings = new Map([
  ['counter', 'sum of each window'],
  ['gauge', 'value at the end of each window'],
  ['set', 'different members in each window'],
]);

function Detail({ series, explain }: { readonly series: Series; readonly explain: (line: string) => void }): Child {
  const [index, setIndex] = useState<number | undefined>(undefined);
  const { history, type, count, lines } = series;
  const at = index === undefined ? undefined : history.times[index];
  const known = history.values.filter((value) => value !== null);
  const [from = 0, to = 0] = [history.times[0], history.times.at(-1)];
  return html`<figure>
    <figcaption>
      <span>${h(Name, { text: series.name, most: 60, isInert: true })}: ${meanings.get(type) ?? 'mean of each window'}</span>
      <span class="value">${
        at === undefined
          ? html`<small>${plural(known.length, 'window')} in ${duration(to - from)}, least ${number(known.length === 0 ? null : Math.min(...known))}, most ${number(known.length === 0 ? null : Math.max(...known))}</small>`
          : html`${number(history.values[index ?? 0] ?? null)} <small>${clock(at)}</small>`
      }</span>
    </figcaption>
    ${h(Chart, { times: history.times, values: history.values, height: 150, color: '--blue', format: number, pointed: setIndex })}
    <p class="actions">
      <button type="button" onClick=${() => explain(lineOf(series))}>Explain</button>
      <span class="note">${[count !== null && plural(count, 'value'), lines !== null && plural(lines, 'line')].filter((text) => text !== false).join(', ')}${(count ?? lines) !== null && ' in the last window'}</span>
    </p>
  </figure>`;
}

const letters = new Map([
  ['counter', 'c'],
  ['gauge', 'g'],
  ['timer', 'ms'],
  ['histogram', 'h'],
  ['distribution', 'd'],
  ['set', 's'],
]);

/** A line that would add to a series. */
export function lineOf({ name, type, tags }: Pick<Series, 'name' | 'type' | 'tags'>): string {
  return `${name}:1|${letters.get(type) ?? 'c'}${tags.length > 0 ? `|#${tags.join(',')}` : ''}`;
}
