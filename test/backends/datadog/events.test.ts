import { expect, it } from 'vitest';
import { checkItems, eventBatches } from '../../../backends/datadog/events.ts';
import { labeller } from '../../../backends/datadog/naming.ts';
import type { Event, ServiceCheck } from '../../../src/plugin.ts';

const label = labeller(['env:prod'], 'h1');

const event: Event = {
  title: 'deploy',
  text: 'v2 is out\nsince now',
  timestamp: 1_700_000_005,
  priority: 'low',
  alertType: 'success',
  tags: ['a:1'],
};

function sentEvent(changes: Partial<Event>): unknown {
  const [batch] = eventBatches([{ ...event, ...changes }], label, 'h1');
  const [item] = batch!.items;
  return JSON.parse(Buffer.from(item!.body).toString());
}

const plain = {
  msg_title: 'deploy',
  msg_text: 'v2 is out\nsince now',
  timestamp: 1_700_000_005,
  priority: 'low',
  alert_type: 'success',
  host: 'h1',
  tags: ['a:1', 'env:prod'],
};

it.each<{ title: string; changes: Partial<Event>; want: unknown }>([
  { title: 'without options', changes: {}, want: plain },
  {
    title: 'with all',
    changes: { host: 'own', aggregationKey: 'k', sourceType: 'git' },
    want: { ...plain, host: 'own', aggregation_key: 'k', source_type_name: 'git' },
  },
  { title: 'a host tag', changes: { tags: ['host:t'] }, want: { ...plain, host: 't', tags: ['env:prod'] } },
  {
    title: 'its own host before a host tag',
    changes: { host: 'own', tags: ['host:t'] },
    want: { ...plain, host: 'own', tags: ['env:prod'] },
  },
  {
    title: 'too long',
    changes: { title: 't'.repeat(5000), text: 'x'.repeat(5000), aggregationKey: 'k'.repeat(200) },
    want: { ...plain, msg_title: 't'.repeat(4000), msg_text: 'x'.repeat(4000), aggregation_key: 'k'.repeat(100) },
  },
  {
    title: 'cut inside a character',
    changes: { text: `${'x'.repeat(3999)}🌡` },
    want: { ...plain, msg_text: `${'x'.repeat(3999)}\uFFFD` },
  },
])('event: $title', ({ changes, want }) => {
  expect(sentEvent(changes)).toEqual(want);
});

it('D1 events are sent by source, in bodies as the Agent posts them', () => {
  const sources = [undefined, 'git', undefined, 'ü"[{'];
  const events = sources.map((sourceType, i) => ({
    ...event,
    title: `${i}`,
    ...(sourceType === undefined ? {} : { sourceType }),
  }));
  const bodies = eventBatches(events, label, 'größe').map(({ endpoint: { head, tail, separator }, items }) => {
    expect(head).toMatch(/^[\x20-\x7e]*$/);
    expect(tail).toMatch(/^[\x20-\x7e]*$/);
    return JSON.parse(`${head}${[...items].map(({ body }) => body).join(separator)}${tail}`);
  });
  const titles = (body: { events: Record<string, { msg_title: string }[]> }) =>
    Object.entries(body.events).map(([source, those]) => [source, those.map((one) => one.msg_title)]);
  expect(bodies.map(titles)).toEqual([[['api', ['0', '2']]], [['git', ['1']]], [['ü"[{', ['3']]]]);
  expect(bodies.map((body) => [body.apiKey, body.internalHostname])).toEqual(bodies.map(() => ['', 'größe']));
});

it.each<{ title: string; check: ServiceCheck; want: unknown; losses: number }>([
  {
    title: 'without options',
    check: { name: 'agent.up', status: 0, timestamp: 1_700_000_005, tags: [] },
    want: { check: 'agent.up', host_name: 'h1', status: 0, timestamp: 1_700_000_005, tags: ['env:prod'] },
    losses: 0,
  },
  {
    title: 'with all',
    check: {
      name: 'my-app up',
      status: 3,
      timestamp: 1_700_000_005,
      host: 'own',
      message: 'why?',
      tags: ['a', 'host:x'],
    },
    want: {
      check: 'my-app up',
      host_name: 'own',
      status: 3,
      timestamp: 1_700_000_005,
      message: 'why?',
      tags: ['a', 'env:prod'],
    },
    losses: 0,
  },
  {
    title: 'without a name',
    check: { name: '', status: 0, timestamp: 1_700_000_005, tags: [] },
    want: undefined,
    losses: 1,
  },
])('service check: $title', ({ check, want, losses }) => {
  let lost = 0;
  const [item] = checkItems([check], label, (_, items) => {
    lost += items;
  });
  expect(item === undefined ? undefined : JSON.parse(Buffer.from(item.body).toString())).toEqual(want);
  expect(lost).toBe(losses);
});
