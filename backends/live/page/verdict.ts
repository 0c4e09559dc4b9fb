import type { Status } from './answers.ts';
import { duration } from './format.ts';
import { Name } from './name.ts';
import { type Child, h, html, useMemo } from './preact.js';
import type { Link } from './stream.ts';

interface Props {
  readonly status: Status | undefined;
  readonly link: Link;
  readonly nowMs: number;
}

const levels = { good: 'All is well', warning: 'To be looked at', bad: 'Something is wrong' } as const;

/** One sentence, green only where it is true, and the one thing to do where it is not. */
export function Verdict({ status, link, nowMs }: Props): Child {
  if (link.state === 'gone') return gone(link.why, status);
  if (status === undefined)
    return html`<section class="verdict"><h1>statsdrain</h1><p>Asking the server…</p></section>`;
  const { level, text, advice } = status.verdict;
  const [first, ...others] = advice;
  return html`<section class=${`verdict ${level}`} aria-label="Verdict">
    <h1><span class="light" aria-hidden="true"></span><span class="unseen">${levels[level]}: </span>${numbersApart(text)}</h1>
    ${first !== undefined && html`<p class="advice">${h(Name, { text: first, most: 400, isProse: true })}</p>`}
    ${
      others.length > 0 &&
      html`<details><summary>${others.length} more to do</summary><ul>${others.map((one) => html`<li>${h(Name, { text: one, most: 400, isProse: true })}</li>`)}</ul></details>`
    }
    ${h(Spoken, { level, advice: first ?? '' })}
    ${link.state === 'asking' && html`<p class="note">No stream is free: too many pages are open. Asking every few seconds.</p>`}
    ${status.totals.received === 0 && nothingYet(status, nowMs)}
  </section>`;
}

/** For screen readers: only when more of it changes than a number; what is read out then has its numbers, and addresses are whole. */
function Spoken({ level, advice }: { readonly level: keyof typeof levels; readonly advice: string }): Child {
  const told = useMemo(() => advice, [level, advice.replace(/[\d,.]+/g, '')]);
  return html`<p class="unseen" role="status" aria-live="polite">${levels[level]}. ${h(Name, { text: told, most: 400, isProse: true })}</p>`;
}

function gone(why: string, status: Status | undefined): Child {
  return html`<section class="verdict gone" aria-label="Verdict">
    <div role="status" aria-live="polite"><h1><span class="light" aria-hidden="true"></span>Reconnecting…</h1></div>
    <p class="advice">${h(Name, { text: sentence(why), most: 400 })}${status !== undefined && ' What is shown below is as it was.'}</p>
  </section>`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`;
}

function nothingYet({ frontends, startedMs }: Status, nowMs: number): Child {
  return html`<p class="first">
    No line has come yet${nowMs - startedMs > 1000 && `, for ${duration(nowMs - startedMs)}`}; try:
    <code>statsdrain send${portOf(frontends)} 'page.views:1|c'</code>
  </p>`;
}

const USUAL_PORT = '8125';

/** What `send` has to be told: where UDP does not come in at the usual port. */
function portOf(frontends: Status['frontends']): string {
  const addresses = frontends.flatMap((frontend) => frontend.addresses);
  const port = /^udp:.*:(\d+)\/?$/.exec(addresses.find((address) => address.startsWith('udp:')) ?? '')?.[1];
  return port === undefined || port === USUAL_PORT ? '' : ` --port ${port}`;
}

/** The parts of the sentence, each kept together where the line breaks. */
function numbersApart(text: string): Child {
  return text
    .split(' · ')
    .map((part, index) => [
      index > 0 && html`<i aria-hidden="true"> · </i><span class="unseen">, </span>`,
      html`<span>${h(Name, { text: part, isProse: true })}</span>`,
    ]);
}
