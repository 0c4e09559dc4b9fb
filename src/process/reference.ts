import { readFileSync } from 'node:fs';
import { fileError } from '../kit/file-error.ts';
import { keepSecrets } from './secrets.ts';

/** How a value of the configuration is written where it stands for another. */
export type Reference =
  /** The text of a file, absolute, without a newline at its end. */
  | { readonly kind: 'file'; readonly file: string }
  /** A text with `${NAME}` of the environment in it. */
  | { readonly kind: 'text'; readonly text: string };

/** A reference in a block of the configuration, and where it stands there. */
export interface PlacedReference {
  readonly place: readonly (string | number)[];
  readonly reference: Reference;
}

/** `${NAME}`, `${NAME:-preset}`, and `$${` for a literal `${`. */
export const inText = /\$\$\{|\$\{([^}]*)(\}?)/g;
export const variableName = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/** The text of a file that a reference names. */
export function textOf(file: string): string {
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
}

/** What it stands for now, which is kept from texts of this thread from here on. Throws where it cannot be followed. */
export function follow(reference: Reference, env: NodeJS.ProcessEnv): string {
  switch (reference.kind) {
    case 'file':
      try {
        const value = textOf(reference.file);
        keepSecrets([{ value, mark: '***' }]);
        return value;
      } catch (error) {
        throw new Error(`cannot read the file "${reference.file}": ${fileError(error)}`, { cause: error });
      }
    case 'text':
      return reference.text.replace(inText, (_, name: string | undefined) => {
        if (name === undefined) return '${';
        const [, variable = '', preset] = variableName.exec(name) ?? [];
        const value = env[variable];
        if (value !== undefined) keepSecrets([{ value, mark: `\${${variable}}` }]);
        if (preset !== undefined) return value || preset;
        if (value === undefined) throw new Error(`the environment variable ${variable} is not set`);
        return value;
      });
    default:
      return reference satisfies never;
  }
}
