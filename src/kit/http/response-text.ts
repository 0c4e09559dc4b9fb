/** Bytes of an answer that are read. */
const MAX_BYTES = 64 * 1024;

/** Characters of an answer that a message quotes. */
const QUOTED = 200;

/** The text of an answer, as far as it came and as far as anybody needs it. Never rejects. */
export async function readAnswer(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      text += decoder.decode(chunk, { stream: true });
      if (bytes >= MAX_BYTES) break;
    }
  } catch {
    // The status is known, and the rest of the answer changes nothing.
  }
  return text.slice(0, MAX_BYTES);
}

/** The beginning of an answer on one line, in quotes and after a blank; `''` for an answer without text. */
export function quoted(answer: string): string {
  const line = answer.replace(/[\p{Cc}\p{Cf}\p{Z}]+/gu, ' ').trim();
  return line === '' ? '' : ` "${line.slice(0, QUOTED)}"`;
}
