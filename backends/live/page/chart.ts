import { clock } from './format.ts';
import { type Child, html, useEffect, useRef, useState } from './preact.js';
import uPlot, { type Options } from './uplot.js';

interface Props {
  /** Unix milliseconds, the oldest first. */
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
  /** Pixels. */
  readonly height: number;
  /** A custom property of the style sheet. */
  readonly color: string;
  format(value: number | null): string;
  /** The point under the pointer; undefined when there is none. */
  pointed?(index: number | undefined): void;
}

/** Seconds that are shown at least: of two points alone no slope would be true. */
const SHORTEST_S = 60;
const LABEL_PX = 42;
const TIMES_PX = 18;
/** Width of a digit of a label; colons are narrower. */
const DIGIT_PX = 6;

/** A line over time. The text beside it has to say the same: this is a picture only. */
export function Chart({ times, values, height, color, format, pointed }: Props): Child {
  const place = useRef<HTMLElement | null>(null);
  const drawn = useRef<uPlot | undefined>(undefined);
  const tell = useRef(pointed);
  tell.current = pointed;
  const isDark = useDark();

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const size = () => ({ width: Math.max(80, element.clientWidth), height });
    const chart = new uPlot(
      { ...size(), ...options(color, format, (index) => tell.current?.(index)) },
      dataOf(times, values),
      element,
    );
    drawn.current = chart;
    const observer = new ResizeObserver(() => chart.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      drawn.current = undefined;
    };
  }, [isDark, height, color]);

  useEffect(() => {
    drawn.current?.setData(dataOf(times, values));
    return undefined;
  }, [times, values]);

  return html`<div class=${height < 100 ? 'chart small' : 'chart'} ref=${place} aria-hidden="true"></div>`;
}

function dataOf(times: Props['times'], values: Props['values']): readonly (readonly (number | null)[])[] {
  return [times.map((ms) => ms / 1000), values];
}

function options(
  color: string,
  format: Props['format'],
  tell: (index: number | undefined) => void,
): Omit<Options, 'width' | 'height'> {
  const styles = getComputedStyle(document.documentElement);
  const [line = '', ink = '', rule = ''] = [color, '--faint', '--rule'].map((name) => styles.getPropertyValue(name));
  const font = `11px ${styles.getPropertyValue('--sans')}`;
  const axis = { stroke: ink, font, ticks: { show: false }, gap: 4 };
  return {
    padding: [6, 2, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 5 } },
    scales: {
      x: { range: ({ data: [times = []] }) => timeSpan(times[0] ?? 0, times.at(-1) ?? 0) },
      y: { range: (_chart, min, max) => span(min, max) },
    },
    axes: [
      {
        ...axis,
        size: TIMES_PX,
        space: 70,
        grid: { show: false },
        values: (chart, splits) => splits.map((seconds) => timeLabel(chart, seconds)),
      },
      {
        ...axis,
        size: LABEL_PX,
        space: 24,
        grid: { stroke: rule, width: 1 },
        values: (_chart, splits) => splits.map((value) => format(value)),
      },
    ],
    series: [{}, { stroke: line, fill: `${line.trim()}1c`, width: 1.25, points: { show: false } }],
    hooks: { setCursor: [({ cursor }) => tell(cursor.idx ?? undefined)] },
  };
}

/** Nothing where it would be cut off at the right. */
function timeLabel(chart: uPlot, seconds: number): string {
  const label = clock(seconds * 1000).replace(/:00$/, '');
  const room = chart.over.clientWidth - chart.valToPos(seconds, 'x');
  return room < (label.length * DIGIT_PX) / 2 ? '' : label;
}

function timeSpan(first: number, last: number): readonly [number, number] {
  return [Math.min(first, last - SHORTEST_S), last];
}

/** From zero, with room above. */
function span(min: number | null, max: number | null): readonly [number, number] {
  const [low, high] = [Math.min(0, min ?? 0), Math.max(0, max ?? 0)];
  const room = (high - low) * 0.08;
  return low === high ? [0, 1] : [low === 0 ? 0 : low - room, high === 0 ? 0 : high + room];
}

function useDark(): boolean {
  const [isDark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const changed = () => setDark(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return isDark;
}
