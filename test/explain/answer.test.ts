import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { answerOf } from '../../src/explain/answer.ts';
import { temporaryFolder } from '../helper/process.ts';

it('tells what becomes of a line at each group of front-ends, as objects', async () => {
  const file = join(temporaryFolder(), 'config.json');
  const frontends = [
    { type: 'udp', port: 0 },
    { type: 'tcp', port: 0 },
    { type: 'udp', name: 'old', port: 0, dialect: 'statsd' },
  ];
  writeFileSync(file, JSON.stringify({ frontends, backends: [{ type: 'console' }], mapping: { namespace: 'acme' } }));
  const config = await loadConfig(file, {});
  const good = answerOf(config, 'page.views:3|c');
  expect(good).toMatchObject({
    ok: true,
    explanations: [
      {
        frontends: ['udp', 'tcp'],
        outcome: 'aggregated',
        series: [{ type: 'counter', name: 'page.views', views: [{ result: { name: 'acme.page.views' } }] }],
      },
      { frontends: ['old'], dialect: 'statsd', outcome: 'aggregated' },
    ],
  });
  expect(answerOf(config, 'page.views')).toMatchObject({
    explanations: [{ outcome: 'rejected', reason: 'no_value' }, { frontends: ['old'] }],
  });
});
