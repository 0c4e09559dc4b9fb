import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEvent, isServiceCheck, parseEvent, parseServiceCheck } from '../../src/protocol/event.ts';

const NOW = 1_700_000_000;
const plain = { timestamp: NOW, priority: 'normal', alertType: 'info', tags: [] };

/** `after` is what a longer line left in the buffer. */
function event(line: string, after = '') {
  const bytes = Buffer.from(`x${line}${after}`);
  const end = bytes.length - Buffer.byteLength(after);
  return isEvent(bytes, 1, end) ? parseEvent(bytes, 1, end, NOW) : 'no event';
}

function check(line: string, after = '') {
  const bytes = Buffer.from(`x${line}${after}`);
  const end = bytes.length - Buffer.byteLength(after);
  return isServiceCheck(bytes, 1, end) ? parseServiceCheck(bytes, 1, end, NOW) : 'no check';
}

describe('events', () => {
  it.each([
    ['_e{10,24}:test title|test\\line1\\nline2\\nline3', { title: 'test title', text: 'test\\line1\nline2\nline3' }],
    ['_e{10,24}:test|title|test\\line1\\nline2\\nline3', { title: 'test|title', text: 'test\\line1\nline2\nline3' }],
    ['_e{10,0}:test title||t:warning', { title: 'test title', text: '', alertType: 'warning' }],
    ['_e{5,4}:title|text|d:abc', { title: 'title', text: 'text' }],
    ['_e{5,4}:title|text|t:test', { title: 'title', text: 'text' }],
    ['_e{5,4}:title|text|p:urgent', { title: 'title', text: 'text' }],
    ['_e{5,4}:title|text|x:1234', { title: 'title', text: 'text' }],
    ['_e{2,2}:é|ok', { title: 'é', text: 'ok' }],
    // hot-shots counts in units of UTF-16.
    ['_e{1,1}:é|b', { title: 'é', text: 'b' }],
    ['_e{2,8}:tï|größe ok|t:error', { title: 'tï', text: 'größe ok', alertType: 'error' }],
    ['_e{3,4}:a😀|b😀c|#k:v', { title: 'a😀', text: 'b😀c', tags: ['k:v'] }],
    ['_e{1,4}:t|üabc|h:x', { title: 't', text: 'üabc', host: 'x' }],
    // What follows the announced length is ignored.
    ['_e{5,4}:title|textXYZ', { title: 'title', text: 'text' }],
    ['_e{5,4}:title|textXYZ|t:error', { title: 'title', text: 'text', alertType: 'error' }],
    ['_e{5,3}:title|text', { title: 'title', text: 'tex' }],
    ['_e{1,1}:a|bc', { title: 'a', text: 'b' }],
    ['_e{1,1}:a|b', { title: 'a', text: 'b' }],
    ['_e{1,1}:a|b\r', { title: 'a', text: 'b' }],
    ['_e{1,1}:||||', { title: '|', text: '|' }],
    ['_e{0001,01}:a|b', { title: 'a', text: 'b' }],
    ['_e{4,4}:a\\nb|\\n\\n', { title: 'a\nb', text: '\n\n' }],
    ['_e{3,4}:☕|😀', { title: '☕', text: '😀' }],
    ['_e{3,1}:\ufeff|x', { title: '\ufeff', text: 'x' }],
    ['_e{9,11}:__proto__|constructor', { title: '__proto__', text: 'constructor' }],
    ['_e{5,4}:title|text|d:12|d:34', { title: 'title', text: 'text', timestamp: 34 }],
    ['_e{5,4}:title|text|d:12|d:x', { title: 'title', text: 'text', timestamp: 12 }],
    ['_e{5,4}:title|text|d:', { title: 'title', text: 'text' }],
    ['_e{5,4}:title|text|d:-5', { title: 'title', text: 'text' }],
    ['_e{5,4}:title|text|d:1e9', { title: 'title', text: 'text' }],
    ['_e{5,4}:title|text|d:9999999999999999999999', { title: 'title', text: 'text' }],
    ['_e{5,4}:title|text|p:low|p:normal', { title: 'title', text: 'text' }],
    ['_e{5,4}:title|text|t:error|t:success', { title: 'title', text: 'text', alertType: 'success' }],
    ['_e{5,4}:title|text|h:|k:|s:', { title: 'title', text: 'text', host: '', aggregationKey: '', sourceType: '' }],
    ['_e{5,4}:title|text|', { title: 'title', text: 'text' }],
    ['_e{5,4}:title|text|||', { title: 'title', text: 'text' }],
    ['_e{5,4}:title|text|#', { title: 'title', text: 'text' }],
    ['_e{5,4}:title|text|#a|#b', { title: 'title', text: 'text', tags: ['b'] }],
    ['_e{5,4}:title|text|#host:web,b', { title: 'title', text: 'text', host: 'web', tags: ['b'] }],
    ['_e{5,4}:title|text|h:own|#host:web', { title: 'title', text: 'text', host: 'own' }],
    ['_e{5,4}:title|text|#host:web|h:', { title: 'title', text: 'text', host: '' }],
    ['_e{5,4}:title|text|#dd.internal.entity_id:u,b', { title: 'title', text: 'text', tags: ['b'] }],
    ['_e{5,4}:title|text|c:ci-abc|e:it-true|card:low', { title: 'title', text: 'text' }],
    ['_e{5,4}:title|text|#b,a:1,b\r', { title: 'title', text: 'text', tags: ['a:1', 'b'] }],
    [
      '_e{10,9}:test title|test text|t:warning|d:12345|p:low|h:some.host|k:aggKey|s:source test|#tag1,tag2:test',
      {
        title: 'test title',
        text: 'test text',
        alertType: 'warning',
        timestamp: 12345,
        priority: 'low',
        host: 'some.host',
        aggregationKey: 'aggKey',
        sourceType: 'source test',
        tags: ['tag1', 'tag2:test'],
      },
    ],
  ])('%s', (line, result) => expect(event(line)).toEqual({ ...plain, ...result }));

  it.each([
    '_e{0,9}:|test text',
    '_e{10,10}:title|text',
    '_e{-123,-987}:',
    '_e{5,-987}:title',
    '_e{0001,-9876',
    '_e{5,4}:titleXtext',
    '_e{5,4}title|text',
    '_e{5 4}:title|text',
    '_e{}:',
    '_e{,}:',
    '_e{99999999999999999999,1}:a|b',
    '_e{1,99999999999999999999}:a|b',
    '_e{1,2}:a|b',
    '_e{2,1}:a|b',
    '_e{1,1}a|b',
    '_e{1,1}: a|b',
    '_e{ 1,1}:a|b',
    '_e{+1,1}:a|b',
    '_e{1.0,1}:a|b',
    '_e{0x1,1}:a|b',
    '_e{1,1]:a|b',
    '_e{1,1}',
    '_e{1,1}:',
    '_e{1,1}:a',
    '_e{1,1}:a|',
    '_e{5',
    '_e{5,',
    '_e{5,4',
    '_e{',
  ])('%s is rejected', (line) => expect(event(line)).toBeUndefined());

  it.each(['_e:title|text', '_e|text', '_events:1|c', 'a_e{1,1}:a|b', '_E{1,1}:a|b', '_e', '_', ''])(
    '%s is no event',
    (line) => expect(event(line)).toBe('no event'),
  );
});

it('takes nothing from what lies behind the line', () => {
  const line = '_e{5,4}:title|text';
  for (let cut = 3; cut < line.length; cut++) expect(event(line.slice(0, cut), line.slice(cut))).toBeUndefined();
  expect(event(line, '|t:error|#stale')).toEqual({ ...plain, title: 'title', text: 'text' });
  expect(check('_sc|a', '|0')).toBeUndefined();
  expect(check('_sc|a|', '0')).toBeUndefined();
  expect(check('_sc|a|0', '1|m:stale')).toEqual({ name: 'a', status: 0, timestamp: NOW, tags: [] });
});

it('reads back every event that is written by the book', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '|', 'é', '☕', '\\', ':', '{', ',', '\ufeff'), maxLength: 12 });
  const title = text.filter((one) => one !== '');
  fc.assert(
    fc.property(title, text, (first, second) => {
      const line = `_e{${Buffer.byteLength(first)},${Buffer.byteLength(second)}}:${first}|${second}|p:low`;
      expect(event(line)).toEqual({ ...plain, title: first, text: second, priority: 'low' });
    }),
  );
});

it('never throws', () => {
  const token = fc.constantFrom(
    '_e{',
    '_sc|',
    '1',
    '0',
    '99',
    ',',
    '}',
    ':',
    '|',
    '#',
    'd:',
    'a',
    'é',
    '\r',
    '\\n',
    '\0',
  );
  const line = fc.array(token, { maxLength: 20 }).map((tokens) => tokens.join(''));
  fc.assert(
    fc.property(fc.constantFrom('_e{', '_e{1,1}:', '_sc|', ''), line, line, (start, rest, after) => {
      event(start + rest, after);
      check(start + rest, after);
    }),
    { numRuns: 3000 },
  );
});

describe('service checks', () => {
  it.each([
    ['_sc|agent.up|0', { name: 'agent.up', status: 0 }],
    ['_sc|agent.up|1\r', { name: 'agent.up', status: 1 }],
    ['_sc|agent.up|0|d:some_time', { name: 'agent.up', status: 0 }],
    ['_sc|a|1', { name: 'a', status: 1 }],
    ['_sc|a|2', { name: 'a', status: 2 }],
    ['_sc|a|3', { name: 'a', status: 3 }],
    ['_sc|a b:c|0', { name: 'a b:c', status: 0 }],
    ['_sc|__proto__|0', { name: '__proto__', status: 0 }],
    ['_sc|\ufeff|0', { name: '\ufeff', status: 0 }],
    ['_sc|a|0|', { name: 'a', status: 0 }],
    ['_sc|a|0|||', { name: 'a', status: 0 }],
    ['_sc|a|0|m:', { name: 'a', status: 0, message: '' }],
    ['_sc|a|0|m:one|m:two', { name: 'a', status: 0, message: 'two' }],
    ['_sc|a|0|d:1|d:2', { name: 'a', status: 0, timestamp: 2 }],
    ['_sc|a|0|d:1|d:2.5', { name: 'a', status: 0, timestamp: 1 }],
    ['_sc|a|0|x:1|c:ci-abc|card:low', { name: 'a', status: 0 }],
    ['_sc|a|0|#b,a,,b', { name: 'a', status: 0, tags: ['a', 'b'] }],
    ['_sc|a|0|#host:web,b', { name: 'a', status: 0, host: 'web', tags: ['b'] }],
    ['_sc|a|0|#host:web|h:own', { name: 'a', status: 0, host: 'own' }],
    ['_sc|a|0|m:x|y', { name: 'a', status: 0, message: 'x' }],
    ['_sc|a|3|m:one\\ntwo', { name: 'a', status: 3, message: 'one\\ntwo' }],
    ['_sc|a|3|m:m\\: x', { name: 'a', status: 3, message: 'm\\: x' }],
    [
      '_sc|agent.up|2|d:21|h:localhost|#tag1:test,tag2|m:this is fine',
      {
        name: 'agent.up',
        status: 2,
        timestamp: 21,
        host: 'localhost',
        tags: ['tag1:test', 'tag2'],
        message: 'this is fine',
      },
    ],
  ])('%s', (line, result) => expect(check(line)).toEqual({ timestamp: NOW, tags: [], ...result }));

  it.each([
    '_sc|agent.up',
    '_sc|agent.up|',
    '_sc||',
    '_sc|',
    '_sc||0',
    '_sc|agent.up|OK',
    '_sc|agent.up|21',
    '_sc|a|4',
    '_sc|a|-1',
    '_sc|a|00',
    '_sc|a| 0',
    '_sc|a|0 ',
    '_sc|a|0.0',
    '_sc|a||0',
    '_sc|\r',
    '_sc|a|\r',
  ])('%s is rejected', (line) => expect(check(line)).toBeUndefined());

  it.each(['_scores.x:1|c|#a:b', '_sc:1|c', 'a_sc|b|0', '_SC|a|0', '_sc', ''])('%s is no service check', (line) =>
    expect(check(line)).toBe('no check'),
  );
});
