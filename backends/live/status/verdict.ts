import type { FrontendStatus } from '../../../src/plugin.ts';
import type { RejectedEntry } from '../store/rejected.ts';
import type { TopName } from '../store/top.ts';
import { type BackendView, latestError } from './backend-view.ts';
import type { Period } from './meter.ts';
import { remedyOf } from './remedy.ts';

export interface Verdict {
  /** `good`: all that is said is as it should be · `warning`: to be looked at · `bad`: something is lost, or not delivered. */
  readonly level: 'good' | 'warning' | 'bad';
  /** `12,300 lines/s in · 7 rejected · 0 lost · every back-end delivered`. */
  readonly text: string;
  /** What to do, the most urgent first. */
  readonly advice: readonly string[];
}

export interface Seen {
  readonly ready: boolean;
  readonly intervalMs: number;
  /** Lines a second, over the last seconds. */
  readonly received: number;
  /** What was rejected and lost in the last ten minutes. */
  readonly period: Period;
  readonly frontends: readonly FrontendStatus[];
  readonly backends: readonly BackendView[];
  /** Some of the lines that could not be read, the latest first. */
  readonly rejected: readonly RejectedEntry[];
  /** The name with the most series. */
  readonly widest: TopName | undefined;
  /** Series for which there is no room here. */
  readonly notKept: number;
  readonly maxSeries: number;
  /** A window was seen. */
  readonly hasWindow: boolean;
}

/** What is wrong, by how bad it is, and the one thing to do. */
interface Finding {
  readonly level: 'warning' | 'bad';
  readonly advice: string;
}

/**
 * One sentence on how the server does. Lines a second are those of the last seconds; what was rejected and lost is of the last ten minutes,
 * or since the start where that is less; back-ends are as they are now. Lost is what was received and thrown away, datagrams that the kernel dropped, and windows, payloads
 * and items that no back-end will get any more. It is good only where nothing was rejected or lost and every back-end delivered.
 */
export function verdictOf(seen: Seen): Verdict {
  const { period, received } = seen;
  const findings = [
    ...readiness(seen),
    ...ofBackends(seen.backends),
    ...losses(seen),
    ...rejections(seen),
    ...seriesLimits(seen),
  ].sort((a, b) => Number(b.level === 'bad') - Number(a.level === 'bad'));
  const lost = period.dropped + period.kernelDropped + period.undelivered;
  const text = [
    `${counted(received)} lines/s in`,
    `${counted(period.rejected)} rejected`,
    `${counted(lost)} lost`,
    delivery(seen),
  ].join(' · ');
  return { level: findings[0]?.level ?? 'good', text, advice: findings.map(({ advice }) => advice) };
}

function counted(amount: number): string {
  const rounded = amount > 0 && amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount);
  return rounded.toLocaleString('en-US');
}

function plural(amount: number, word: string): string {
  return `${counted(amount)} ${word}${amount === 1 ? '' : 's'}`;
}

function delivery({ backends, hasWindow }: Seen): string {
  const bad = backends.filter(({ state }) => state === 'down' || state === 'failing' || state === 'waiting');
  const [first] = bad;
  if (first !== undefined) {
    const others = bad.length > 1 ? `, and ${bad.length - 1} more` : '';
    const words = { down: 'is down', failing: 'is failing', waiting: 'is late', delivering: '', starting: '' };
    return `${first.name} ${words[first.state]}${others}`;
  }
  const isWaited = !hasWindow || backends.some(({ state }) => state === 'starting');
  return isWaited ? 'nothing to deliver yet' : 'every back-end delivered';
}

function* readiness({ ready, intervalMs, frontends, hasWindow, backends }: Seen): Generator<Finding> {
  for (const { name, receiving } of frontends) {
    if (!receiving)
      yield {
        level: 'bad',
        advice: `The front-end "${name}" does not receive; the log says why, and it is tried again.`,
      };
  }
  if (!ready) yield { level: 'bad', advice: 'The server starts or stops: front-ends do not all accept traffic.' };
  const isFirst = !hasWindow || backends.some(({ state }) => state === 'starting');
  if (isFirst) yield { level: 'warning', advice: `Wait for the first window: one ends every ${intervalMs / 1000} s.` };
}

function* ofBackends(backends: readonly BackendView[]): Generator<Finding> {
  for (const backend of backends) {
    const { name, state } = backend;
    switch (state) {
      case 'down':
      case 'failing': {
        const latest = latestError(backend);
        const place = latest?.lane === undefined ? `"${name}"` : `"${name}" (${latest.lane})`;
        const is = state === 'down' ? 'is down' : 'fails';
        yield {
          level: state === 'down' ? 'bad' : 'warning',
          advice: `The back-end ${place} ${is}: ${whyAndWhatToDo(latest?.error.message)}`,
        };
        break;
      }
      case 'waiting':
        yield {
          level: 'warning',
          advice: `The back-end "${name}" is late: what waits for it is older than two windows; ${TRY}.`,
        };
        break;
      case 'delivering':
      case 'starting':
        break;
      default:
        state satisfies never;
    }
  }
}

const TRY = 'see with "statsdrain check --online" whether it answers';

/** Some back-ends say what to look at themselves, behind a semicolon. */
function whyAndWhatToDo(message: string | undefined): string {
  if (message === undefined) return 'the log says why';
  const told = message.includes('; ');
  return told ? message : `${message}; ${remedyOf(message) ?? TRY}`;
}

function* losses({ period, backends, frontends }: Seen): Generator<Finding> {
  if (period.kernelDropped > 0) {
    const [worst] = [...frontends].sort((a, b) => b.counts.kernelDropped - a.counts.kernelDropped);
    const where = worst === undefined ? 'the front-end' : `the front-end "${worst.name}"`;
    const what = `The kernel dropped ${plural(period.kernelDropped, 'datagram')}`;
    yield { level: 'bad', advice: `${what}: raise "receiveBuffer" of ${where}, and net.core.rmem_max with it.` };
  }
  if (period.dropped > 0) {
    const reasons = new Set(frontends.flatMap(({ counts }) => [...counts.dropped.keys()]));
    const what = `Good lines (${counted(period.dropped)}) were dropped at a limit (${[...reasons].join(', ')})`;
    yield { level: 'bad', advice: `${what}: send less of it, or raise the limit; docs/METRICS.md says which.` };
  }
  if (period.undelivered > 0) yield undeliveredBy(backends);
}

function undeliveredBy(backends: readonly BackendView[]): Finding {
  const [worst] = [...backends].sort((a, b) => lostOf(b) - lostOf(a));
  const where = worst === undefined ? 'A back-end' : `The back-end "${worst.name}"`;
  const reasons = new Set(lossesOf(worst).map(([reason]) => reason));
  const why = reasons.size === 0 ? 'the log says why' : [...reasons].join(', ');
  const isLeftOut =
    Object.keys(worst?.lostWindows ?? {}).length === 0 && ![...reasons].some((one) => GIVEN_UP.has(one));
  if (isLeftOut)
    return {
      level: 'warning',
      advice: `${where} left out what it cannot take (${why}); docs/METRICS.md has the reasons.`,
    };
  return {
    level: 'bad',
    advice: `${where} lost what it was given (${why}); a "spool" keeps what cannot be delivered.`,
  };
}

/** Reasons for which items were in what was given up, and not taken out of what was sent. */
const GIVEN_UP: ReadonlySet<string> = new Set(['queue_full', 'too_old', 'shutdown', 'no_lane', 'unreadable']);

function lossesOf(backend: BackendView | undefined): [reason: string, lost: number][] {
  return [...Object.entries(backend?.lostWindows ?? {}), ...Object.entries(backend?.lostItems ?? {})];
}

function lostOf(backend: BackendView): number {
  return lossesOf(backend).reduce((sum, [, lost]) => sum + lost, 0);
}

/** Of the reason that comes most often among the samples. */
function* rejections({ period, rejected }: Seen): Generator<Finding> {
  if (period.rejected === 0) return;
  const times = new Map<string, number>();
  for (const entry of rejected) times.set(entry.reason, (times.get(entry.reason) ?? 0) + entry.times);
  const [most] = [...times].sort((a, b) => b[1] - a[1]);
  const sample = rejected.find(({ reason }) => reason === most?.[0]);
  const what = `${plural(period.rejected, 'line')} could not be read`;
  const why =
    sample === undefined
      ? 'see "rejected"'
      : `most often for ${sample.reason} by "${sample.frontend}": ${sample.advice}`;
  yield { level: 'warning', advice: `${what}, ${why}` };
}

function* seriesLimits({ period, widest, notKept, maxSeries }: Seen): Generator<Finding> {
  const where =
    widest === undefined ? '' : ` "${widest.name}" has the most series (${counted(widest.series)}${tagOf(widest)}).`;
  if (period.overflowed > 0) {
    const what = `${plural(period.overflowed, 'line')} went into overflow series, over the limit of series.`;
    yield { level: 'warning', advice: `${what}${where}` };
  }
  if (notKept > 0) {
    const what = `${counted(notKept)} series are not shown: raise "maxSeries" (${counted(maxSeries)}) of the back-end "live", or send fewer.`;
    yield { level: 'warning', advice: `${what}${where}` };
  }
}

function tagOf({ tag }: TopName): string {
  return tag === null ? '' : `, ${counted(tag.values)} values of "${tag.key}"`;
}
