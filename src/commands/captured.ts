import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileError } from '../kit/file-error.ts';
import type { CapturedRequest } from '../plugin.ts';

/** A captured request, and what its files are called. */
export interface Captured {
  readonly name: string;
  readonly request: CapturedRequest;
  /** Nothing but a body is there. */
  readonly isBare: boolean;
}

/** What is written beside a body. */
interface Head extends Omit<CapturedRequest, 'body'> {
  readonly time?: string | undefined;
  /** What was answered. */
  readonly status?: number | undefined;
}

const HEADERS = '.headers.json';
const BODY = '.body';

/** A folder for captures that has none yet, made for its owner only. */
export function newFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (readdirSync(folder).some((name) => name.endsWith(HEADERS)))
    throw new Error(`${folder} has captures already; give another folder, or remove them`);
}

/** `0001.headers.json` and `0001.body`: log lines may be private, so nobody else can read them. */
export function writeCaptured(folder: string, number: number, { body, ...head }: Head & CapturedRequest): string {
  const name = String(number).padStart(4, '0');
  writeFileSync(join(folder, `${name}${BODY}`), body, { mode: 0o600 });
  writeFileSync(join(folder, `${name}${HEADERS}`), `${JSON.stringify(head, null, 2)}\n`, { mode: 0o600 });
  return name;
}

/**
 * The requests in a folder, in their order; that of which `path` is one of both files; or `path` itself as a body that is posted without
 * headers. Throws where something cannot be read.
 */
export function readCaptured(path: string): readonly Captured[] {
  if (isFolder(path)) {
    const heads = readdirSync(path)
      .filter((name) => name.endsWith(HEADERS))
      .sort(inOrder);
    if (heads.length === 0) throw new Error(`${path} has no captures: files such as 0001${HEADERS} and 0001${BODY}`);
    return heads.map((name) => readPair(join(path, name)));
  }
  const head = path.endsWith(HEADERS) ? path : path.endsWith(BODY) ? path.slice(0, -BODY.length) + HEADERS : undefined;
  if (head !== undefined && existsSync(head)) return [readPair(head)];
  const request = { method: 'POST', path: '/logs', headers: {}, body: read(path) };
  return [{ name: basename(path), request, isBare: true }];
}

function readPair(file: string): Captured {
  const name = basename(file).slice(0, -HEADERS.length);
  const body = read(join(dirname(file), `${name}${BODY}`));
  return { name, request: { ...readHead(file), body }, isBare: false };
}

function readHead(file: string): Omit<CapturedRequest, 'body'> {
  const head = parsed(file);
  const { method, path, headers, client } = head;
  if (typeof method !== 'string' || typeof path !== 'string' || !path.startsWith('/'))
    throw new Error(`${file}: needs "method" and "path", such as "POST" and "/logs?app=shop"`);
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    throw new Error(`${file}: needs "headers", an object of texts`);
  const texts: [string, string][] = [];
  for (const [name, value] of Object.entries(headers as Record<string, unknown>)) {
    if (typeof value !== 'string') throw new Error(`${file}: the header ${JSON.stringify(name)} is no text`);
    texts.push([name.toLowerCase(), value]);
  }
  return { method, path, headers: Object.fromEntries(texts), ...(typeof client === 'string' ? { client } : {}) };
}

function parsed(file: string): Partial<Record<'method' | 'path' | 'headers' | 'client', unknown>> {
  const text = read(file).toString();
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {}
  throw new Error(`${file}: is no object of JSON`);
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${file}: ${fileError(error)}`);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** 9999 before 10000. */
function inOrder(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}
