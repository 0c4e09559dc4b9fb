import { escapeControls } from '../kit/escape.ts';
import type { CapturedRequest, ReplayedLine, ReplayedMetric, ReplayedRequest } from '../plugin.ts';

/** All requests together. */
export interface ReplaySummary {
  readonly requests: number;
  readonly refused: number;
  readonly lines: number;
  readonly linesWithMetrics: number;
  readonly metrics: number;
  /** Of lines, by what they say; at most {@link REASONS} of them. */
  readonly reasons: ReadonlyMap<string, number>;
}

/** How a replay is printed: each text ends with LF. */
export interface ReplayFormat {
  request(name: string, request: CapturedRequest, read: ReplayedRequest): string;
  summary(summary: ReplaySummary): string;
}

const REASONS = 1000;
const SHOWN_REASONS = 10;
/** Columns of a line of text. */
const WIDTH = 80;

export function emptySummary(): ReplaySummary {
  return { requests: 0, refused: 0, lines: 0, linesWithMetrics: 0, metrics: 0, reasons: new Map() };
}

export function summarized(before: ReplaySummary, { lines, metrics, status }: ReplayedRequest): ReplaySummary {
  const reasons = new Map(before.reasons);
  for (const reason of lines.flatMap((line) => line.reasons.map(withoutToken))) {
    if (reasons.size < REASONS || reasons.has(reason)) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return {
    requests: before.requests + 1,
    refused: before.refused + (status >= 400 ? 1 : 0),
    lines: before.lines + lines.length,
    linesWithMetrics: before.linesWithMetrics + lines.filter((line) => line.metrics.length > 0).length,
    metrics: before.metrics + metrics.length + lines.reduce((sum, line) => sum + line.metrics.length, 0),
    reasons,
  };
}

/** `count#a: has no value` is the same reason for every name. */
function withoutToken(reason: string): string {
  return reason.replace(/^\w+#[^\s:]*(?::[^\s:]+)*: /, '');
}

/** For a person: a line of at most 80 columns for each line of text, and what came of it below. */
export const replayText: ReplayFormat = {
  request(name, { method, path }, { status, refusal, sender, lines, metrics, counted, discarded }) {
    const head = [name, `${method} ${path}`, sender, status].filter((part) => part !== undefined).join('  ');
    return shown([
      head,
      ...(refusal === undefined ? [] : [`  refused: ${refusal}`]),
      ...lines.flatMap(lineText),
      ...metrics.map((metric) => `  ${metricText(metric)}`),
      ...counted.map(({ name: counter, value, meaning }) => `  ! ${value} ${counter}${meaning ? `: ${meaning}` : ''}`),
      ...discarded.map(({ reason, value }) => `  ! ${value} rejected for ${reason}`),
    ]);
  },
  summary({ requests, refused, lines, linesWithMetrics, metrics, reasons }) {
    const most = [...reasons].sort(([, a], [, b]) => b - a);
    const width = String(most[0]?.[1] ?? '').length;
    const more = most.length > SHOWN_REASONS ? [`  and ${most.length - SHOWN_REASONS} other reasons`] : [];
    return shown([
      '',
      `${counted(requests, 'request')}${refused === 0 ? '' : ` (${refused} refused)`}, ${counted(lines, 'line')}, ${counted(metrics, 'metric')}`,
      `${counted(linesWithMetrics, 'line')} with metrics, ${lines - linesWithMetrics} without`,
      ...most.slice(0, SHOWN_REASONS).map(([reason, times]) => `  ${String(times).padStart(width)}  ${reason}`),
      ...more,
    ]);
  },
};

function lineText({ text, process, metrics, reasons }: ReplayedLine): string[] {
  const line = escapeControls(`  ${process === undefined ? '' : `${process}: `}${text}`);
  return [
    line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line,
    ...metrics.map((metric) => `    ${metricText(metric)}`),
    ...reasons.map((reason) => `    - ${reason}`),
  ];
}

function metricText({ type, name, value, tags, weight }: ReplayedMetric): string {
  const times = weight === undefined ? '' : ` x ${weight}`;
  return `${type} ${name} ${value}${times}${tags === undefined ? '' : ` {${tags.split(',').join(', ')}}`}`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** Nothing of a body can command the terminal. */
function shown(lines: readonly string[]): string {
  return lines.map((line) => `${escapeControls(line)}\n`).join('');
}

/** For a program: a line of JSON for each line of text, for each request, and at the end. */
export const replayJson: ReplayFormat = {
  request(name, { method, path }, { lines, ...read }) {
    const rows = lines.map((line, index) => ({ request: name, line: index + 1, ...line }));
    return json([...rows, { request: name, method, path, ...read }]);
  },
  summary: ({ reasons, ...counts }) => json([{ summary: { ...counts, reasons: Object.fromEntries(reasons) } }]),
};

function json(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
