import type { History } from './answers.ts';
import { Chart } from './chart.ts';
import { bytes, clock, number, plural, rate } from './format.ts';
import { type Child, h, html, useState } from './preact.js';

type Column = 'lines' | 'series' | 'drops' | 'cpu' | 'rssBytes';

interface Kind {
  readonly title: string;
  readonly color: string;
  format(value: number | null): string;
  /** Instead of the latest value: the sum of all. */
  readonly isSummed?: true;
}

const kinds = new Map<Column, Kind>([
  ['lines', { title: 'Lines per second', color: '--blue', format: rate }],
  ['series', { title: 'Series', color: '--violet', format: number }],
  ['drops', { title: 'Drops', color: '--red', format: number, isSummed: true }],
  ['cpu', { title: 'CPU, cores', color: '--teal', format: cores }],
  ['rssBytes', { title: 'Memory', color: '--ochre', format: bytes }],
]);

interface Props {
  readonly history: History;
  /** Of the chart that is shown large. */
  readonly large: string;
  enlarge(chart: string): void;
}

/** How it went in the last hour. */
export function Charts({ history, large, enlarge }: Props): Child {
  return html`<section class="charts" aria-labelledby="charts">
    <h2 id="charts">The last hour</h2>
    <div class="strip">
      ${[...kinds].map(([column, kind]) =>
        h(Figure, { key: column, column, kind, history, isLarge: column === large, enlarge }),
      )}
    </div>
  </section>`;
}

interface FigureProps {
  readonly column: Column;
  readonly kind: Kind;
  readonly history: History;
  readonly isLarge: boolean;
  enlarge(chart: string): void;
}

function Figure({ column, kind, history, isLarge, enlarge }: FigureProps): Child {
  const [index, setIndex] = useState<number | undefined>(undefined);
  const { times, [column]: values } = history;
  const { title, color, format, isSummed } = kind;
  const known = values.filter((value) => value !== null);
  const whole = isSummed ? known.reduce((sum, value) => sum + value, 0) : (values.at(-1) ?? null);
  const at = index === undefined ? undefined : times[index];
  const shown = at === undefined ? whole : (values[index ?? 0] ?? null);
  const when = at === undefined ? (isSummed ? 'in all' : 'now') : clock(at);
  const most = known.length === 0 ? null : Math.max(...known);
  return html`<figure class=${isLarge ? 'large' : ''}>
    <figcaption>
      <button type="button" class="plain" aria-expanded=${String(isLarge)} title=${isLarge ? 'Smaller' : 'Larger'} onClick=${() => enlarge(isLarge ? '' : column)}>
        ${title}
      </button>
      <span class="value">${format(shown)} <small>${when}</small></span>
      <span class="unseen">, most ${format(most)}, ${plural(known.length, 'window')}</span>
    </figcaption>
    ${
      times.length === 0
        ? html`<p class="empty">from the first window on</p>`
        : h(Chart, { times, values, height: isLarge ? 240 : 76, color, format, pointed: setIndex })
    }
  </figure>`;
}

function cores(value: number | null): string {
  return value === null ? number(null) : value.toFixed(2);
}
