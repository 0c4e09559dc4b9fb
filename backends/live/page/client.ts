/** Asks the API. Rejects with what the server says of it. */
export async function ask<Answer>(path: string, query: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const response = await fetch(addressOf(path, query), { headers: { accept: 'application/json' } });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new Error(errorOf(answer) ?? `the server answered ${response.status}`);
  return answer as Answer;
}

export function addressOf(path: string, query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? path : `${path}?${text}`;
}

function errorOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return undefined;
  return String(answer.error);
}

/** What a promise was rejected with, as a sentence. */
export function messageOf(error: unknown): string {
  // What a browser says of a server that is gone differs by browser, and none of it helps.
  if (error instanceof TypeError) return 'the server does not answer';
  return error instanceof Error ? error.message : String(error);
}
