/** As the intake stores it: each character but ASCII letters, digits, `_` and `.` becomes `_`. None of them then means anything to a line. */
export function metricName(given: string): string {
  return given.replace(/[^\w.]/gu, '_');
}

/**
 * A tag section of DogStatsD, which has no escapes: what would end a tag or a line becomes `_`. A host is the last tag, since the
 * last of several is the one that holds.
 */
export function tagSection(tags: Iterable<string>, host?: string): string {
  const clean: string[] = [];
  for (const tag of tags) if (tag !== '') clean.push(cleanTag(tag));
  if (host !== undefined && host !== '') clean.push(cleanTag(`host:${host}`));
  return clean.join(',');
}

function cleanTag(tag: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go.
  return tag.replace(/[,|\x00-\x1f\x7f]/g, '_');
}
