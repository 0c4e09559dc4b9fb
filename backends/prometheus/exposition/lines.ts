import type { Encoder, Exemplar, Family, HistogramSample, Sample, SummarySample } from './encoder.ts';
import { type Escaping, escapeName, isClassicName } from './escaping.ts';
import { escapedText, quoted } from './labels.ts';
import { valueText } from './numbers.ts';

/** In what one format of lines differs from another. */
export interface LineFormat {
  readonly escaping: Escaping;
  /** What begins a family that is called `name` for this reader. */
  family(family: Family, name: string): FamilyLines;
  /** Of `le` and `quantile`. */
  labelNumber(value: number): string;
  /** Of a count of values. */
  countText(value: number): string;
  /** What is written behind a value. */
  exemplar(exemplar: Exemplar): string;
  /** What ends a page. */
  readonly end: string;
}

export interface FamilyLines {
  /** Whole lines. */
  readonly head: string;
  /** What the samples without a suffix of their own are called. */
  readonly name: string;
  /** The name of the samples that tell the time at which a series began. Absent: there are none. */
  readonly created?: string | undefined;
}

/** How a line begins: without labels, and where labels follow. */
interface Start {
  readonly bare: string;
  readonly open: string;
}

interface Starts {
  readonly plain: Start;
  readonly created: Start | undefined;
  readonly sum: Start;
  readonly count: Start;
  readonly bucket: Start;
}

/** Writes lines of `name{labels} value`, as the text format and OpenMetrics have in common. */
export function createLineEncoder(format: LineFormat): Encoder {
  const { escaping } = format;
  const quantileLabels = numberLabels('quantile', format);
  const boundLabels = numberLabels('le', format);
  const infinite = 'le="+Inf"';
  let text = '';
  let starts: Starts | undefined;

  const summary = ({ plain, sum, count, created }: Starts, labels: string, sample: SummarySample) => {
    const quantiles = quantileLabels(sample.quantiles);
    for (let i = 0; i < quantiles.length; i++) {
      text += `${series(plain, labels, quantiles[i]!)} ${valueText(sample.values[i]!)}\n`;
    }
    text += `${series(sum, labels)} ${valueText(sample.sum)}\n${series(count, labels)} ${format.countText(sample.count)}\n`;
    if (created !== undefined) text += createdLine(created, labels, sample.createdMs);
  };

  const histogram = ({ bucket, sum, count, created }: Starts, labels: string, sample: HistogramSample) => {
    const bounds = boundLabels(sample.bounds);
    const total = format.countText(sample.count);
    for (let i = 0; i <= bounds.length; i++) {
      const exemplar = sample.exemplars?.[i];
      const value = i < bounds.length ? format.countText(sample.counts[i]!) : total;
      text += `${series(bucket, labels, bounds[i] ?? infinite)} ${value}`;
      text += exemplar === undefined ? '\n' : `${format.exemplar(exemplar)}\n`;
    }
    text += `${series(sum, labels)} ${valueText(sample.sum)}\n${series(count, labels)} ${total}\n`;
    if (created !== undefined) text += createdLine(created, labels, sample.createdMs);
  };

  const write = (starts: Starts, sample: Sample) => {
    const labels = escapedText(sample.labels, escaping);
    switch (sample.type) {
      case 'counter':
        text += `${series(starts.plain, labels)} ${valueText(sample.value)}`;
        text += sample.exemplar === undefined ? '\n' : `${format.exemplar(sample.exemplar)}\n`;
        if (starts.created !== undefined) text += createdLine(starts.created, labels, sample.createdMs);
        return;
      case 'gauge':
        text += `${series(starts.plain, labels)} ${valueText(sample.value)}\n`;
        return;
      case 'summary':
        summary(starts, labels, sample);
        return;
      case 'histogram':
        histogram(starts, labels, sample);
        return;
      default:
        sample satisfies never;
    }
  };

  return {
    family(family) {
      const own = escapeName(family.name, escaping);
      const { head, name, created } = format.family(family, own);
      text += head;
      starts = startsOf(own, name, created);
    },
    sample(sample) {
      if (starts === undefined) throw new Error('a sample without a family');
      write(starts, sample);
    },
    endFamily() {},
    end() {
      text += format.end;
    },
    get length() {
      return text.length;
    },
    take() {
      const taken = Buffer.from(text);
      text = '';
      return taken;
    },
  };
}

function startsOf(own: string, name: string, created: string | undefined): Starts {
  const isClassic = isClassicName(own);
  const start = (name: string): Start =>
    isClassic ? { bare: name, open: `${name}{` } : { bare: `{${quoted(name)}}`, open: `{${quoted(name)},` };
  return {
    plain: start(name),
    created: created === undefined ? undefined : start(created),
    sum: start(`${own}_sum`),
    count: start(`${own}_count`),
    bucket: start(`${own}_bucket`),
  };
}

function series(start: Start, labels: string, more = ''): string {
  if (labels === '') return more === '' ? start.bare : `${start.open}${more}}`;
  return more === '' ? `${start.open}${labels}}` : `${start.open}${labels},${more}}`;
}

/** In seconds. */
function createdLine(start: Start, labels: string, ms: number): string {
  return `${series(start, labels)} ${ms / 1000}\n`;
}

/** The labels with these numbers, which are the same for most series after one another. */
function numberLabels(name: string, format: LineFormat): (numbers: readonly number[]) => readonly string[] {
  let last: readonly number[] | undefined;
  let labels: readonly string[] = [];
  return (numbers) => {
    if (numbers !== last) {
      labels = numbers.map((number) => `${name}="${format.labelNumber(number)}"`);
      last = numbers;
    }
    return labels;
  };
}
