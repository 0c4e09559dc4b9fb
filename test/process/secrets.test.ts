import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { keepSecrets, keptSecrets, masked, maskedValue, words } from '../../src/process/secrets.ts';

const dollar = (name: string) => `\${${name}}`;
const values: Readonly<Record<string, string>> = {
  TOKEN: 'k3y/of "all" locks',
  PART: 'abcdef',
  WHOLE: 'abcdefgh',
  SHORT: 'prod',
  URL: 'https://some-user:p%40ssw0rd@Metrics.Example.com:8443/v2/0123456789abcdef/write?key=fedcba9876543210',
  PEM: '-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0\n-----END KEY-----',
  WÖRD: 'wörter mit blank',
};
const plain = ['8125', '10s', '64MiB', 'true', '127.0.0.1', '[::1]', '::', 'localhost', 'graphite', 'dogstatsd', ''];

beforeAll(() => {
  keepSecrets(Object.entries(values).map(([name, value]) => ({ value, mark: dollar(name) })));
  keepSecrets(plain.map((value) => ({ value, mark: dollar('PLAIN') })));
});

describe('masked', () => {
  it.each([
    ['401 for k3y/of "all" locks!', `401 for ${dollar('TOKEN')}!`],
    [JSON.stringify({ a: values.TOKEN }), `{"a":"${dollar('TOKEN')}"}`],
    [JSON.stringify(JSON.stringify([values.TOKEN])), `"[\\"${dollar('TOKEN')}\\"]"`],
    [`/w?t=${encodeURIComponent(values.TOKEN!)}&x`, `/w?t=${dollar('TOKEN')}&x`],
    [`/w?t=${encodeURIComponent(values.TOKEN!).toLowerCase()}&x`, `/w?t=${dollar('TOKEN')}&x`],
    [`/w?${new URLSearchParams({ t: values.WÖRD! })}`, `/w?t=${dollar('WÖRD')}`],
    [new URL(`http://h/${values.WÖRD}`).href, `http://h/${dollar('WÖRD')}`],
    ['abcdefgh and abcdef', `${dollar('WHOLE')} and ${dollar('PART')}`],
    ['ENOTFOUND metrics.example.com', `ENOTFOUND ${dollar('URL')}`],
    ['user some-user, password p@ssw0rd', `user ${dollar('URL')}, password ${dollar('URL')}`],
    ['GET /0123456789abcdef', `GET /${dollar('URL')}`],
    ['bad line "MIIEvQIBADANBgkq"', `bad line "${dollar('PEM')}"`],
    ['a production of prod', 'a production of prod'],
    ['udp://127.0.0.1:8125 of localhost for 10s to graphite', 'udp://127.0.0.1:8125 of localhost for 10s to graphite'],
    ['', ''],
  ])('%s', (text, want) => {
    expect(masked(text)).toBe(want);
  });

  it.each(['', 'u:', 'user:', 'someone:'])('Base64 behind "%s"', (before) => {
    const text = Buffer.from(`${before}${values.TOKEN}`).toString('base64');
    const left = masked(`Basic ${text}`);
    expect(left).toContain(dollar('TOKEN'));
    const rest = left.replace('Basic ', '').replace(dollar('TOKEN'), ' ').split(' ');
    // What belongs to the neighbour, and a character that is only partly of the secret.
    expect(rest.join('').length).toBeLessThanOrEqual(Math.ceil(before.length / 3) * 4 + 4);
  });

  it('a short value only where it is all of a setting', () => {
    expect(maskedValue('prod')).toBe(dollar('SHORT'));
    expect(maskedValue('production')).toBe('production');
    expect(maskedValue('8125')).toBe('8125');
  });

  it('keeps a bounded number, the newest', () => {
    keepSecrets(Array.from({ length: 1500 }, (_, i) => ({ value: `rotated-${10_000 + i}-`, mark: '***' })));
    expect(keptSecrets()).toHaveLength(1000);
    expect(masked('rotated-11499-')).toBe('***');
  });
});

it('the words of the configuration are those of its schema', () => {
  const found = new Set<string>();
  const walk = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    const { const: only, enum: several = [] } = node as { readonly const?: unknown; readonly enum?: unknown };
    if (Array.isArray(several)) {
      for (const word of [only, ...several]) if (typeof word === 'string' && word.length >= 6) found.add(word);
    }
    for (const inner of Object.values(node)) walk(inner);
  };
  walk(JSON.parse(readFileSync(new URL('../../config.schema.json', import.meta.url), 'utf8')));
  expect([...words].sort()).toEqual([...found].sort());
});
