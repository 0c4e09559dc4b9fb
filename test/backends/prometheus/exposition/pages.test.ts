import { expect, it, vi } from 'vitest';
import type { Exposition } from '../../../../backends/prometheus/exposition/negotiate.ts';
import { createPages } from '../../../../backends/prometheus/exposition/pages.ts';

const text: Exposition = { format: 'text-0.0.4', escaping: 'underscores' };

function numbered() {
  let made = 0;
  const make = vi.fn(async ({ format }: Exposition) => `${format} ${++made}`);
  return { make, pages: createPages(make) };
}

it('a page is made once for all who ask for it', async () => {
  const { make, pages } = numbered();
  expect(make).not.toHaveBeenCalled();
  expect(await Promise.all([pages.get(text), pages.get({ ...text })])).toEqual(['text-0.0.4 1', 'text-0.0.4 1']);
  expect(await pages.get(text)).toBe('text-0.0.4 1');
});

it('there is one for each format and escaping', async () => {
  const { make, pages } = numbered();
  const kinds: readonly Exposition[] = [text, { ...text, format: 'protobuf' }, { ...text, escaping: 'dots' }];
  for (const kind of [...kinds, ...kinds]) await pages.get(kind);
  expect(make.mock.calls.map(([kind]) => kind)).toEqual(kinds);
});

it('versions of a format share one', async () => {
  const { pages } = numbered();
  await pages.get({ format: 'openmetrics-1.0.0', escaping: 'dots' });
  expect(await pages.get({ format: 'openmetrics-0.0.1', escaping: 'dots' })).toBe('openmetrics-1.0.0 1');
});

it('four are held, those that were asked for last', async () => {
  const { make, pages } = numbered();
  await pages.get(text);
  for (const escaping of ['allow-utf-8', 'dots', 'values'] as const) await pages.get({ ...text, escaping });
  await pages.get(text);
  await pages.get({ ...text, format: 'protobuf' });
  make.mockClear();
  await pages.get(text);
  expect(make).not.toHaveBeenCalled();
  await pages.get({ ...text, escaping: 'allow-utf-8' });
  expect(make).toHaveBeenCalledOnce();
});

it('after a change it is made anew, also where the old one is not ready', async () => {
  const { pages } = numbered();
  const old = pages.get(text);
  pages.drop();
  expect(await pages.get(text)).toBe('text-0.0.4 2');
  expect(await old).toBe('text-0.0.4 1');
  expect(await pages.get(text)).toBe('text-0.0.4 2');
});

it('one that could not be made is made anew for the next', async () => {
  const make = vi.fn(async () => 'made').mockRejectedValueOnce(new Error('broken'));
  const pages = createPages(make);
  const both = [pages.get(text), pages.get(text)];
  for (const one of both) await expect(one).rejects.toThrow('broken');
  expect(await pages.get(text)).toBe('made');
  expect(make).toHaveBeenCalledTimes(2);
});

it('an old one that fails late takes no new one away', async () => {
  let fail = (_: Error) => {};
  const make = vi.fn(async () => 'made').mockImplementationOnce(() => new Promise((_, reject) => (fail = reject)));
  const pages = createPages(make);
  const old = pages.get(text);
  pages.drop();
  await pages.get(text);
  fail(new Error('late'));
  await expect(old).rejects.toThrow('late');
  await pages.get(text);
  expect(make).toHaveBeenCalledTimes(2);
});
