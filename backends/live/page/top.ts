import type { Order, Top } from './answers.ts';
import { duration, number, plural, rate } from './format.ts';
import { Name } from './name.ts';
import { type Child, h, html } from './preact.js';

interface Props {
  readonly tops: ReadonlyMap<Order, Top>;
  readonly by: Order;
  order(by: Order): void;
  search(name: string): void;
}

const orders: readonly (readonly [Order, string])[] = [
  ['lines', 'lines per second'],
  ['series', 'series'],
];
const SHOWN = 12;

/** The largest names, and of the tags of each the one that makes the most series. */
export function TopNames({ tops, by, order, search }: Props): Child {
  const top = tops.get(by);
  const most = Math.max(1e-9, ...(top?.names ?? []).map((name) => amountOf(name, by)));
  return html`<section class="top" aria-labelledby="top">
    <header>
      <h2 id="top">Top</h2>
      <div class="choice" role="group" aria-label="Largest by">
        ${orders.map(
          ([order_, title]) =>
            html`<button type="button" aria-pressed=${String(by === order_)} onClick=${() => order(order_)}>${title}</button>`,
        )}
      </div>
    </header>
    ${top === undefined || top.names.length === 0 ? html`<p class="empty">No name in the last window.</p>` : table(top, by, most, search)}
  </section>`;
}

function amountOf({ linesPerSecond, series }: Top['names'][number], by: Order): number {
  return by === 'lines' ? linesPerSecond : series;
}

function table({ names, more, windowMs }: Top, by: Order, most: number, search: Props['search']): Child {
  const shown = names.slice(0, SHOWN);
  const left = more + names.length - shown.length;
  return html`<table>
      <caption class="unseen">Names with the most ${by === 'lines' ? 'lines per second' : 'series'} in the last window, of ${duration(windowMs)}</caption>
      <thead><tr>
        <th scope="col">name</th>
        <th scope="col" class="amount">lines/s</th>
        <th scope="col" class="amount">series</th>
        <th scope="col" class="share"><span class="unseen">share</span></th>
      </tr></thead>
      <tbody>
        ${shown.map(
          (name) => html`<tr key=${`${name.type} ${name.name}`}>
            <th scope="row">
              <button type="button" class="plain" onClick=${() => search(name.name)}>${h(Name, { text: name.name, most: 60, isInert: true })}</button>
              <small class="type">${name.type}</small>
              ${name.tag !== null && name.tag.values > 1 && spread(name.tag)}
            </th>
            <td class=${`amount ${by === 'lines' ? 'strong' : ''}`}>${rate(name.linesPerSecond)}</td>
            <td class=${`amount ${by === 'series' ? 'strong' : ''}`}>${number(name.series)}</td>
            <td class="share"><svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect width=${Math.max(0.6, (100 * amountOf(name, by)) / most)} height="1" /></svg></td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${left > 0 && html`<p class="more">${plural(left, 'name')} more</p>`}`;
}

function spread({ key, values, samples }: NonNullable<Top['names'][number]['tag']>): Child {
  return html`<small class="spread">
    <b>${h(Name, { text: key, most: 40, isInert: true })}</b> has ${plural(values, 'value')}:${' '}
    ${samples.map((sample, index) => html`${index > 0 && ', '}${h(Name, { text: sample, most: 24, isInert: true })}`)}${values > samples.length && ', …'}
  </small>`;
}
