import { isExempt, isLoopback } from './no-proxy.ts';

/** The key `proxy` of a back-end: the URL of a proxy, `''` or false for none. Absent: what the environment says. */
export type ProxySetting = string | false | undefined;

/** A proxy over HTTP or HTTPS. */
export interface HttpProxy {
  /** Without user and password: `http://proxy.example:3128`. */
  readonly origin: string;
  /** The value of `Proxy-Authorization`. */
  readonly authorization: string | undefined;
  /** User, password and what they become: no text may show them. */
  readonly secrets: readonly string[];
}

export type ProxyChoice =
  | { readonly kind: 'direct' }
  | { readonly kind: 'proxy'; readonly proxy: HttpProxy }
  /** There should be a proxy, but nobody can tell which. `reason` says how to mend it. */
  | { readonly kind: 'unusable'; readonly reason: string };

const direct: ProxyChoice = { kind: 'direct' };

/**
 * How a server is reached: by the back-end's own setting; without one through the proxy in `https_proxy` or `http_proxy` (or in
 * capitals), unless `no_proxy` exempts it or it is on this machine. `prefix`, such as `DD_PROXY_`: of variables that come before these,
 * here `DD_PROXY_HTTPS`, `DD_PROXY_HTTP` and `DD_PROXY_NO_PROXY`.
 */
export function chooseProxy(
  server: URL,
  setting: ProxySetting,
  env: NodeJS.ProcessEnv,
  prefix?: string | undefined,
): ProxyChoice {
  if (setting !== undefined) return setting === '' || setting === false ? direct : chosen(setting, '"proxy"');
  const scheme = server.protocol === 'https:' ? 'https' : 'http';
  const [name, given] = variable(env, `${scheme}_proxy`, prefix && `${prefix}${scheme.toUpperCase()}`);
  const [, exempt] = variable(env, 'no_proxy', prefix && `${prefix}NO_PROXY`);
  if (given === '' || isLoopback(server) || isExempt(exempt, server)) return direct;
  return chosen(/^[a-z][a-z\d+.-]*:\/\//i.test(given) ? given : `http://${given}`, `the environment variable ${name}`);
}

/** Undefined when it is no URL of a proxy. */
export function parseProxy(text: string): HttpProxy | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin, hostname, pathname, username, password } = new URL(text);
  const web = protocol === 'http:' || protocol === 'https:';
  if (!web || hostname === '' || pathname !== '/' || /[?#]/.test(text)) return undefined;
  const user = decoded(username);
  const secret = decoded(password);
  if (user === undefined || secret === undefined) return undefined;
  if (user === '' && secret === '') return { origin, authorization: undefined, secrets: [] };
  const credentials = Buffer.from(`${user}:${secret}`).toString('base64');
  return { origin, authorization: `Basic ${credentials}`, secrets: [credentials, user, secret, username, password] };
}

/** `own` first, then small letters before capitals; an empty one hides the others, as in curl. */
function variable(env: NodeJS.ProcessEnv, name: string, own = name): readonly [name: string, value: string] {
  const used = [own, name].find((one) => env[one] !== undefined) ?? name.toUpperCase();
  return [used, env[used]?.trim() ?? ''];
}

function chosen(text: string, source: string): ProxyChoice {
  const proxy = parseProxy(text);
  if (proxy !== undefined) return { kind: 'proxy', proxy };
  const mend = 'write "http://host:port" or "https://host:port", or set "proxy" of this back-end to false';
  return { kind: 'unusable', reason: `${source} is not the URL of an HTTP proxy; ${mend}` };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
