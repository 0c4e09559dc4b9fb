import type { IncomingMessage } from 'node:http';

/** Bytes of an answer: the longest that a server gives, 200 series with long names and tags, is a fraction of it. */
export const MOST_BYTES = 64 * 1024 * 1024;
const WHOLE_MS = 10_000;

/** The text of an answer. Rejects where it is too long, comes too slowly or breaks off: a command ends, whatever answers there. */
export async function answerText(answer: IncomingMessage, mostMs = WHOLE_MS): Promise<string> {
  const late = setTimeout(() => answer.destroy(new Error(`no whole answer within ${mostMs / 1000} s`)), mostMs);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MOST_BYTES) throw new Error(`the answer is over ${MOST_BYTES / 1024 ** 2} MiB`);
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ECONNRESET' ? new Error('it broke its answer off') : error;
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(chunks).toString('utf8');
}
