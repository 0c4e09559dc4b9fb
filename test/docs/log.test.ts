import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as exitCodes from '../../src/process/exit-codes.ts';
import { logCalls } from '../helper/log-calls.ts';

const page = readFileSync('docs/LOG.md', 'utf8');

it('docs/LOG.md has each message of the log with its level, and none that there is no more', () => {
  const said = [...page.matchAll(/^\| (info|warn|error) +\| `([^`]+)` +\| (.+?) +\|$/gm)];
  const listed = said.map(([, level, message]) => `${level} ${message}`);
  const logged = logCalls().map(({ level, message }) => `${level} ${message}`);
  expect(logged.length).toBeGreaterThan(90);
  expect([...new Set(listed)].sort()).toEqual([...new Set(logged)].sort());
});

it('docs/LOG.md has each exit code', () => {
  const listed = [...page.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
  expect(listed).toEqual([0, ...Object.values(exitCodes)].sort((a, b) => a - b));
});
