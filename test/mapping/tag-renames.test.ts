import { expect, it } from 'vitest';
import { createTagRenames } from '../../src/mapping/tag-renames.ts';
import type { Identity } from '../../src/protocol/identity.ts';

const rename = createTagRenames({ kind: 'tagRenames', renames: { a: 'z', z: 'a', node: 'host', host: 'machine' } });
const of = (tags: readonly string[], host?: string): Identity => ({
  name: 'n',
  tags,
  ...(host === undefined ? {} : { host }),
});

it.each<[Identity, Identity]>([
  [of(['a:1', 'b:2']), of(['b:2', 'z:1'])],
  [of(['a:1', 'z:2']), of(['a:2', 'z:1'])],
  [of(['a', 'b']), of(['b', 'z'])],
  [of(['a:1', 'a:x:y']), of(['z:1', 'z:x:y'])],
  [of(['node:web']), of([], 'web')],
  [of(['b'], 'web'), of(['b', 'machine:web'])],
  [of(['node:new'], 'old'), of(['machine:old'], 'new')],
])('%j becomes %j', (given, result) => {
  expect(rename('counter', given)).toEqual({ rule: 'renameTags', says: 'tags get other keys', result });
});

it('leaves what it does not concern', () => {
  const given = of(['b:a', 'aa:1']);
  expect(rename('gauge', given).result).toBe(given);
});
