import { escapeControls } from '../kit/escape.ts';
import { bytes, short, span } from './amounts.ts';
import type { Order, ServerState, TopName, TopNames } from './api.ts';
import { cell, cutTo } from './columns.ts';
import { wrap } from './wrap.ts';

/** What is on the screen. */
export interface View {
  readonly url: string;
  readonly state: ServerState | undefined;
  readonly top: TopNames | undefined;
  readonly order: Order;
  /** Part of a name, in any case; empty: all. */
  readonly filter: string;
  /** The filter is being typed. */
  readonly isTyping: boolean;
  readonly isPaused: boolean;
  /** First row of the table that is shown. */
  readonly from: number;
  /** Why there was no answer. */
  readonly problem: string | undefined;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
}

const TYPE = 12;
const KEYS = 'l lines  s series  / filter  p pause  up/down  q quit';
/** Lines around the table without those of what is to be done, which has this many at most, and one on a low terminal. */
const AROUND = 6;
const MOST_ADVICE = 3;
const LOW = 16;

/** As many lines as the terminal has, at most, and none wider. */
export function topScreen(view: View, { columns, rows, colour }: Size): string[] {
  const { state, top, filter, isTyping, isPaused, problem } = view;
  const paint = (code: string, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const clip = (text: string) => cutTo(text, columns);
  const lines: string[] = [paint('1', clip(headLine(view)))];
  const level = state?.verdict.level ?? 'warning';
  if (problem !== undefined) lines.push(paint('31', clip(`no answer, asking again: ${problem}`)));
  else if (state === undefined) lines.push(clip('asking…'));
  else lines.push(paint(colours[level], clip(`${level}: ${state.verdict.text}`)));
  const advice = adviceLines(state?.verdict.advice[0], columns, rows < LOW ? 1 : MOST_ADVICE);
  lines.push(...advice.map(clip));
  lines.push(clip(state === undefined ? '' : processLine(state)));
  lines.push(clip(state === undefined ? '' : backendLine(state)));
  lines.push(paint('7', cell(rowText('LINES/S', 'SERIES', 'TYPE', 'NAME', 'WIDEST TAG', columns), columns)));
  const names = matching(top?.names ?? [], filter);
  const room = Math.max(0, rows - AROUND - advice.length);
  const from = Math.min(view.from, Math.max(0, names.length - room));
  for (const name of names.slice(from, from + room)) lines.push(clip(nameRow(name, columns)));
  if (names.length === 0 && room > 0) lines.push(clip(emptyLine(view)));
  const foot = isTyping
    ? `filter: ${filter}_  (enter keeps it, escape clears it)`
    : [isPaused ? 'PAUSED' : '', filter === '' ? '' : `filter "${filter}"`, KEYS]
        .filter((part) => part !== '')
        .join('  ');
  while (lines.length < rows - 1) lines.push('');
  return [...lines.slice(0, Math.max(0, rows - 1)), paint(isPaused ? '33' : '2', clip(foot))].slice(0, rows);
}

/** The last has what is left, to be cut. */
function adviceLines(advice: string | undefined, columns: number, most: number): string[] {
  if (advice === undefined) return [''];
  const lines = wrap(`- ${escapeControls(advice)}`, columns, 2).split('\n');
  const rest = lines.slice(most - 1).map((line, index) => (index === 0 ? line : line.trim()));
  return [...lines.slice(0, most - 1), ...(rest.length === 0 ? [] : [rest.join(' ')])];
}

const colours = { good: '32', warning: '33', bad: '31' } as const;

/** Those whose name has the text in it. */
export function matching(names: readonly TopName[], filter: string): readonly TopName[] {
  if (filter === '') return names;
  const wanted = filter.toLowerCase();
  return names.filter(({ name }) => name.toLowerCase().includes(wanted));
}

/** One table, for a pipe: 80 columns. */
export function topTable({ names, more, windowMs }: TopNames): string {
  const lines = [
    rowText('LINES/S', 'SERIES', 'TYPE', 'NAME', 'WIDEST TAG', 80),
    ...names.map((one) => nameRow(one, 80)),
  ];
  if (names.length === 0) lines.push(nothing(windowMs));
  if (more > 0) lines.push(`and ${short(more)} more`);
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function headLine({ url, state, order }: View): string {
  const by = order === 'lines' ? 'by lines' : 'by series';
  if (state === undefined) return `statsdrain at ${url}  ${by}`;
  const { version, pid, time, startedMs } = state;
  return `statsdrain ${version} at ${url}  process ${pid}  up ${span(time - startedMs)}  ${by}`;
}

function processLine({ rates, series, process: { cpu, rssBytes } }: ServerState): string {
  const { received, rejected, dropped, kernelDropped } = rates;
  const lines = `${short(received)} lines/s  ${short(rejected)} rejected  ${short(dropped)} dropped  ${short(kernelDropped)} kernel`;
  return `${lines}  ${short(series)} series  ${cpu === null ? '' : `${cpu.toFixed(2)} cores  `}${bytes(rssBytes)}`;
}

function backendLine({ backends }: ServerState): string {
  return backends
    .map(({ name, state, queueWindows }) => `${name} ${state}${queueWindows > 0 ? ` (${queueWindows} wait)` : ''}`)
    .join(' · ');
}

function nameRow({ name, type, linesPerSecond, series, tag }: TopName, columns: number): string {
  const widest = tag === null ? '' : `${tag.key} ×${tag.values}: ${tag.samples.join(', ')}`;
  return rowText(short(linesPerSecond), short(series), type, name, widest, columns);
}

function rowText(lines: string, series: string, type: string, name: string, tag: string, columns: number): string {
  const rest = Math.max(10, columns - 8 - 8 - TYPE - 4);
  const nameWidth = Math.max(10, Math.ceil(rest * 0.6));
  return `${lines.padStart(8)}${series.padStart(8)}  ${cell(type, TYPE)} ${cell(name, nameWidth)} ${cutTo(tag, rest - nameWidth)}`;
}

function emptyLine({ top, filter }: View): string {
  if (top === undefined) return '';
  if (filter !== '') return `no name of these has "${escapeControls(filter)}" in it`;
  return nothing(top.windowMs);
}

function nothing(windowMs: number): string {
  return windowMs === 0 ? 'the first window has not ended yet' : 'nothing came in the last window';
}
