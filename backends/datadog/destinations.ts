import { destination as described } from '../../src/kit/http/client-settings.ts';
import { type PostOptions, poster } from '../../src/kit/http/post.ts';
import type { BackendContext, Probed } from '../../src/plugin.ts';
import { adviceFor, judge } from './answer.ts';
import { type DatadogConfig, intakeUrl, nameOf } from './config.ts';
import type { Filter } from './filter.ts';
import { createKey, type Key } from './key.ts';

/** An organisation of Datadog, and how its intake is reached. */
export interface DatadogDestination {
  /** Undefined: the one of the block itself. */
  readonly name: string | undefined;
  readonly url: string;
  readonly key: Key;
  /** It gets what any of them takes. */
  readonly filters: readonly Filter[];
  readonly options: PostOptions;
}

/** The destinations of a block, but for those that are the same as an earlier one: it gets what either takes, once. */
export function destinationsIn(
  config: DatadogConfig,
  { log, reread }: Pick<BackendContext, 'log' | 'reread'>,
): readonly DatadogDestination[] {
  const taken = new Map<string, { readonly shown: string; readonly filters: Filter[] }>();
  return [config, ...config.destinations].flatMap((one, index): DatadogDestination[] => {
    const url = intakeUrl(one);
    const place = index === 0 ? [] : ['destinations', index - 1];
    const shown = index === 0 ? '' : `destinations[${index - 1}].`;
    const name = index === 0 ? undefined : nameOf(one);
    const same = taken.get(`${url} ${one.apiKey}`);
    if (same !== undefined) {
      log.warn(
        `the destination "${name}" has the address and the key of ${same.shown}: it is sent to once, what either takes; remove one of them`,
      );
      same.filters.push(one);
      return [];
    }
    const filters: Filter[] = [one];
    taken.set(`${url} ${one.apiKey}`, { shown: name === undefined ? 'the block itself' : `"${name}"`, filters });
    const key = createKey(one.apiKey, name ?? url, () => reread([...place, 'apiKey']), log);
    const options: PostOptions = {
      url,
      ...(config.proxy === undefined ? {} : { proxy: config.proxy }),
      proxyPrefix: PROXY_PREFIX,
      tls: config.tls,
      credentials: key,
      judge,
      advice: (status) => adviceFor(status, one, shown),
    };
    return [{ name, url, key, filters, options }];
  });
}

/** Of the variables that the Datadog Agent looks at first. */
const PROXY_PREFIX = 'DD_PROXY_';

/** https://docs.datadoghq.com/api/latest/authentication/#validate-api-key */
export const VALIDATE = '/api/v1/validate';

/** Undefined where the key is known; why not. Rejects where nobody answered that. */
export async function refusalOf({ options }: DatadogDestination, signal: AbortSignal): Promise<string | undefined> {
  const server = poster(options);
  try {
    const outcome = await server.get(VALIDATE, signal);
    if (outcome.kind === 'accepted') return undefined;
    if (outcome.kind === 'refused') return outcome.text;
    throw new Error(outcome.text);
  } finally {
    await server.close();
  }
}

/** What the Agent asks to see whether an endpoint is there: it holds nothing. */
const NOTHING = Buffer.from('{}');

/** Asks each destination for its key, and each of its endpoints whether it is there. */
export async function probeAll(
  config: DatadogConfig,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly Probed[]> {
  const nowhere = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const all = destinationsIn(config, { log: nowhere, reread: () => undefined });
  const lines = await Promise.all(all.map((one) => probeOne(one, paths, signal)));
  return lines.flat();
}

async function probeOne(
  { url, name, options }: DatadogDestination,
  paths: readonly string[],
  end: AbortSignal,
): Promise<readonly Probed[]> {
  const server = poster(options);
  // One for all destinations would have more listeners than Node.js takes for no leak.
  const signal = AbortSignal.any([end]);
  const who = name === undefined ? '' : `${name}: `;
  try {
    const known = await server.get(VALIDATE, signal);
    if (known.kind !== 'accepted') return [{ good: false, text: `${who}failed: ${known.text}` }];
    const endpoints = paths.map(async (path): Promise<Probed> => {
      const asked = { path, contentType: 'application/json', body: NOTHING };
      const { kind, text, status } = await server.post(asked, signal);
      // An empty body may well be a bad one: the endpoint is there.
      const there = kind === 'accepted' || kind === 'rejected';
      return there
        ? { good: true, text: `${who}${url}${path} answers (${status})` }
        : { good: false, text: `${who}failed: ${text}` };
    });
    return [{ good: true, text: `${who}${url} knows the key` }, ...(await Promise.all(endpoints))];
  } finally {
    await server.close();
  }
}

/** Where windows go, for `check`. */
export function describeAll(config: DatadogConfig): string {
  const { proxy } = config;
  return [config, ...config.destinations]
    .map((one) => described({ url: intakeUrl(one), ...(proxy === undefined ? {} : { proxy }) }, PROXY_PREFIX))
    .join(', ');
}
