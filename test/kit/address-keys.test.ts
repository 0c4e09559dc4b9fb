import { expect, it } from 'vitest';
import { kit } from '../../src/config/kit.ts';
import { addressKeys } from '../../src/kit/address-keys.ts';

const schema = kit.z.strictObject(addressKeys(kit, 8125));

it('are the loopback and the given port by default', () => {
  expect(schema.parse({})).toEqual({ host: '127.0.0.1', port: 8125 });
  expect(schema.parse({ host: '::', port: 0 })).toEqual({ host: '::', port: 0 });
});

it.each([{ host: '' }, { host: 1 }, { port: -1 }, { port: 65_536 }, { port: 1.5 }])('are not %j', (block) => {
  expect(schema.safeParse(block).error?.issues.map(({ path }) => path)).toEqual([Object.keys(block)]);
});
