import { type Child, html } from './preact.js';

const WIDTH = 120;
const HEIGHT = 22;

/** The last windows of a series as a line; gaps are windows without it. A picture only. */
export function Sparkline({ values }: { readonly values: readonly (number | null)[] }): Child {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const step = WIDTH / Math.max(1, values.length - 1);
  const y = (value: number) => (high === low ? HEIGHT / 2 : HEIGHT - 2 - ((value - low) / (high - low)) * (HEIGHT - 4));
  let path = '';
  let isDown = false;
  values.forEach((value, index) => {
    if (value !== null) path += `${isDown ? 'L' : 'M'}${(index * step).toFixed(1)} ${y(value).toFixed(1)}`;
    // A point alone would not be seen.
    if (value !== null && !isDown) path += 'h.01';
    isDown = value !== null;
  });
  return html`<svg class="sparkline" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" focusable="false"><path d=${path} /></svg>`;
}
