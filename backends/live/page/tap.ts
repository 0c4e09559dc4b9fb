import type { Frontend, StreamEnd, TapLines, TappedLine } from './answers.ts';
import { addressOf, ask, messageOf } from './client.ts';
import { plural, words } from './format.ts';
import { Name } from './name.ts';
import { type Child, h, html, useEffect, useRef, useState } from './preact.js';
import { visible } from './visible.ts';

interface Props {
  readonly frontends: readonly Frontend[];
  explain(line: string): void;
}

const KEPT = 200;
const LONGEST_S = 60;

type State = 'idle' | 'open' | 'time' | 'stopped' | 'stopping' | 'failed';

interface Shown extends TappedLine {
  readonly id: number;
}

/** Lines as they come, with what became of each: some of them, for a minute. */
export function Tap({ frontends, explain }: Props): Child {
  const [name, setName] = useState('');
  const [frontend, setFrontend] = useState('');
  const { state, lines, skipped, left, error, start, stop } = useTap();
  const isOpen = state === 'open';
  return html`<section class="tap" aria-labelledby="tap">
    <header>
      <h2 id="tap">Tap</h2>
      <form
        onSubmit=${(event: Event) => {
          event.preventDefault();
          if (isOpen) stop();
          else start(name, frontend);
        }}
      >
        <input aria-label="Names to tap, with * as a wildcard" placeholder="all, or page.*" maxlength="200" spellcheck=${false} autocomplete="off" autocapitalize="off" value=${name} disabled=${isOpen} onInput=${(event: InputEvent) => setName((event.target as HTMLInputElement).value)} />
        <select aria-label="Front-end" disabled=${isOpen} onChange=${(event: Event) => setFrontend((event.target as HTMLSelectElement).value)}>
          <option value="">all front-ends</option>
          ${frontends.map((one) => html`<option value=${one.name} selected=${one.name === frontend}>${plain(one.name)}</option>`)}
        </select>
        <button type="submit">${isOpen ? 'Stop' : 'Start'}</button>
      </form>
    </header>
    <p class="note" role="status">${said(state, lines.length, error)}${isOpen && html`<span aria-hidden="true"> ${left} s left.</span>`}${skipped > 0 && html`<span aria-hidden="true"> ${plural(skipped, 'line')} more came.</span>`}</p>
    <ol class="lines" aria-label="Tapped lines, the latest first" tabindex=${lines.length > 0 ? 0 : -1}>${lines.map((line) => lineOf(line, explain))}</ol>
  </section>`;
}

/** An option holds no elements. */
function plain(text: string): string {
  return visible(text)
    .map((piece) => piece.text)
    .join('');
}

function said(state: State, shown: number, error: string): string {
  switch (state) {
    case 'idle':
      return `Shows lines as they come, up to 20 a second, for ${LONGEST_S} s.`;
    case 'open':
      return shown === 0 ? 'Listening: no line yet.' : 'Listening.';
    case 'time':
      return `Ended after ${LONGEST_S} s.`;
    case 'stopped':
      return 'Stopped.';
    case 'stopping':
      return 'Ended: the server stops.';
    case 'failed':
      return `Ended: ${error}.`;
    default:
      return state satisfies never;
  }
}

function lineOf({ id, line, outcome, reason, advice, frontend, from }: Shown, explain: Props['explain']): Child {
  const isBad = outcome === 'rejected' || outcome === 'dropped';
  return html`<li key=${id} class=${isBad ? 'warn' : ''}>
    <button type="button" class="plain line" onClick=${() => explain(line)}>${h(Name, { text: line, most: 100, isInert: true })}</button>
    <small>${isBad ? html`<b>${outcome}: ${words(reason ?? '')}</b> ${advice !== null && h(Name, { text: advice, most: 200, isProse: true })} ` : outcome === 'aggregated' ? '' : `${outcome} `}<span class="faint">${h(Name, { text: frontend })} ${from !== null && h(Name, { text: from })}</span></small>
  </li>`;
}

interface Tapping {
  readonly state: State;
  readonly lines: readonly Shown[];
  readonly skipped: number;
  /** Seconds. */
  readonly left: number;
  readonly error: string;
  start(name: string, frontend: string): void;
  stop(): void;
}

function useTap(): Tapping {
  const [state, setState] = useState<State>('idle');
  const [lines, setLines] = useState<readonly Shown[]>([]);
  const [skipped, setSkipped] = useState(0);
  const [left, setLeft] = useState(0);
  const [error, setError] = useState('');
  const source = useRef<EventSource | undefined>(undefined);
  const number_ = useRef(0);

  function end(next: State): void {
    source.current?.close();
    source.current = undefined;
    setState(next);
  }

  function start(name: string, frontend: string): void {
    const stream = new EventSource(
      addressOf('/api/tap', { ...(name !== '' && { name }), ...(frontend !== '' && { frontend }), limit: '20' }),
    );
    source.current = stream;
    setState('open');
    setLines([]);
    setSkipped(0);
    setLeft(LONGEST_S);
    stream.addEventListener('lines', ({ data }) => {
      const event = JSON.parse(data) as TapLines;
      const latest = event.lines.map((line) => ({ ...line, id: ++number_.current })).reverse();
      setLines((before) => [...latest, ...before].slice(0, KEPT));
      setSkipped(event.skipped);
    });
    stream.addEventListener('end', ({ data }) => end((JSON.parse(data) as StreamEnd).reason));
    stream.addEventListener('error', () => {
      end('failed');
      // What a stream was refused for, no script is told. The server is asked whether it is there.
      ask('/api/rejected', { limit: '1' }).then(
        () => setError('the server closed the stream; eight pages and taps may be open at once'),
        (failure: unknown) => setError(messageOf(failure)),
      );
    });
  }

  useEffect(() => {
    if (state !== 'open') return undefined;
    const timer = setInterval(() => setLeft((before) => Math.max(0, before - 1)), 1000);
    return () => clearInterval(timer);
  }, [state]);
  useEffect(() => () => source.current?.close(), []);

  return { state, lines, skipped, left, error, start, stop: () => end('stopped') };
}
