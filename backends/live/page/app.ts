import type { Order, RejectedLines, Status, Top } from './answers.ts';
import { Charts } from './charts.ts';
import { ask } from './client.ts';
import { Explain } from './explain.ts';
import { Flow } from './flow.ts';
import { duration } from './format.ts';
import { type Hour, withPoint } from './hour.ts';
import { Name } from './name.ts';
import { hashOf, type Place, placeOf } from './place.ts';
import { type Child, h, html, render, useEffect, useState } from './preact.js';
import { RejectedSection } from './rejected.ts';
import { Search } from './search.ts';
import { follow, type Link } from './stream.ts';
import { Tap } from './tap.ts';
import { TopNames } from './top.ts';
import { Verdict } from './verdict.ts';

/** All that the server has told. */
interface Told {
  readonly link: Link;
  readonly status: Status | undefined;
  /** Its clock without ours, in milliseconds. */
  readonly aheadMs: number;
  readonly hour: Hour;
  readonly tops: ReadonlyMap<Order, Top>;
  readonly rejected: RejectedLines | undefined;
  /** Windows that were seen, and streams that were opened. */
  readonly round: number;
}

const nothing: Hour = { times: [], lines: [], series: [], drops: [], rejected: [], cpu: [], rssBytes: [] };
const ROWS = '20';

function App(): Child {
  const told = useTold();
  const [place, go] = usePlace();
  const { status, link, aheadMs } = told;
  const nowMs = Date.now() + aheadMs;
  const explain = (line: string) => go({ line });
  const search = (q: string) => go({ q });
  useKeys(() => go({ q: '', line: '' }));
  useEffect(() => {
    // For who measures how soon there is something to see, in the browser's own tools.
    if (status !== undefined) performance.mark('statsdrain: first data');
    return undefined;
  }, [status === undefined]);

  return html`<header class="masthead">
      ${h(Verdict, { status, link, nowMs })}
      ${status !== undefined && about(status)}
    </header>
    <main class=${link.state === 'gone' ? 'stale' : ''}>
      ${status !== undefined && h(Flow, { status })}
      ${h(Charts, { history: told.hour, large: place.chart, enlarge: (chart) => go({ chart }) })}
      ${place.line !== '' && h(Explain, { line: place.line, explain })}
      <div class="columns">
        ${h(Search, { query: place.q, round: told.round, nowMs, search, explain })}
        ${h(TopNames, { tops: told.tops, by: place.by, order: (by) => go({ by }), search })}
        <div>
          ${h(RejectedSection, { rejected: told.rejected, nowMs, explain })}
          ${h(Tap, { frontends: status?.frontends ?? [], explain })}
        </div>
      </div>
    </main>`;
}

function about({ version, node, pid, startedMs, time, configFile, intervalMs }: Status): Child {
  return html`<p class="about">
    <b>statsdrain</b> ${version} · up ${duration(time - startedMs)} · windows of ${duration(intervalMs)} · ${node} · process ${pid}
    ${configFile !== '' && html`<span class="file">${h(Name, { text: configFile, most: 60 })}</span>`}
  </p>`;
}

function useTold(): Told {
  const [told, setTold] = useState<Told>({
    link: { state: 'opening' },
    status: undefined,
    aheadMs: 0,
    hour: nothing,
    tops: new Map(),
    rejected: undefined,
    round: 0,
  });
  useEffect(() => {
    const put = (part: Partial<Told>) => setTold((before) => ({ ...before, ...part }));
    const next = () => setTold((before) => ({ ...before, round: before.round + 1 }));
    // What fails is asked for again when the stream is open again.
    const load = () => {
      ask<Hour>('/api/history').then((hour) => put({ hour }), ignore);
      ask<RejectedLines>('/api/rejected', { limit: ROWS }).then((rejected) => put({ rejected }), ignore);
      for (const by of ['lines', 'series'] as const) {
        ask<Top>('/api/top', { by, limit: ROWS }).then(
          (top) => setTold((before) => ({ ...before, tops: new Map(before.tops).set(by, top) })),
          ignore,
        );
      }
    };
    load();
    let opened = 0;
    follow({
      linked: (link) => put({ link }),
      status: (status) => put({ status, aheadMs: status.time - Date.now() }),
      opened() {
        opened++;
        if (opened === 1) return;
        load();
        next();
      },
      window({ point, top, rejected }) {
        setTold((before) => ({
          ...before,
          hour: withPoint(before.hour, point),
          tops: new Map<Order, Top>([
            ['lines', top.lines],
            ['series', top.series],
          ]),
          rejected,
          round: before.round + 1,
        }));
      },
    });
    return undefined;
  }, []);
  return told;
}

function ignore(): void {}

function usePlace(): [Place, (part: Partial<Place>) => void] {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const changed = () => setPlace(placeOf(location.hash));
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return [
    place,
    (part) => {
      const next = { ...placeOf(location.hash), ...part };
      // Letters that are typed are no steps to go back to.
      history.replaceState(null, '', hashOf(next) || location.pathname);
      setPlace(next);
    },
  ];
}

/** `/` goes to the search, Escape clears it. */
function useKeys(clear: () => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        document.getElementById('query')?.focus();
      } else if (event.key === 'Escape') clear();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

render(html`<${App} />`, document.getElementById('page')!);
