/** What an error says. Anything can be thrown; and the error for a host name with several addresses has only a code. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return error.message || code || error.name;
}
