import { secretForms } from '../secret-forms.ts';

/** Puts `***` for every secret in a text, also for what it becomes in a URL, in JSON and in Base64. */
export function masker(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(secrets.flatMap(secretForms));
  // One secret may be a part of another.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((masked, form) => masked.replaceAll(form, '***'), text);
}
