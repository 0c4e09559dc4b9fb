import type { Backend, Frontend, Lane, Status } from './answers.ts';
import { ago, bytes, count, duration, number, plural, rate, reasons, sum, words } from './format.ts';
import { Name } from './name.ts';
import { type Child, h, html } from './preact.js';

interface Props {
  readonly status: Status;
}

/** Where lines come from, what becomes of them, and where they go. */
export function Flow({ status }: Props): Child {
  return html`<section class="flow" aria-labelledby="flow">
    <h2 id="flow" class="unseen">The flow</h2>
    ${Frontends(status)}
    <span class="arrow" aria-hidden="true"></span>
    ${Account(status)}
    <span class="arrow" aria-hidden="true"></span>
    ${Backends(status)}
  </section>`;
}

function Frontends({ frontends }: Status): Child {
  return html`<table class="frontends">
    <caption>Front-ends</caption>
    <thead><tr>
      <th scope="col">from</th>
      <th scope="col" class="amount">lines/s</th>
      <th scope="col" class="amount wide">lines</th>
      <th scope="col" class="amount">conn.</th>
      <th scope="col" class="amount"><abbr title="Datagrams that the kernel dropped, because the receive buffer was full">kernel drops</abbr></th>
    </tr></thead>
    <tbody>${frontends.map(frontendRow)}</tbody>
  </table>`;
}

function frontendRow(frontend: Frontend): Child {
  const { name, type, addresses, receiving, connections, kernelDropped, rejected, dropped, overflowed } = frontend;
  const losses = [
    sum(rejected) > 0 && `rejected: ${reasons(rejected)}`,
    sum(dropped) > 0 && `dropped: ${reasons(dropped)}`,
    overflowed > 0 && `${count(overflowed)} into overflow series`,
  ].filter((text) => text !== false);
  return html`<tr key=${name}>
    <th scope="row">
      <span class=${`state ${receiving ? 'good' : 'bad'}`}>${!receiving && html`<b>closed</b> `}${h(Name, { text: name })}</span>
      <small>${name !== type && `${type} `}${addresses.map((address) => html`${h(Name, { text: address, most: 44 })} `)}</small>
      ${losses.map((text) => html`<small class="warn">${text}</small>`)}
    </th>
    <td class="amount strong">${rate(frontend.rate)}</td>
    <td class="amount wide">${number(frontend.received)}</td>
    <td class="amount">${connections === null ? '' : number(connections)}</td>
    <td class=${`amount ${kernelDropped > 0 ? 'bad' : 'faint'}`}>${number(kernelDropped)}</td>
  </tr>`;
}

const outcomes = ['aggregated', 'rejected', 'dropped'] as const;

function Account({ totals, rates, series, startedMs, time }: Status): Child {
  return html`<table class="account">
    <caption>Account</caption>
    <thead><tr>
      <th scope="col"><span class="unseen">what</span></th>
      <th scope="col" class="amount">in ${duration(time - startedMs)}</th>
      <th scope="col" class="amount">each second</th>
    </tr></thead>
    <tbody>
      <tr class="total"><th scope="row">received</th><td class="amount strong">${count(totals.received)}</td><td class="amount">${rate(rates.received)}</td></tr>
      ${outcomes.map(
        (
          outcome,
          index,
        ) => html`<tr key=${outcome} class=${outcome !== 'aggregated' && totals[outcome] > 0 ? 'warn' : ''}>
          <th scope="row"><i aria-hidden="true">${index === 0 ? '=' : '+'}</i> ${outcome}</th>
          <td class="amount">${count(totals[outcome])}</td>
          <td class="amount">${rate(rates[outcome])}</td>
        </tr>`,
      )}
      <tr class=${`apart ${totals.kernelDropped > 0 ? 'bad' : ''}`}>
        <th scope="row">never read (kernel)</th><td class="amount">${count(totals.kernelDropped)}</td><td class="amount">${rate(rates.kernelDropped)}</td>
      </tr>
      <tr><th scope="row">series</th><td class="amount strong">${count(series)}</td><td></td></tr>
    </tbody>
  </table>`;
}

function Backends({ backends, time }: Status): Child {
  return html`<table class="backends">
    <caption>Back-ends</caption>
    <thead><tr>
      <th scope="col">to</th>
      <th scope="col">state</th>
      <th scope="col" class="amount">queue</th>
      <th scope="col" class="amount wide">age</th>
      <th scope="col" class="amount wide">delivered</th>
      <th scope="col" class="amount">last</th>
    </tr></thead>
    ${backends.map((backend) => backendRows(backend, time))}
  </table>`;
}

const tones = { delivering: 'good', waiting: 'warning', failing: 'warning', down: 'bad', starting: 'idle' } as const;

function backendRows(backend: Backend, nowMs: number): Child {
  const { name, type, addresses, state, queueWindows, queueBytes, queueAgeMs, sends, lastSuccessMs } = backend;
  const lost = [...losses('windows', backend.lostWindows), ...losses('items', backend.lostItems)];
  return html`<tbody key=${name}>
    <tr>
      <th scope="row">
        ${h(Name, { text: name })}
        <small>${name !== type && `${type} `}${addresses.map((address) => html`${place(address)} `)}</small>
      </th>
      <td><span class=${`state ${tones[state]}`}>${state}</span></td>
      <td class=${`amount ${queueWindows > 0 ? '' : 'faint'}`} title=${bytes(queueBytes)}>${queueWindows === 0 ? '0' : plural(queueWindows, 'window')}${narrowAge(queueAgeMs)}</td>
      <td class="amount wide faint">${queueAgeMs > 0 ? duration(queueAgeMs) : ''}</td>
      <td class="amount wide">${number(sends)}</td>
      <td class="amount">${ago(lastSuccessMs, nowMs)}</td>
    </tr>
    ${backend.lanes.map((lane) => laneRow(lane, nowMs))}
    ${troubles(lost, ownError(backend), lastSuccessMs, nowMs)}
  </tbody>`;
}

/** Not what a lane tells already. */
function ownError({ lastError, lanes }: Backend): Backend['lastError'] {
  return lanes.some((lane) => lane.lastError?.message === lastError?.message) ? null : lastError;
}

function laneRow(lane: Lane, nowMs: number): Child {
  const { name, payloads, bytes: size, ageMs, spooled, down, delivered, lastSuccessMs } = lane;
  return html`<tr key=${name} class="lane">
      <th scope="row">${h(Name, { text: name, most: 60 })}</th>
      <td><span class=${`state ${down ? 'bad' : payloads > 0 ? 'warning' : 'good'}`}>${down ? 'breaker open' : payloads > 0 ? 'sending' : 'up'}</span></td>
      <td class=${`amount ${payloads + spooled > 0 ? '' : 'faint'}`} title=${bytes(size)}>${number(payloads)}${spooled > 0 && ` + ${number(spooled)} on disk`}${narrowAge(ageMs)}</td>
      <td class="amount wide faint">${ageMs > 0 ? duration(ageMs) : ''}</td>
      <td class="amount wide">${number(delivered)}</td>
      <td class="amount">${ago(lastSuccessMs, nowMs)}</td>
    </tr>
    ${troubles(losses('payloads', lane.givenUp), lane.lastError, lastSuccessMs, nowMs)}`;
}

/** Where there is no column for it. */
function narrowAge(ageMs: number): Child {
  return ageMs > 0 && html`<small class="narrow">for ${duration(ageMs)}</small>`;
}

function losses(what: string, lost: Readonly<Record<string, number>>): string[] {
  return Object.entries(lost).map(([reason, amount]) => `${count(amount)} ${what} lost: ${words(reason)}`);
}

/** An error that was followed by a success is told, but not as what is wrong now. */
function troubles(
  lost: readonly string[],
  error: Backend['lastError'],
  lastSuccessMs: number | null,
  nowMs: number,
): Child {
  if (lost.length === 0 && error === null) return null;
  const isOver = error !== null && lastSuccessMs !== null && lastSuccessMs >= error.atMs;
  return html`<tr class="trouble"><td colspan="6">
    ${lost.map((text) => html`<small class="bad">${text}</small>`)}
    ${error !== null && html`<small class=${isOver ? 'faint' : 'bad'}>last error, ${ago(error.atMs, nowMs)} ago: ${h(Name, { text: error.message, most: 160, isProse: true })}</small>`}
  </td></tr>`;
}

/** A page of a back-end is a link, if that is what it is: what else comes from a configuration is a text. */
function place(address: string): Child {
  const isPage = /^https?:\/\/(?!.*@)/.test(address);
  const name = h(Name, { text: isPage ? address.replace(/^http:\/\//, '') : address, most: 44, isInert: true });
  return isPage ? html`<a href=${address} rel="noreferrer">${name}</a>` : name;
}
