import type { Logger } from '../../plugin.ts';
import { watchContent } from '../watch.ts';
import { type Certificate, readCertificate, type TlsFiles } from './tls.ts';

/** The two files are replaced one after the other: this long they may not belong together before that is told. */
export const PAIR_MS = 2000;

/**
 * Calls `replace` with the new certificate whenever the files hold another one that can be used. One that cannot be used is
 * told, and the one before stays. Gives what ends the watch.
 */
export function followCertificate(
  files: TlsFiles,
  replace: (certificate: Certificate) => void,
  log: Logger,
  watch: typeof watchContent = watchContent,
): () => void {
  let again: NodeJS.Timeout | undefined;
  let taken: Certificate | undefined;

  function take(certificate: Certificate): void {
    // Both files were replaced at once, and each is noticed.
    if (taken !== undefined && isSame(taken, certificate)) return;
    taken = certificate;
    replace(certificate);
    log.info('serves another certificate to new connections', { cert: files.cert, until: until(certificate) });
    tellExpired(files, certificate, log);
  }

  function look(failed: (error: Error) => void): void {
    clearTimeout(again);
    let certificate: Certificate;
    try {
      certificate = readCertificate(files);
    } catch (error) {
      failed(error as Error);
      return;
    }
    take(certificate);
  }

  function lookAgain(): void {
    look(({ message }) => log.error(`${message}; going on with the certificate that was there before`));
  }

  function changed(): void {
    look(() => {
      again = setTimeout(lookAgain, PAIR_MS).unref();
    });
  }

  const ends = [...new Set([files.cert, files.key])].map((file) =>
    watch({
      file,
      changed,
      gone: () => log.warn(`"${file}" is gone; going on with what was in it, which a restart needs back`),
    }),
  );
  return () => {
    clearTimeout(again);
    for (const end of ends) end();
  };
}

function isSame({ context: a }: Certificate, { context: b }: Certificate): boolean {
  return a.cert.equals(b.cert) && a.key.equals(b.key);
}

/** The server goes on, since some clients do not look at the date. */
export function tellExpired({ cert }: TlsFiles, certificate: Certificate, log: Logger): void {
  if (certificate.validTo.getTime() > Date.now()) return;
  log.warn(`the certificate in "${cert}" expired on ${until(certificate)}: clients will refuse it; replace the file`);
}

function until({ validTo }: Certificate): string {
  return validTo.toISOString().slice(0, 10);
}
