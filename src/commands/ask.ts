import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { messageOf } from '../kit/error-text.ts';
import { fileError } from '../kit/file-error.ts';
import { answerText } from './answer-text.ts';

/** A running server. */
export interface Asked {
  /** Without a credential. */
  readonly url: string;
  readonly authorization?: string | undefined;
  /** The file of the only certificate that it may show. Default: one that this machine trusts. */
  readonly certificate?: string | undefined;
}

const CONNECT_MS = 10_000;
/** A stream gives a sign of life every 15 s. */
const SILENT_MS = 45_000;
/** Characters that are shown of what a server says in place of an answer. */
const SENTENCE = 500;

/** The answer 200 to a GET, whose body is still to come. Rejects with what a server said instead, or why there was no answer. */
export async function ask({ url, authorization, certificate }: Asked, path: string): Promise<IncomingMessage> {
  const target = new URL(path, url);
  const headers = authorization === undefined ? {} : { authorization };
  const socket = certificate === undefined ? undefined : await connectTo(target, certificate);
  const send = socket === undefined && target.protocol === 'https:' ? secureRequest : request;
  const given = socket === undefined ? { agent: false as const } : { createConnection: () => socket };
  // For HTTP over the socket that is there, which is encrypted already.
  const to = socket === undefined ? target : new URL(target.href.replace(/^https:/, 'http:'));
  const asked = send(to, { ...given, headers });
  asked.setTimeout(CONNECT_MS, () => asked.destroy(new Error('no answer within 10 s')));
  asked.end();
  const [answer] = (await once(asked, 'response').catch((error: unknown) => {
    throw new Error(`${url}: ${reasonOf(error)}`);
  })) as [IncomingMessage];
  asked
    .removeAllListeners('timeout')
    .setTimeout(SILENT_MS, () => answer.destroy(new Error('nothing more came for 45 s')));
  // What breaks an answer off is told by the answer, and by the request once more.
  asked.on('error', () => undefined);
  if (answer.statusCode === 200) return answer;
  const sentence = sentenceOf(await answerText(answer).catch(messageOf)).slice(0, SENTENCE);
  throw new Error(`${url}${target.pathname} answered ${answer.statusCode}: ${sentence}`);
}

/** What the API says is wrong: `{"error": "…"}`; of another server the first line. */
function sentenceOf(body: string): string {
  try {
    const { error } = JSON.parse(body) as { readonly error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // No JSON.
  }
  return body.trim().split('\n', 1)[0] ?? '';
}

/** Whoever connects to an own server knows its certificate, which is seldom one for the address of this machine. */
async function connectTo({ hostname, port, origin }: URL, file: string): Promise<Socket> {
  const own = certificateIn(file);
  const host = hostname.replace(/^\[|\]$/g, '');
  const name = isIP(host) > 0 ? {} : { servername: host };
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ...name });
  socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error('no answer within 10 s')));
  await once(socket, 'secureConnect').catch((error: unknown) => {
    throw new Error(`${origin}: ${reasonOf(error)}`);
  });
  socket.setTimeout(0);
  if (socket.getPeerCertificate().raw?.equals(own.raw) === true) return socket;
  socket.destroy();
  throw new Error(`${origin} shows another certificate than that in ${file}; nothing was asked of it`);
}

function certificateIn(file: string): X509Certificate {
  try {
    return new X509Certificate(readFileSync(file));
  } catch (error) {
    throw new Error(`${file}: ${fileError(error)}`);
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'nobody listens there; is the server running, and is this its address?';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the name has no address';
  return message;
}
