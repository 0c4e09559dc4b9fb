import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { z } from 'zod';
import type { ConfigKit } from '../../plugin.ts';
import { fileError } from '../file-error.ts';

/** In PEM. */
export type TlsOptions = Pick<SecureContextOptions, 'cert' | 'key'> & { readonly ca?: string };

/** Absolute paths of files in PEM form. */
export interface ClientTlsFiles {
  /** Certificates that vouch for servers and HTTPS proxies, beside those that Node.js knows. */
  readonly ca?: string | undefined;
  /** The certificate by which servers know this client, and its private key: both or none. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** The key `tls` of whatever posts. */
export function clientTlsSetting(kit: ConfigKit): z.ZodOptional<z.ZodType<ClientTlsFiles>> {
  return kit.z
    .strictObject({
      ca: kit
        .path()
        .optional()
        .describe(
          'File of certificates in PEM form that vouch for the server or an HTTPS proxy, beside the usual ones.',
        ),
      cert: kit
        .path()
        .optional()
        .describe('File of the certificate in PEM form by which the server knows this client.'),
      key: kit.path().optional().describe('File of its private key in PEM form, not encrypted.'),
    })
    .refine(
      ({ cert, key }) => (cert === undefined) === (key === undefined),
      '"cert" and "key" go together; give both or none',
    )
    .optional()
    .describe('Certificates for HTTPS; the files are read when the back-end starts.');
}

/** A file of certificates that cannot be used. Its message quotes no key. */
export class ClientTlsError extends Error {}

/** What is in these files. Throws a {@link ClientTlsError} that names the file, what is wrong with it and what helps. */
export function readClientTls(files: ClientTlsFiles = {}): TlsOptions {
  const { ca, cert, key } = files;
  const read = {
    ...(ca === undefined ? {} : { ca: readPem(ca, 'ca', 'CERTIFICATE') }),
    ...(cert === undefined ? {} : { cert: readPem(cert, 'cert', 'CERTIFICATE') }),
    ...(key === undefined ? {} : { key: readPem(key, 'key', 'PRIVATE KEY') }),
  };
  try {
    createSecureContext(read);
  } catch {
    // Its own message may quote the key.
    throw new ClientTlsError(
      `the certificates in "tls" cannot be used (${Object.values(files).join(', ')}); "cert" and "key" must belong together, and the key must not be encrypted`,
    );
  }
  return read;
}

function readPem(file: string, setting: keyof ClientTlsFiles, kind: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ClientTlsError(
      `cannot read "${file}": ${fileError(error)}; put it there, readable for the user of this process, or correct "tls.${setting}"`,
      { cause: error },
    );
  }
  if (new RegExp(`-----BEGIN [A-Z0-9 ]*${kind}-----`).test(text)) return text;
  throw new ClientTlsError(
    `"${file}" holds no ${kind.toLowerCase()} in PEM form (-----BEGIN ${kind}-----); correct "tls.${setting}"`,
  );
}
