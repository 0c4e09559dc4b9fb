import { describe, expect, it } from 'vitest';
import { isEvent, isServiceCheck, parseEvent, parseServiceCheck } from '../../src/protocol/event.ts';

const NOW = 1_700_000_000;
const plain = { timestamp: NOW, priority: 'normal', alertType: 'info', tags: [] };

function event(line: string) {
  const bytes = Buffer.from(`x${line}`);
  return isEvent(bytes, 1, bytes.length) ? parseEvent(bytes, 1, bytes.length, NOW) : 'no event';
}

function check(line: string) {
  const bytes = Buffer.from(`x${line}`);
  return isServiceCheck(bytes, 1, bytes.length) ? parseServiceCheck(bytes, 1, bytes.length, NOW) : 'no check';
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
    '_e{5,3}:title|text',
    '_e{5 4}:title|text',
    '_e{}:',
    '_e{,}:',
    '_e{99999999999999999999,1}:a|b',
    '_e{5,4',
    '_e{',
  ])('%s is rejected', (line) => expect(event(line)).toBeUndefined());

  it.each(['_e:title|text', '_e|text', '_events:1|c', 'a_e{1,1}:a|b'])('%s is no event', (line) =>
    expect(event(line)).toBe('no event'),
  );
});

describe('service checks', () => {
  it.each([
    ['_sc|agent.up|0', { name: 'agent.up', status: 0 }],
    ['_sc|agent.up|1\r', { name: 'agent.up', status: 1 }],
    ['_sc|agent.up|0|d:some_time', { name: 'agent.up', status: 0 }],
    ['_sc|a|0|m:x|y', { name: 'a', status: 0, message: 'x' }],
    ['_sc|a|3|m:one\\ntwo', { name: 'a', status: 3, message: 'one\ntwo' }],
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
  ])('%s is rejected', (line) => expect(check(line)).toBeUndefined());

  it.each(['_scores.x:1|c|#a:b', '_sc:1|c', 'a_sc|b|0'])('%s is no service check', (line) =>
    expect(check(line)).toBe('no check'),
  );
});
