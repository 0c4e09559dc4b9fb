/**
 * What a status says about a request. `rejected`: this body is bad, parts of it may be good; `too_large`: smaller bodies may be
 * taken; `retry`: the same may be taken later; `refused`: this endpoint takes nothing before somebody has mended something;
 * `refused_everywhere`: nor does any other of the server, since it is not the body that it refuses; `useless`: to keep it until then
 * would be in vain.
 */
export type Verdict = 'accepted' | 'rejected' | 'too_large' | 'retry' | 'refused' | 'refused_everywhere' | 'useless';

/** What a server means by a status where it differs from {@link usualVerdict}; undefined where it does not. */
export type Judge = (status: number, answer: string) => Verdict | undefined;

export function usualVerdict(status: number): Verdict {
  if (status >= 200 && status < 300) return 'accepted';
  if (status === 400) return 'rejected';
  if (status === 413) return 'too_large';
  return status === 408 || status === 429 || status >= 500 ? 'retry' : 'refused';
}
