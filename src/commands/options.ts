import { parseArgs } from 'node:util';
import { messageOf } from '../kit/error-text.ts';
import { type Flags, UsageError } from './io.ts';

/**
 * The options of a command and what stands beside them. Throws a {@link UsageError} for one that it does not have, or that lacks its value. An empty
 * `command` is the program itself.
 */
export function parseOptions<const Options extends Flags>(
  command: string,
  options: Options,
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: Options; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const [before, help] =
      command === '' ? ['', 'statsdrain --help'] : [`${command}: `, `statsdrain ${command} --help`];
    // What follows the first sentence is about Node.js.
    throw new UsageError(`${before}${messageOf(error).split('. ')[0]}; see "${help}"`);
  }
}

/** A whole number over 0. Throws a {@link UsageError}. */
export function wholeNumber(command: string, option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(given))
    throw new UsageError(`${command}: --${option} "${given}" is no whole number over 0`);
  return Number(given);
}

/** Throws a {@link UsageError} where it is none. */
export function portNumber(command: string, given: string): number {
  const number = Number(given);
  if (/^\d{1,5}$/.test(given) && number >= 1 && number <= 65_535) return number;
  throw new UsageError(
    `${command === '' ? '' : `${command}: `}--port "${given}" is no port; give a number from 1 to 65535`,
  );
}
