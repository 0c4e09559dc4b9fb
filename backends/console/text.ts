import { tagsWithHost } from '../../src/kit/tags.ts';
import type { ServiceCheck, Window } from '../../src/plugin.ts';
import { printable, truncate } from './escape.ts';
import { layOut } from './layout.ts';
import { formatNumber } from './number.ts';
import { type Style, styleFor } from './style.ts';
import type { Tables } from './tables.ts';

export interface TextOptions {
  /** Width of the terminal; `undefined` when there is none. */
  readonly columns: number | undefined;
  readonly colour: boolean;
  /** Events, and service checks, that are shown. */
  readonly maxItems: number;
}

/** Width of an event or a service check where there is no terminal. */
const ITEM_LIMIT = 200;

const STATUS: Readonly<Record<ServiceCheck['status'], string>> = { 0: 'ok', 1: 'warning', 2: 'critical', 3: 'unknown' };

/** A window as a person reads it: a heading, a table for each type, events, service checks, and the account. */
export function renderText(window: Window, { tables, seriesCount }: Tables, options: TextOptions): string {
  const { points, events, serviceChecks } = window;
  const style = styleFor(options.colour);
  const heading = style.bold(timeSpan(window));
  const account = accountLine(window, seriesCount);
  if (tables.length + points.length + events.length + serviceChecks.length === 0) {
    const fits = timeSpan(window).length + 2 + account.length <= (options.columns ?? Number.POSITIVE_INFINITY);
    return fits ? `${heading}: ${account}\n` : `${heading}\n${account}\n`;
  }

  const pointItems = points.slice(0, options.maxItems).map((point) => ({
    mark: `${point.type} ${timeOf(point.timestamp)}`,
    title: point.name,
    text: formatNumber(point.value),
    tags: tagsWithHost(point),
  }));
  const eventItems = events.map((event) => {
    const { alertType, title, text } = event;
    return { mark: alertType, title, text, tags: tagsWithHost(event) };
  });
  const checkItems = serviceChecks.map((check) => {
    const { status, name, message = '' } = check;
    return { mark: STATUS[status], title: name, text: message, tags: tagsWithHost(check) };
  });
  const blocks = [
    ...layOut(tables, options.columns, style),
    ...itemList('points with a time of their own', pointItems, points.length, options, style),
    ...itemList('events', eventItems, events.length, options, style),
    ...itemList('service checks', checkItems, serviceChecks.length, options, style),
  ];
  const rejected = rejectedLine(window, options);
  return `${heading}\n\n${blocks.join('\n')}\n${style.dim(account)}\n${rejected}\n`;
}

function timeSpan({ startMs, endMs }: Window): string {
  const [startDate, startTime] = dateAndTime(startMs);
  const [endDate, endTime] = dateAndTime(endMs);
  const end = endDate === startDate ? endTime : `${endDate} ${endTime}`;
  return `${startDate} ${startTime} to ${end} UTC (${formatNumber((endMs - startMs) / 1000)} s)`;
}

/** What is beyond the range of dates stays a number. */
function timeOf(unixSeconds: number): string {
  const ms = unixSeconds * 1000;
  return ms <= LAST_DATE_MS ? dateAndTime(ms).join(' ') : `${unixSeconds}`;
}

/** ECMAScript's last. */
const LAST_DATE_MS = 8.64e15;

function dateAndTime(unixMs: number): readonly [date: string, time: string] {
  const [date = '', time = ''] = new Date(unixMs).toISOString().split('T');
  return [date, time.replace(/(\.000)?Z$/, '')];
}

function accountLine({ account }: Window, seriesCount: number): string {
  const { received, rejected, dropped } = account;
  const lines = `${received} ${received === 1 ? 'line' : 'lines'} received`;
  return `${seriesCount} series, ${lines}, ${byReason('rejected', rejected)}, ${byReason('dropped', dropped)}`;
}

function byReason(what: string, counts: ReadonlyMap<string, number>): string {
  let total = 0;
  const reasons: string[] = [];
  for (const [reason, count] of counts) {
    total += count;
    reasons.push(`${printable(reason)} ${count}`);
  }
  return reasons.length === 0 ? `${total} ${what}` : `${total} ${what} (${reasons.join(', ')})`;
}

/** The newest of the lines that were rejected, and what would be right. */
function rejectedLine({ account }: Window, { columns }: TextOptions): string {
  const example = account.examples.at(-1);
  if (example === undefined) return '';
  const { line, reason, advice, frontend, from } = example;
  const sender = from === undefined ? frontend : `${frontend}, ${from}`;
  return `${truncate(`rejected (${sender}) ${printable(line)}: ${printable(reason)}: ${advice}`, columns ?? ITEM_LIMIT)}\n`;
}

interface Item {
  readonly mark: string;
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
}

/** `total`: of which the items are the first. */
function itemList(
  heading: string,
  items: readonly Item[],
  total: number,
  { columns, maxItems }: TextOptions,
  style: Style,
): readonly string[] {
  if (items.length === 0) return [];
  const lines = items.slice(0, maxItems).map(({ mark, title, text, tags }) => {
    const line = [`[${mark}] ${title}${text === '' ? '' : `: ${text}`}`, ...tags].join(' ');
    return truncate(printable(line), columns ?? ITEM_LIMIT);
  });
  if (total > lines.length) lines.push(style.dim(`… and ${total - lines.length} more`));
  return [[style.bold(heading), ...lines].map((line) => `${line}\n`).join('')];
}
