import { z } from 'zod';

/** What is known of a schema of the kit beyond what zod knows. */
export interface KitMeta {
  /** With its article: `… is not a port (0 to 65535)`. */
  readonly expected: string;
  readonly secret?: true;
  /** What a value that is not taken was most likely meant to be, quoted. */
  meant?(text: string): string | undefined;
  /** Said where the key is missing. */
  readonly advice?: string;
  /** The name of its definition in the JSON Schema, and what is taken but for references. */
  readonly definition: string;
  readonly alternatives: readonly Readonly<Record<string, unknown>>[];
  /** How a parsed value is written in a configuration. */
  format?(value: number): string | number;
}

export const kitMeta = z.registry<KitMeta>();
