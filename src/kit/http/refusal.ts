/** An answer other than success, thrown by whatever finds the reason for it. */
export interface Refusal extends Error {
  /** HTTP status, 400 to 599. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** `message` is the body of the answer: one sentence. */
export function refusal(status: number, message: string, headers: Refusal['headers'] = {}): Refusal {
  return Object.assign(new Error(message), { status, headers });
}

export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && 'status' in error && 'headers' in error;
}
