import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import plugin from '../../../../frontends/http/index.ts';
import { parseRules } from '../../../../frontends/http/rules/file.ts';
import { openRules } from '../../../../frontends/http/rules/open.ts';
import { kit } from '../../../../src/config/kit.ts';
import { atOnce } from '../../../../src/kit/slices.ts';
import type { Frontend } from '../../../../src/plugin.ts';
import { folderWith } from '../../../config/temporary.ts';
import { send } from '../../../helper/http-client.ts';
import { configure, frontendContext, recordIntake, waitFor } from '../../../helper/intake.ts';
import { found, frames, message } from '../log-frames.ts';
import { openReader } from '../reading.ts';

const running: Frontend[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((frontend) => frontend.stop()));
});

const count = (name: string, more: object = {}) => ({ name, metrics: [{ type: 'count', name, ...more }] });

function readerWith(...rules: readonly object[]) {
  const read = parseRules(JSON.stringify({ rules }), kit);
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const intake = recordIntake();
  const { book } = openRules({ set: read.set }, intake, frontendContext());
  const { reader } = openReader({ rules: book, intake });
  const begin = (app: string | undefined, repeated: boolean) =>
    reader.begin({ client: { name: 'user drain' }, app, stream: '', repeated });
  return { intake, reader, begin };
}

const FRAMES = { structuredData: false, believed: true };

describe('rules of a drain', () => {
  it('read the message of each frame, with its process and the app of the request, before all else', () => {
    const rule = { ...count('all', { tags: { proc: '$@proc' } }), when: { contains: 'x' } };
    const { intake, reader, begin } = readerWith(rule);
    begin('shop', false);
    atOnce(reader.frames(frames(message('app', 'web.1', 'x count#own'), message('app', 'web.x', 'y')), FRAMES));
    expect(found(intake)).toEqual(['counter all 1 proc:web.1,app:shop', 'counter own 1 source:web.1,app:shop']);
    expect(Object.fromEntries(intake.counted)).toMatchObject({
      'drain.rule_matches rule:all': 1,
      'drain.lines_without_metrics': 1,
    });
  });

  it('keep a line from all else where they are final, but not what the sender lost', () => {
    const { intake, reader, begin } = readerWith({ ...count('all'), final: true });
    begin(undefined, false);
    const lost = message('heroku', 'logplex', 'Error L10 (output buffer overflow): 7 messages dropped since 2024.');
    atOnce(reader.frames(frames(message('app', 'web.1', 'count#own'), lost), FRAMES));
    expect(found(intake)).toEqual(['counter all 1', 'counter all 1']);
    expect(intake.counted.get('drain.lost_lines')).toBe(7);
  });

  it('write no names that the credential of the body may not write', () => {
    const { intake, reader } = readerWith(count('cart.all'), count('other'), {
      name: 'any',
      parse: 'logfmt',
      metrics: [{ type: 'count', name: '$name' }],
    });
    reader.begin({ client: { name: 'user cart', prefixes: ['cart.'] }, app: undefined, stream: '', repeated: false });
    atOnce(reader.frames(frames(message('app', '-', 'name=stolen'), message('app', '-', 'name=cart.x')), FRAMES));
    expect(found(intake)).toEqual(expect.not.arrayContaining([expect.stringMatching(/other|stolen/)]));
    expect(found(intake)).toContain('counter cart.all 1');
    expect(intake.counted.get('drain.refused_names')).toBeGreaterThanOrEqual(2);
    expect(intake.discarded.get('unsupported')).toBe(intake.counted.get('drain.refused_names'));
  });

  it('read nothing of a body that was taken before', () => {
    const { intake, reader, begin } = readerWith(count('all'));
    begin(undefined, true);
    atOnce(reader.lines(Buffer.from('x\n')));
    expect(found(intake)).toEqual([]);
  });

  it('read records with the fields, the app and the process of each', () => {
    const rule = {
      ...count('all', { tags: { user: `\${user.name}`, proc: '$@proc', sev: `\${@severity:lower}` } }),
      parse: 'json',
    };
    const { intake, reader, begin } = readerWith(rule);
    begin('shop', false);
    reader.record({ text: 'a', fields: { user: { name: 'bob' } }, process: 'web.1', app: 'other', severity: 'ERROR' });
    reader.record({ text: '{"user":{"name":"amy"}}' });
    const fields = { user: { name: 'bob' } };
    reader.record({ text: '{"user":{"name":"eve"}}', fields });
    reader.record({ text: 'said {"user":{"name":"eve"}}', fields });
    reader.record({ text: 'b' });
    atOnce(reader.end());
    expect(found(intake)).toEqual([
      'counter all 1 user:bob,proc:web.1,sev:error,app:other',
      'counter all 1 user:amy,app:shop',
      'counter all 1 user:eve,app:shop',
      'counter all 1 user:bob,app:shop',
    ]);
  });

  it('are those of the file from the next request on, and stay where it is broken', async () => {
    const folder = folderWith({ 'rules.json': { rules: [count('old')] } });
    const file = join(folder, 'rules.json');
    const intake = recordIntake();
    const context = frontendContext();
    const frontend = plugin.create(configure(plugin, { port: 0, rules: file }), intake, context);
    running.push(frontend);
    const [address = ''] = await frontend.start();
    const post = () => send(new URL('/logs', address), 'x\n');

    await post();
    writeFileSync(file, JSON.stringify({ rules: [count('new')] }));
    await waitFor(() => context.logged.some(({ message }) => message === 'reads lines by other rules'));
    await post();
    writeFileSync(file, '{');
    await waitFor(() => context.logged.some(({ message }) => message.startsWith('the rules were not replaced')));
    await post();
    expect(found(intake)).toEqual(['counter old 1', 'counter new 1', 'counter new 1']);
  });
});
