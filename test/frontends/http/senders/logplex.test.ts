import { describe, expect, it } from 'vitest';
import { logplex, repeatKey } from '../../../../frontends/http/senders/logplex.ts';
import { frames, message } from '../log-frames.ts';

describe('what a body is known again by', () => {
  it.each<[headers: Record<string, string>, key: string | undefined]>([
    [{}, undefined],
    [{ 'logplex-frame-id': '' }, undefined],
    [{ 'logplex-frame-id': '09C5', 'logplex-drain-token': 'd.1' }, 'd.1\n09C5'],
    [{ 'logplex-frame-id': '09C5', 'x-request-id': 'x' }, '\n09C5'],
    [{ 'x-request-id': '7c2e' }, '\n7c2e'],
    [{ 'x-request-id': 'x'.repeat(201) }, undefined],
  ])('%o', (headers, key) => {
    expect(repeatKey(headers)).toBe(key);
  });
});

describe('whose a body is', () => {
  const good = frames(message('app', 'web.1', 'count#a'));
  it.each<[title: string, headers: Record<string, string>, mediaType: string, body: Buffer, expected: boolean]>([
    ['its type', {}, 'application/logplex-1', Buffer.from('x'), true],
    ['a header of Logplex', { 'logplex-msg-count': '1' }, 'text/plain', Buffer.from('x'), true],
    ['a header of log-shuttle', { 'logplex-drop-count': '0' }, '', Buffer.from('x'), true],
    ['its first bytes', {}, 'application/x-www-form-urlencoded', good, true],
    ['its first bytes, before damage', {}, '', Buffer.concat([good, good, Buffer.from('x')]), true],
    ['lines', {}, 'text/plain', Buffer.from('12 count#a\n'), false],
    ['nothing', {}, '', Buffer.alloc(0), false],
  ])('%s', (_title, headers, mediaType, body, expected) => {
    expect(logplex.claims?.({ headers, mediaType }, body)).toBe(expected);
  });
});
