import { z } from 'zod';
import { type ConfigPath, quote } from '../problem.ts';

/** Says what is wrong with the value, or with a part of it at `path`. */
export type Refuse = (text: string, path?: ConfigPath) => undefined;

/** A key that the original reads in its own way. Undefined stands for its default. */
export function read<T>(parse: (input: unknown, refuse: Refuse) => T | undefined): z.ZodType<T | undefined> {
  return z
    .unknown()
    .transform((input, context) => {
      let refused = false;
      const value = parse(input, (text, path = []) => {
        refused = true;
        context.issues.push({ code: 'custom', input, path: [...path], message: text });
        return undefined;
      });
      return refused ? z.NEVER : value;
    })
    .optional() as unknown as z.ZodType<T | undefined>;
}

/** What JavaScript takes for false is the default, and text with a number in it is that number. */
export function toNumber(input: unknown, refuse: Refuse, path: ConfigPath = []): number | undefined {
  const number = typeof input === 'number' || (typeof input === 'string' && input.trim() !== '') ? Number(input) : NaN;
  return Number.isFinite(number) ? number : refuse(`${quote(input)} is not a number`, path);
}

export const number = () => read((input, refuse) => (input ? toNumber(input, refuse) : undefined));

export const port = () =>
  read((input, refuse) => {
    if (!input) return undefined;
    const value = typeof input === 'string' && /^\d{1,5}$/.test(input) ? Number(input) : input;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65535) return value;
    return refuse(`${quote(input)} is not a port (0 to 65535)`);
  });

/** Text that may be empty. */
export const text = () =>
  read((input, refuse) => {
    if (typeof input === 'string' || typeof input === 'number') return String(input);
    return input === null ? undefined : refuse(`${quote(input)} is not a string`);
  });

/** Text; what JavaScript takes for false is the default. */
export const word = () =>
  read((input, refuse) => {
    if (!input) return undefined;
    if (typeof input === 'string' || typeof input === 'number') return String(input);
    return refuse(`${quote(input)} is not a string`);
  });

/** By JavaScript's notion of true. */
export const flag = () => read((input) => Boolean(input));

/** One of a few words; what JavaScript takes for false is the default. */
export const oneOf = <const Words extends readonly string[]>(words: Words) =>
  read<Words[number]>((input, refuse) => {
    if (!input) return undefined;
    const found = words.find((candidate) => candidate === input);
    return found ?? refuse(`${quote(input)} is not one of ${words.map((one) => `"${one}"`).join(', ')}`);
  });

/** What JavaScript takes for false is the default. */
export const orNothing = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((input) => input || undefined, schema.optional()).optional();

/** An object with these keys and any others. */
export const group = <Shape extends z.ZodRawShape>(shape: Shape) => orNothing(z.looseObject(shape));
