import { resolve } from 'node:path';
import { messageOf } from '../kit/error-text.ts';
import { contactOf } from '../kit/http/contact.ts';
import { answerText } from './answer-text.ts';
import { type Asked, ask } from './ask.ts';
import { defaultFile, load } from './configuration.ts';
import { type Io, UsageError } from './io.ts';

const BLOCK = '{ "type": "live", "host": "127.0.0.1", "port": 8127 }';

export function isUrl(given: string | undefined): given is string {
  return given !== undefined && /^https?:\/\//.test(given);
}

/** Where the page of a running server is, by its configuration or by a URL. */
export async function findRunning(command: string, given: string | undefined, io: Io): Promise<Asked> {
  if (isUrl(given)) return askedAt(command, given, io);
  const file = given === undefined ? defaultFile(io.cwd) : resolve(io.cwd, given);
  const { backends } = await load(file, io);
  const live = backends.find(({ plugin, module }) => plugin.name === 'live' && module === 'live');
  if (live === undefined) {
    throw new Error(
      `${file} has no back-end "live", which is what "statsdrain ${command}" asks; add ${BLOCK} to its "backends"`,
    );
  }
  const { url, certificate, clients } = contactOf(live.config as Parameters<typeof contactOf>[0]);
  if (new URL(url).port === '0')
    throw new Error(
      `the port of back-end "${live.name}" is 0: the system chose it; give the URL that the log names in place of the configuration`,
    );
  return { url, certificate, authorization: clients[0]?.authorization };
}

/** A server at a URL, with the user and the password in it, or the token of the environment. */
export function askedAt(command: string, given: string, { env }: Io): Asked {
  if (!URL.canParse(given)) throw new UsageError(`${command}: what begins like a URL is none`);
  const { origin, username, password } = new URL(given);
  const token = env.STATSDRAIN_TOKEN;
  if (username === '' && password === '') return { url: origin, authorization: token && `Bearer ${token}` };
  const credential = [username, password].map(decodeURIComponent).join(':');
  return { url: origin, authorization: `Basic ${Buffer.from(credential).toString('base64')}` };
}

/** A body of the API of `live`, which has these keys. Rejects when there is no answer, or when something else answers there. */
export async function askFor<Body extends object>(
  asked: Asked,
  path: string,
  ...keys: readonly (keyof Body & string)[]
): Promise<Body> {
  const body = await answerText(await ask(asked, path)).catch((error: unknown) => {
    throw new Error(`${asked.url}: ${messageOf(error)}`);
  });
  const found = parsed(body);
  if (typeof found !== 'object' || found === null || !keys.every((key) => Object.hasOwn(found, key)))
    throw new Error(
      `${asked.url} answered something else than the back-end "live" of statsdrain; is this its address?`,
    );
  return found as Body;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
