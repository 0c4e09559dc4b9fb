import { describe, expect, it } from 'vitest';
import { createShard } from '../../src/aggregate/shard.ts';
import { type Dialect, defaultSettings, type Limits } from '../../src/config/settings.ts';
import { atOnce } from '../../src/kit/slices.ts';
import type { FrontendKeys } from '../../src/mapping/frontend-rules.ts';
import { rejectReasons, rejectSlot } from '../../src/protocol/reasons.ts';
import { createViews } from '../../src/window/views.ts';
import { contents } from '../helper/shard.ts';

const edge: FrontendKeys = { number: 1, prefix: 'edge.', tags: ['env:prod'] };
const styles: FrontendKeys = { number: 2, tagStyles: ['dogstatsd', 'influxdb', 'librato', 'signalfx'] };

function open(limits: Partial<Limits> = {}) {
  const settings = { ...defaultSettings, limits: { ...defaultSettings.limits, ...limits } };
  const shard = createShard({ index: 0, limits: settings.limits, now: () => 0, seed: 3 });
  const views = createViews(settings, [edge, styles]);
  atOnce(views.open('only', {}));
  let accounts = shard.handOver(0, false).accounts;
  return {
    shard,
    intake: (rules?: FrontendKeys, dialect: Dialect = 'auto') =>
      shard.intake(`${rules?.number} ${dialect}`, dialect, rules),
    window() {
      const partial = shard.handOver(1, false);
      ({ accounts } = partial);
      const { windows } = atOnce(views.merge([partial], 0, 1000, () => []));
      const { window } = windows.get('only')!;
      return { series: contents(window), window };
    },
    rejected: () =>
      Object.fromEntries(
        rejectReasons.flatMap((reason) => {
          const lines = accounts.reduce((sum, { slots }) => sum + slots[rejectSlot(reason)]!, 0);
          return lines === 0 ? [] : [[reason, lines]];
        }),
      ),
  };
}

const bytes = (...lines: readonly string[]) => Buffer.from(lines.join('\n'));

describe('keys of front-ends with rules', () => {
  it('are apart from equal ones of others, and one series where they are called alike', () => {
    const { intake, window } = open();
    const [plain, prefixed] = [intake(), intake(edge)];
    // Once they are known, the WebAssembly module reads them.
    for (let times = 0; times < 3; times++) {
      plain.lines(bytes('hits:1|c', 'edge.hits:10|c|#env:prod', 's:a|s', 't:1|ms|@0.5|#b,a'));
      prefixed.lines(bytes('hits:100|c', 'hits:1000|c|#env:prod', 's:b|s', 't:3|ms|#a,b'));
    }
    const { series } = window();
    expect(series).toMatchObject({ 'counter hits': 3, 'counter edge.hits{env:prod}': 3330, 'set s': 1 });
    expect(series['timer t{a,b}']).toMatchObject({ count: 6, sum: 6 });
    expect(series['timer edge.t{a,b,env:prod}']).toMatchObject({ count: 3, sum: 9 });
    expect(series['set edge.s{env:prod}']).toBe(1);
    expect(Object.keys(series)).toHaveLength(6);
  });

  it('are named in every dialect, and whichever way samples come', () => {
    const { intake, window } = open();
    intake(edge, 'statsd').lines(bytes('a b:1|c', 'a b:1|c'));
    intake(edge, 'dogstatsd').lines(bytes('agent:1|c|#x', 'agent:2|c|#x'));
    const ready = intake(edge);
    const held = ready.series('counter', 'held', 'b');
    held.add(1);
    held.add(2);
    ready.sample('gauge', 'ready', 5);
    ready.member('members', 'x');
    const stream = ready.stream();
    stream.push(bytes('streamed:1|c', 'stre'));
    stream.push(bytes('amed:2|c', ''));
    expect(window().series).toEqual({
      'counter edge.a_b{env:prod}': 2,
      'counter edge.agent{env:prod,x}': 3,
      'counter edge.held{b,env:prod}': 3,
      'counter edge.streamed{env:prod}': 3,
      'gauge edge.ready{env:prod}': 5,
      'set edge.members{env:prod}': 1,
    });
  });

  it('give events and checks their tags', () => {
    const { intake, window } = open();
    intake(edge).lines(bytes('_e{1,1}:t|x|#env:prod,a', '_sc|up|0', '_sc|up|0|#z'));
    const { events, serviceChecks } = window().window;
    expect(events.map(({ tags }) => tags)).toEqual([['a', 'env:prod']]);
    expect(serviceChecks.map(({ name, tags }) => [name, ...tags])).toEqual([
      ['up', 'env:prod'],
      ['up', 'env:prod', 'z'],
    ]);
  });

  it('are refused with a reason where their tags cannot be read, or are over a limit', () => {
    const { intake, window, rejected } = open({ tags: 2, tagLength: 10, nameLength: 8 });
    const styled = intake(styles);
    const bad = ['a,b=c:1|c|#d', 'a#b=c,d=e,f=g:1|c', 'a[b=12345678901]:1|c', 'too.long.1,b=c:1|c', ',b=c:1|c'];
    for (let times = 0; times < 2; times++) styled.lines(bytes(...bad, 'a,b=c:1|c', 'statsdrain.x,b=c:1|c'));
    expect(window().series).toEqual({ 'counter a{b:c}': 2 });
    expect(rejected()).toEqual({
      mixed_tag_styles: 2,
      too_many_tags: 2,
      tag_too_long: 2,
      name_too_long: 2,
      empty_name: 2,
      reserved_name: 2,
    });
  });

  it('are clipped in the dialect "dogstatsd" as without rules', () => {
    const { intake, window, rejected } = open({ tags: 2, tagLength: 5 });
    const agent = intake({ ...edge, tags: ['z'] }, 'dogstatsd');
    for (let times = 0; times < 2; times++) agent.lines(bytes('a:1|c|#123456789,b,c'));
    expect(window().series).toEqual({ 'counter edge.a{12345,b,env:prod}': 2 });
    expect(rejected()).toEqual({});
  });

  it('are judged by the limits of the day', () => {
    const { shard, intake, window, rejected } = open();
    const styled = intake(styles);
    shard.setLimits({ ...defaultSettings.limits, tags: 1 });
    styled.lines(bytes('a,b=c,d=e:1|c'));
    window();
    expect(rejected()).toEqual({ too_many_tags: 1 });
  });

  it('have no prefix on the overflow series, and none of them passes for one of the server', () => {
    const { intake, window } = open({ series: 1 });
    const prefixed = intake({ number: 1, prefix: 'edge.' });
    prefixed.lines(bytes('a:1|c', 'b:2|c'));
    expect(window().series).toEqual({ 'counter edge.a{env:prod}': 1, 'counter statsdrain.overflow.counter': 2 });
  });
});
