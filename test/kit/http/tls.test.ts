import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCertificate } from '../../../src/kit/http/tls.ts';
import { folderWith } from '../../config/temporary.ts';
import { certificateFor } from '../../helper/certificate.ts';
import { withoutPrivileges } from '../../helper/privileges.ts';

const one = certificateFor('one', '127.0.0.1');
const other = certificateFor('other', '127.0.0.1');
const secretOf = (key: string) => key.split('\n')[1]!;

function files(contents: { readonly cert?: string | Buffer; readonly key?: string | Buffer }) {
  const folder = folderWith({});
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, `${name}.pem`), content);
  return { folder, cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
}

function encrypted(pem: string, ...how: string[]): string {
  return execFileSync('openssl', [...how, '-aes256', '-passout', 'pass:x'], {
    input: pem,
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

function der(pem: string): Buffer {
  return execFileSync('openssl', ['x509', '-outform', 'der'], { input: pem });
}

describe('a certificate', () => {
  it.each([
    ['in two files', one],
    ['and those that vouch for it', { ...one, cert: one.cert + other.cert }],
    ['with its key in each file', { cert: one.key + one.cert, key: one.cert + one.key }],
    ['with text before it', { ...one, cert: `subject=one\n${one.cert}` }],
  ])('%s is read', (_, contents) => {
    const { context, validTo } = readCertificate(files(contents));
    expect(context.cert.toString()).toBe(contents.cert);
    expect(context.key.toString()).toBe(contents.key);
    expect(context.minVersion).toBe('TLSv1.2');
    expect(validTo.getTime()).toBeGreaterThan(Date.now());
  });

  it.each<[title: string, contents: { cert?: string | Buffer; key?: string | Buffer }, message: string]>([
    [
      'is not there',
      { key: one.key },
      'cannot read the certificate "DIR/cert.pem": no such file; put it there, readable for the user of this process, or correct "tls.cert"',
    ],
    [
      'has no key',
      { cert: one.cert },
      'cannot read the private key "DIR/key.pem": no such file; put it there, readable for the user of this process, or correct "tls.key"',
    ],
    [
      'is empty',
      { ...one, cert: '' },
      '"DIR/cert.pem" holds no certificate in PEM form (-----BEGIN CERTIFICATE-----); write one there, or correct "tls.cert"',
    ],
    [
      'is in DER form',
      { ...one, cert: der(one.cert) },
      '"DIR/cert.pem" holds no certificate in PEM form (-----BEGIN CERTIFICATE-----); write one there, or correct "tls.cert"',
    ],
    [
      'is exchanged for its key',
      { cert: one.key, key: one.cert },
      '"DIR/cert.pem" holds no certificate in PEM form (-----BEGIN CERTIFICATE-----); it holds a private key: "tls.cert" and "tls.key" may be exchanged',
    ],
    [
      'is cut off',
      { ...one, cert: one.cert.slice(0, 200) },
      'the certificate in "DIR/cert.pem" is broken (REASON); copy it there again',
    ],
    [
      'stands where the key should',
      { ...one, key: one.cert },
      '"DIR/key.pem" holds no private key in PEM form (-----BEGIN PRIVATE KEY-----); write it there, or correct "tls.key"',
    ],
    [
      'has a key that is cut off',
      { ...one, key: one.key.slice(0, 100) },
      'the private key in "DIR/key.pem" is broken; copy it there again',
    ],
    [
      'has an encrypted key',
      { ...one, key: encrypted(one.key, 'pkey') },
      'the private key in "DIR/key.pem" is encrypted, and nobody is there to type its passphrase; "openssl pkey -in DIR/key.pem -out NEW-FILE" writes it without one',
    ],
    [
      'has an encrypted key in the old form',
      { ...one, key: encrypted(one.key, 'ec') },
      'the private key in "DIR/key.pem" is encrypted, and nobody is there to type its passphrase; "openssl pkey -in DIR/key.pem -out NEW-FILE" writes it without one',
    ],
    [
      'has the key of another',
      { ...one, key: other.key },
      'the private key in "DIR/key.pem" does not belong to the first certificate in "DIR/cert.pem"; name files that belong together, and put the own certificate before those that vouch for it',
    ],
    [
      'comes behind one that vouches for it',
      { ...one, cert: other.cert + one.cert },
      'the private key in "DIR/key.pem" does not belong to the first certificate in "DIR/cert.pem"; name files that belong together, and put the own certificate before those that vouch for it',
    ],
  ])('that %s is refused in words that help', (_, contents, message) => {
    const { folder, cert, key } = files(contents);
    let text = '';
    try {
      readCertificate({ cert, key });
    } catch (error) {
      text = (error as Error).message;
    }
    expect(text.replaceAll(folder, 'DIR').replace(/\(error:[^)]*\)/, '(REASON)')).toBe(message);
    expect(text).not.toContain(secretOf(one.key));
  });

  it('that may not be read is refused in words that help', async () => {
    const { folder, cert, key } = files(one);
    chmodSync(folder, 0o755);
    chmodSync(key, 0);
    await withoutPrivileges(() => {
      expect(() => readCertificate({ cert, key })).toThrow(`cannot read the private key "${key}": permission denied; `);
    });
  });
});
