import { type ParseArgsConfig, parseArgs } from 'node:util';
import { messageOf } from '../kit/error-text.ts';
import { UsageError } from './io.ts';

type Flags = NonNullable<ParseArgsConfig['options']>;

/** The options of a command and what stands beside them. Throws a {@link UsageError} for one that it does not have, or that lacks its value. */
export function parseOptions<const Options extends Flags>(
  command: string,
  options: Options,
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: Options; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // What follows the first sentence is about Node.js.
    throw new UsageError(`${command}: ${messageOf(error).split('. ')[0]}; see "statsdrain ${command} --help"`);
  }
}
