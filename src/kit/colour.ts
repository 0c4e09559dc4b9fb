/**
 * Whether colours may be written to a stream: to a terminal that has them (TERM is not `dumb`), unless NO_COLOR is set to
 * anything but nothing (https://no-color.org). The only place where this is decided.
 */
export function takesColour(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
}
