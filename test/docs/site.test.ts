import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('has every page of docs/ in its sidebar', () => {
  const config = readFileSync('site/.vitepress/config.mjs', 'utf8');
  const files = readdirSync('docs', { recursive: true, encoding: 'utf8' });
  const pages = files.flatMap((file) => (file.endsWith('.md') ? file.slice(0, -3) : []));
  expect(pages.length).toBeGreaterThan(25);
  expect(pages.filter((page) => !config.includes(`'${page}'`))).toEqual([]);
});
