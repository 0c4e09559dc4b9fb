/** A process that writes lines to a TCP connection, each of a new key: `key-sender.js <port>`. */
import { once } from 'node:events';
import { connect } from 'node:net';

/** Asks for keys; the answer is the seconds that it took. */
export interface SendKeys {
  readonly count: number;
  /** Bytes of a line, at least: without room for tags it is a name. */
  readonly lineLength: number;
}

const LINES = 256;
const NAME = 1000;
const TAG = 195;

process.on('message', async ({ count, lineLength }: SendKeys) => {
  const started = performance.now();
  const socket = connect(Number(process.argv[2]), '127.0.0.1');
  await once(socket, 'connect');
  const rest = restOf(lineLength);
  for (let first = 0; first < count; first += LINES) {
    let lines = '';
    for (let key = first; key < Math.min(first + LINES, count); key++) lines += lineOf(key, rest);
    if (!socket.write(lines)) await once(socket, 'drain');
  }
  socket.end();
  socket.resume();
  await once(socket, 'close');
  process.send!((performance.now() - started) / 1000);
});
process.on('disconnect', () => process.exit());
process.send!('ready');

interface Rest {
  readonly name: string;
  readonly tags: string;
}

function restOf(lineLength: number): Rest {
  const name = 'n'.repeat(Math.min(NAME, Math.max(0, lineLength - 15)));
  const tags = Array.from({ length: Math.floor((lineLength - NAME) / (TAG + 1)) }, (_, tag) =>
    `${tag}:`.padEnd(TAG, 't'),
  );
  return { name, tags: lineLength > NAME + TAG ? tags.join() : '' };
}

/** No two keys share a tag section, so that each list of tags is another. */
function lineOf(key: number, { name, tags }: Rest): string {
  return tags === '' ? `burst.${key}${name}:1|g\n` : `burst.${key}${name}:1|g|#key:${key},${tags}\n`;
}
