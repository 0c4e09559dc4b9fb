import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { z } from 'zod';
import type { ConfigKit } from '../../plugin.ts';
import { fileError } from '../file-error.ts';

/** Absolute paths. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface Certificate {
  /** What `createServer` and `setSecureContext` take. */
  readonly context: { readonly cert: Buffer; readonly key: Buffer; readonly minVersion: 'TLSv1.2' };
  readonly validTo: Date;
}

/** The key `tls` of whatever serves HTTP. */
export function tlsKey(kit: ConfigKit): z.ZodOptional<z.ZodType<TlsFiles>> {
  const files = kit.z.strictObject({
    cert: kit
      .path()
      .describe("File of the certificate in PEM form, the server's own first and then those that vouch for it."),
    key: kit.path().describe('File of its private key in PEM form, not encrypted.'),
  });
  return files
    .optional()
    .describe('Serve HTTPS (TLS 1.2 or later) instead of HTTP; files that are replaced are used without a restart.');
}

/** The certificate in these files. Throws an error that names the file, what is wrong with it and what helps. */
export function readCertificate({ cert, key }: TlsFiles): Certificate {
  const context = { cert: read(cert, 'certificate', 'cert'), key: read(key, 'private key', 'key') };
  const certificate = parseCertificate(context.cert, cert);
  if (!certificate.checkPrivateKey(parseKey(context.key, key))) {
    throw new Error(
      `the private key in "${key}" does not belong to the first certificate in "${cert}"; ` +
        'name files that belong together, and put the own certificate before those that vouch for it',
    );
  }
  const all = { ...context, minVersion: 'TLSv1.2' } as const;
  try {
    createSecureContext(all);
  } catch (error) {
    throw new Error(`the certificate in "${cert}" cannot be used (${(error as Error).message}); replace it`);
  }
  return { context: all, validTo: new Date(certificate.validTo) };
}

function read(file: string, what: string, setting: keyof TlsFiles): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(
      `cannot read the ${what} "${file}": ${fileError(error)}; ` +
        `put it there, readable for the user of this process, or correct "tls.${setting}"`,
      { cause: error },
    );
  }
}

const holdsCertificate = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/;
const holdsKey = /-----BEGIN (?:\w+ )*PRIVATE KEY-----/;

function parseCertificate(pem: Buffer, file: string): X509Certificate {
  const text = pem.toString('latin1');
  if (!holdsCertificate.test(text)) {
    const advice = holdsKey.test(text)
      ? 'it holds a private key: "tls.cert" and "tls.key" may be exchanged'
      : 'write one there, or correct "tls.cert"';
    throw new Error(`"${file}" holds no certificate in PEM form (-----BEGIN CERTIFICATE-----); ${advice}`);
  }
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new Error(`the certificate in "${file}" is broken (${(error as Error).message}); copy it there again`);
  }
}

/** No error of its parser is passed on: it might quote the key. */
function parseKey(pem: Buffer, file: string): KeyObject {
  const text = pem.toString('latin1');
  if (!holdsKey.test(text)) {
    throw new Error(
      `"${file}" holds no private key in PEM form (-----BEGIN PRIVATE KEY-----); write it there, or correct "tls.key"`,
    );
  }
  if (/^Proc-Type: 4,ENCRYPTED|-----BEGIN ENCRYPTED/m.test(text)) {
    throw new Error(
      `the private key in "${file}" is encrypted, and nobody is there to type its passphrase; ` +
        `"openssl pkey -in ${file} -out NEW-FILE" writes it without one`,
    );
  }
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error(`the private key in "${file}" is broken; copy it there again`);
  }
}
