import { describe, expect, it } from 'vitest';
import { createLineGlob } from '../../src/packets/line-glob.ts';

/** With other bytes around the line. */
function fits(glob: string, line: string): boolean {
  const bytes = Buffer.from(`x:1|c\n${line}\ny:1|c`);
  return createLineGlob(glob)(bytes, 6, 6 + Buffer.byteLength(line));
}

describe('a glob over names', () => {
  it.each([
    ['', ''],
    ['', 'anything'],
    ['web', 'web:1|c'],
    ['web', 'web'],
    ['web.*', 'web.:1|c'],
    ['web.*', 'web.hits:1|c|#a:b'],
    ['*', 'a:1|c'],
    ['*', ':1|c'],
    ['*.hits', 'web.hits:1|c'],
    ['*.hits', 'a.hits.b.hits:1|c'],
    ['a*b*c', 'a1b2b3c:1|c'],
    ['a**c', 'ac:1|c'],
    ['w?b', 'web:1|c'],
    ['w?b', 'wéb:1|c'],
    ['é*', 'éa:1|c'],
    ['no value', 'no value'],
    ['bad', 'bad|c'],
    ['db', '_sc|db|1'],
    ['d*', '_sc|db|1'],
    ['_e{*', '_e{2,2}:up|ok'],
    ['web', 'web;env=prod:1|c'],
    ['web', 'web,env=prod:1|c'],
    ['web', 'web#env=prod:1|c'],
    ['web;env=*', 'web;env=prod:1|c'],
    ['?#a', 'x#a:1|c'],
  ])('"%s" fits "%s"', (glob, line) => expect(fits(glob, line)).toBe(true));

  it.each([
    ['web', 'webs:1|c'],
    ['web', 'we:1|c'],
    ['web', ''],
    ['web.*', 'web:1|c'],
    ['*.hits', 'web.hits2:1|c'],
    ['w?b', 'wb:1|c'],
    ['w??b', 'wéb:1|c'],
    ['prod', 'web;env=prod:1|c'],
    ['*prod', 'web:1|c|#env:prod'],
    ['_sc*', '_sc|db|1'],
    ['?', ';a=b:1|c'],
    ['*b', `${'a'.repeat(600)}b:1|c`],
  ])('"%s" does not fit "%s"', (glob, line) => expect(fits(glob, line)).toBe(false));
});
