/** Puts `***` for every secret in a text, also for what it becomes in a URL and in JSON. */
export function masker(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(secrets.flatMap(formsOf));
  forms.delete('');
  // One secret may be a part of another.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((masked, form) => masked.replaceAll(form, '***'), text);
}

function formsOf(secret: string): readonly string[] {
  const wellFormed = secret.replace(/\p{Surrogate}/gu, '\uFFFD');
  return [secret, encodeURIComponent(wellFormed), JSON.stringify(secret).slice(1, -1)];
}
