import { escapeControls } from '../kit/escape.ts';
import { amount, bytes, short, span, total } from './amounts.ts';
import type { BackendState, FrontendState, LaneState, RejectedLines, ServerState } from './api.ts';
import { cell, cutTo } from './columns.ts';
import { COLUMNS, wrap } from './wrap.ts';

const NAME = 22;

/** What `statsdrain status` prints: lines of 80 columns. */
export function statusText(state: ServerState, rejected: RejectedLines, url: string): string {
  const { frontends, backends } = state;
  return [
    ...verdictLines(state),
    '',
    ...serverLines(state, url),
    '',
    `${'front-end'.padEnd(NAME)} ${head('lines/s', 'received', 'rejected', 'dropped', 'kernel', 'conn.')}`,
    ...frontends.flatMap(frontendLines),
    '',
    `${'back-end'.padEnd(NAME)} ${head('state', 'sent', 'failures', 'waiting', 'age', 'lost')}`,
    ...backends.flatMap((backend) => backendLines(backend, state.time)),
    ...rejectedLines(rejected, state.time),
    '',
  ].join('\n');
}

/** The sentence, and what to do. */
export function verdictLines({ verdict }: ServerState): string[] {
  const lines = wrap(escapeControls(`${verdict.level}: ${verdict.text}`), COLUMNS, 2).split('\n');
  for (const advice of verdict.advice) lines.push(...wrap(`  - ${escapeControls(advice)}`, COLUMNS, 4).split('\n'));
  return lines;
}

function serverLines({ version, pid, time, startedMs, process, series }: ServerState, url: string): string[] {
  const { cpu, rssBytes, lagMs } = process;
  const used = [
    `${amount(series)} series`,
    ...(cpu === null ? [] : [`${cpu.toFixed(2)} cores`]),
    bytes(rssBytes),
    ...(lagMs === null ? [] : [`longest stall ${Math.round(lagMs)} ms`]),
  ];
  return [
    cutTo(`statsdrain ${version} at ${url}, process ${pid}, up ${span(time - startedMs)}`, COLUMNS),
    `  ${used.join(' · ')}`,
  ];
}

function frontendLines(frontend: FrontendState): string[] {
  const { name, receiving, rate, received, rejected, dropped, kernelDropped, connections } = frontend;
  const counts = [rate, received, total(rejected), total(dropped), kernelDropped].map(short);
  counts.push(connections === null ? '' : short(connections));
  const lines = [`${cell(name, NAME)} ${head(...counts)}`];
  if (!receiving) lines.push('  does not receive');
  lines.push(...reasons('rejected', rejected), ...reasons('dropped', dropped));
  return lines;
}

function backendLines(backend: BackendState, now: number): string[] {
  const { name, state, sends, failures, queueWindows, queueAgeMs, lostWindows, lostItems, lanes } = backend;
  const age = queueWindows === 0 ? '' : span(queueAgeMs);
  const counts = [short(sends), short(failures), short(queueWindows), age, short(total(lostWindows))];
  return [
    `${cell(name, NAME)} ${head(state, ...counts)}`,
    ...reasons('lost', lostWindows),
    ...reasons('items lost', lostItems),
    ...(isToldByLane(backend) ? [] : failure(backend, now)),
    ...lanes.flatMap((lane) => laneLines(lane, now)),
  ];
}

function isToldByLane({ lastError, lanes }: BackendState): boolean {
  return lanes.some((lane) => lane.lastError !== null && lane.lastError.message === lastError?.message);
}

function laneLines(lane: LaneState, now: number): string[] {
  const { name, payloads, spooled, ageMs, down, delivered, givenUp } = lane;
  const age = payloads === 0 ? '' : span(ageMs);
  const counts = [short(delivered), '', short(payloads), age, short(total(givenUp))];
  return [
    `${cell(`  ${name}`, NAME)} ${head(down ? 'down' : '', ...counts)}`,
    ...(spooled > 0 ? [`  ${amount(spooled)} more on disk`] : []),
    ...reasons('lost', givenUp),
    ...failure(lane, now),
  ];
}

/** Told until something was delivered after it, with the last time that it was. */
function failure({ lastError, lastSuccessMs }: Pick<LaneState, 'lastError' | 'lastSuccessMs'>, now: number): string[] {
  if (lastError === null || (lastSuccessMs !== null && lastSuccessMs > lastError.atMs)) return [];
  const { atMs, message } = lastError;
  const success = lastSuccessMs === null ? 'nothing delivered yet' : `last delivered ${span(now - lastSuccessMs)} ago`;
  return wrap(`  ${span(now - atMs)} ago: ${escapeControls(message)} (${success})`, COLUMNS, 4).split('\n');
}

/** The latest first: text, why, who, and what would be right. */
function rejectedLines({ lines }: RejectedLines, now: number): string[] {
  if (lines.length === 0) return [];
  const told = lines.flatMap(({ line, reason, advice, frontend, from, atMs, times }) => {
    const sender = from === null ? '' : ` from ${from}`;
    const often = times > 1 ? `, ${amount(times)} times` : '';
    const about = `${reason}, ${frontend}${sender}, ${span(now - atMs)} ago${often}: ${advice}`;
    return [cutTo(`  ${line}`, COLUMNS), ...wrap(`    ${escapeControls(about)}`, COLUMNS, 4).split('\n')];
  });
  return ['', 'rejected lines', ...told];
}

function reasons(what: string, counts: Readonly<Record<string, number>>): string[] {
  const all = Object.entries(counts).filter(([, count]) => count > 0);
  if (all.length === 0) return [];
  const text = all.map(([reason, count]) => `${escapeControls(reason)} ${amount(count)}`).join(', ');
  return wrap(`  ${what}: ${text}`, COLUMNS, 4).split('\n');
}

/** Columns at the right, of nine characters; a state has twelve, and is of a server that may be any. */
function head(...texts: readonly string[]): string {
  const first = texts.length > 5 ? 12 : 9;
  return texts
    .map((text, index) => escapeControls(text).padStart(index === 0 ? first : 9))
    .join('')
    .trimEnd();
}
