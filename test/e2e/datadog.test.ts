import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { datadogIntake } from '../helper/datadog-intake.ts';
import { runCommand, startServer, temporaryFolder } from '../helper/process.ts';
import { sendStream } from '../helper/send.ts';

const FIRST = 'first-key-first-key-first-key-00';
const SECOND = 'second-key-second-key-second-key';

async function intakeFor(key: string) {
  const intake = await datadogIntake(key);
  onTestFinished(intake.close);
  return intake;
}

const config = (url: string, more: object = {}) => ({
  flushInterval: '1s',
  retry: { min: '50ms', max: '200ms' },
  frontends: [{ type: 'tcp', port: 0 }],
  backends: [{ type: 'datadog', url, apiKey: { file: 'key' }, hostname: 'h1', ...more }],
});

test('D22 D24 a key that was replaced in its file is used when the old one is refused, without a restart', async () => {
  const intake = await intakeFor(FIRST);
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'key'), `${FIRST}\n`);
  const server = await startServer(config(intake.url), { folder });
  await vi.waitFor(() => expect(intake.validations).toEqual([FIRST]), 20_000);
  writeFileSync(join(folder, 'key'), `${SECOND}\n`);
  intake.setKeys(SECOND);
  await sendStream(server.port('tcp'), 'hits:3|c\n');
  const arrived = (name: string) => intake.series.some(({ metric }) => metric === name);
  // The start has looked at the file, and 30 s must pass before it is looked at again: a reload does not wait.
  server.signal('SIGHUP');
  await vi.waitFor(() => expect(arrived('hits')).toBe(true), 20_000);
  // A window that ended before the keys changed went out under the first one.
  const [accepted] = intake.requests.filter(({ status, body }) => status === 202 && body.includes('"hits"'));
  expect(accepted?.headers['dd-api-key']).toBe(SECOND);
  expect(accepted?.headers['user-agent']).toMatch(/^statsdrain\/\d/);
  expect(await server.stop()).toBe(0);
  expect(server.stdout + server.stderr).not.toMatch(/first-key|second-key/);
});

test('D20 D23 check --online asks each organisation, and says which one does not know its key', async () => {
  const here = await intakeFor(FIRST);
  const there = await intakeFor(SECOND);
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'key'), FIRST);
  const further = { name: 'eu', url: there.url, apiKey: FIRST };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config(here.url, { destinations: [further] })));
  const { code, stdout } = await runCommand(['check', 'config.json', '--online'], folder);
  expect(stdout).toContain(`${here.url} knows the key`);
  expect(stdout).toContain(`${here.url}/api/v2/series answers (202)`);
  expect(stdout).toContain(`eu: failed: GET ${there.url}/api/v1/validate: 403`);
  expect(stdout).not.toContain(FIRST);
  expect(code).toBe(69);
});

test('D23 check --online says nothing but what it found, however many organisations there are', async () => {
  const intake = await intakeFor(FIRST);
  const keys = ['a', 'b', 'c'].map((letter) => letter.repeat(32));
  intake.setKeys(FIRST, ...keys);
  const folder = temporaryFolder();
  const destinations = keys.map((apiKey) => ({ name: apiKey.slice(0, 1), url: intake.url, apiKey }));
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config(intake.url, { apiKey: FIRST, destinations })));
  const { code, stdout, stderr } = await runCommand(['check', 'config.json', '--online'], folder);
  expect(stdout.match(/ answers \(202\)/g)).toHaveLength(4 * 4);
  expect([code, stderr]).toEqual([0, '']);
});

test('windows of less than a second are refused where they go to Datadog', async () => {
  const folder = temporaryFolder();
  const backends = [{ type: 'datadog', apiKey: FIRST }];
  const frontends = [{ type: 'tcp', port: 0 }];
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ flushInterval: '500ms', frontends, backends }));
  const { code, stderr, stdout } = await runCommand(['check', 'config.json'], folder);
  expect(stderr + stdout).toContain('backends[0]: Datadog keeps one point of a series for each second');
  expect(code).toBe(78);
});

test('D2 an idle counter is 0 for as long as "zeroFill" says, whatever "expire" says', async () => {
  const intake = await intakeFor(FIRST);
  const server = await startServer(config(intake.url, { apiKey: FIRST, zeroFill: '3s', counterType: 'count' }));
  await sendStream(server.port('tcp'), 'hits:3|c|#Env:Prod\n');
  const points = () =>
    intake.series.flatMap(({ metric, points: [point] }) => (metric === 'hits' && point !== undefined ? [point] : []));
  const newest = () => Math.max(...intake.series.map(({ points: [point] }) => point?.timestamp ?? 0));
  await vi.waitFor(() => expect(newest()).toBeGreaterThan((points()[0]?.timestamp ?? Number.NaN) + 6), 30_000);
  const [first, ...zeros] = points();
  expect(first?.value).toBe(3);
  // On a busy machine a window may be as long as two.
  expect(zeros.length).toBeGreaterThan(0);
  for (const { timestamp, value } of zeros) {
    expect(value).toBe(0);
    expect([1, 2, 3]).toContain(timestamp - first!.timestamp);
  }
  expect(intake.series.find(({ metric }) => metric === 'hits')?.tags).toEqual(['env:prod']);
  expect(await server.stop()).toBe(0);
});
