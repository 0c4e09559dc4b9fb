import type { Rejected, RejectedLines } from './answers.ts';
import { ago, number, words } from './format.ts';
import { Name } from './name.ts';
import { type Child, h, html } from './preact.js';

interface Props {
  readonly rejected: RejectedLines | undefined;
  readonly nowMs: number;
  explain(line: string): void;
}

const SHOWN = 8;

/** Samples of what could not be read, and what would be right. */
export function RejectedSection({ rejected, nowMs, explain }: Props): Child {
  const lines = rejected?.lines ?? [];
  return html`<section class="rejected" aria-labelledby="rejected">
    <header><h2 id="rejected">Rejected lines</h2>${lines.length > 0 && html`<p class="note">samples, the latest first</p>`}</header>
    ${lines.length === 0 ? html`<p class="empty">None: every line could be read.</p>` : rejectedTable(lines.slice(0, SHOWN), nowMs, explain)}
    ${(rejected?.total ?? 0) > SHOWN && html`<p class="more">${number((rejected?.total ?? 0) - SHOWN)} more; <a href="/api/rejected?limit=200">all of them</a></p>`}
  </section>`;
}

export function rejectedTable(lines: readonly Rejected[], nowMs: number, explain: Props['explain']): Child {
  return html`<table>
    <thead><tr>
      <th scope="col">line</th>
      <th scope="col" class="amount">age</th>
      <th scope="col" class="amount"><abbr title="How often it is among the samples">×</abbr></th>
    </tr></thead>
    <tbody>
      ${lines.map(
        ({ line, reason, advice, frontend, from, atMs, times }) => html`<tr key=${`${frontend} ${reason} ${line}`}>
          <th scope="row">
            <button type="button" class="plain line" title="Explain this line" onClick=${() => explain(line)}>${line === '' ? '(empty)' : h(Name, { text: line, most: 100, isInert: true })}</button>
            <small><b class="warn">${words(reason)}</b> ${h(Name, { text: advice, most: 200, isProse: true })}</small>
            <small class="faint">${h(Name, { text: frontend })} · ${from === null ? 'sender unknown' : h(Name, { text: from })}</small>
          </th>
          <td class="amount">${ago(atMs, nowMs)}</td>
          <td class="amount">${number(times)}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}
