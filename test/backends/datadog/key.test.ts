import { expect, it } from 'vitest';
import { createKey } from '../../../backends/datadog/key.ts';
import { recordingContext } from '../../helper/window.ts';

const OLD = 'a'.repeat(32);
const NEW = 'b'.repeat(32);

function key(reread: () => string | undefined) {
  const context = recordingContext();
  const clock = { ms: 0 };
  return { key: createKey(OLD, 'eu', reread, context.log, () => clock.ms), clock, context };
}

it('D22 is read again, no more than once in 30 s', () => {
  let looks = 0;
  let stands = OLD;
  const { key: one, clock } = key(() => {
    looks++;
    return stands;
  });
  expect([one.renew(), one.renew(), looks]).toEqual([false, false, 1]);
  stands = NEW;
  clock.ms = 29_999;
  expect([one.renew(), looks]).toEqual([false, 1]);
  clock.ms = 30_000;
  // All requests that were under way with the old one are worth another attempt.
  expect([one.renew(), one.renew(), looks]).toEqual([true, true, 2]);
  expect(one.headers()).toEqual({ 'DD-API-KEY': NEW });
  expect(one.secrets()).toEqual([NEW, OLD]);
  clock.ms = 60_000;
  expect([one.renew(), looks]).toEqual([false, 3]);
});

it('D22 stays where it is written into the configuration', () => {
  const { key: one, context } = key(() => undefined);
  expect(one.renew()).toBe(false);
  expect(one.headers()).toEqual({ 'DD-API-KEY': OLD });
  expect(context.logged).toEqual([]);
});

it('D22 D24 stays the old one where the new one cannot be read, or is none; neither is told', () => {
  const broken = `${NEW} with blanks`;
  let fault = true;
  const {
    key: one,
    clock,
    context,
  } = key(() => {
    if (fault) throw new Error('cannot read the file "/run/key": no such file');
    return broken;
  });
  expect(one.renew()).toBe(false);
  fault = false;
  clock.ms = 30_000;
  expect(one.renew()).toBe(false);
  expect(one.headers()).toEqual({ 'DD-API-KEY': OLD });
  expect(context.logged.map(({ message }) => message)).toEqual([
    'the API key for eu cannot be read again: cannot read the file "/run/key": no such file; going on with the old one',
  ]);
  expect(JSON.stringify(context.logged)).not.toMatch(/aaaa|bbbb/);
});
