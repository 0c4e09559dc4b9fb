import { describe, expect, it } from 'vitest';
import { exemplarNaming } from '../../../backends/prometheus/exemplar-naming.ts';
import type { MetricType } from '../../../src/plugin.ts';

const keys = ['trace.id', 'span'];

describe('what a view calls series with tags for exemplars', () => {
  it.each<{
    title: string;
    type?: MetricType;
    tags: string[];
    sent?: string[];
    want: { tags: string[]; sent?: string[]; exemplar?: string[] };
  }>([
    { title: 'none of the tags', tags: ['a.b:1'], want: { tags: ['a.b:1'] } },
    { title: 'one', tags: ['a.b:1', 'trace.id:x'], want: { tags: ['a.b:1'], exemplar: ['trace_id:x'] } },
    { title: 'both, by name', tags: ['span:y', 'trace.id:x'], want: { tags: [], exemplar: ['span:y', 'trace_id:x'] } },
    { title: 'colons in the value', tags: ['span:a:b'], want: { tags: [], exemplar: ['span:a:b'] } },
    { title: 'a key that only begins so', tags: ['spanner:1'], want: { tags: ['spanner:1'] } },
    { title: 'a key that looks alike on the page', tags: ['trace_id:x'], want: { tags: ['trace_id:x'] } },
    { title: 'no value', tags: ['a:1', 'span', 'trace.id:'], want: { tags: ['a:1'] } },
    { title: '# before a tag', tags: ['#span:y'], want: { tags: [], exemplar: ['span:y'] } },
    {
      title: 'the last one as sent',
      tags: ['a_b:1', 'a-b:1', 'span:1', 'span:2'],
      sent: ['a_b:1', 'span:2', 'a-b:1', 'span:1'],
      want: { tags: ['a_b:1', 'a-b:1'], sent: ['a_b:1', 'a-b:1'], exemplar: ['span:1'] },
    },
    { title: 'a gauge has no exemplar', type: 'gauge', tags: ['a:1', 'span:y'], want: { tags: ['a:1'] } },
    { title: 'nor has a set', type: 'set', tags: ['span:y'], want: { tags: [] } },
    ...(['timer', 'histogram', 'distribution'] as const).map((type) => ({
      title: `a ${type} has one`,
      type,
      tags: ['span:y'],
      want: { tags: [], exemplar: ['span:y'] },
    })),
    {
      title: '128 characters, the name among them',
      tags: [`span:${'é'.repeat(124)}`],
      want: { tags: [], exemplar: [`span:${'é'.repeat(124)}`] },
    },
    { title: '129 characters', tags: [`span:${'😱'.repeat(125)}`], want: { tags: [] } },
  ])('$title', ({ type = 'counter', tags, sent, want }) => {
    const series = { name: 'a.b', tags, host: 'h', ...(sent && { sent }) };
    const renamed = exemplarNaming(keys, 'escaped')!.rename(type, series);
    expect(renamed).toEqual({ name: 'a.b', host: 'h', ...want });
  });

  it('in UTF-8 their labels keep their names', () => {
    const series = { name: 'a', tags: ['trace.id:x'] };
    expect(exemplarNaming(keys, 'utf-8')!.rename('counter', series)).toEqual({
      name: 'a',
      tags: [],
      exemplar: ['trace.id:x'],
    });
  });

  it('what has none of the tags, and what is of the server itself, is given as it is', () => {
    const naming = exemplarNaming(keys, 'escaped')!;
    for (const series of [
      { name: 'a', tags: ['a:1'] },
      { name: 'statsdrain.lines', tags: ['span:x'] },
    ])
      expect(naming.rename('counter', series)).toBe(series);
  });

  it('without keys there is none', () => {
    expect(exemplarNaming([], 'escaped')).toBeUndefined();
  });

  it('views are shared by those of the same keys and style', () => {
    const ids = [
      exemplarNaming(keys, 'escaped'),
      exemplarNaming([...keys].reverse(), 'escaped'),
      exemplarNaming(keys, 'utf-8'),
      exemplarNaming(['span'], 'escaped'),
    ].map((naming) => naming?.id);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(3);
  });
});
