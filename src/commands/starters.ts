/** What has to be filled in, and is taken from the environment. */
export interface Variable {
  readonly name: string;
  /** Half a sentence with an example. */
  readonly says: string;
}

/** A block to begin with, and what it needs. */
export interface Starter {
  readonly block: { readonly type: string; readonly [key: string]: unknown };
  readonly variables: readonly Variable[];
}

/** A reference, as configurations have them. */
function fromEnvironment(name: string, otherwise?: string): string {
  return `\${${name}${otherwise === undefined ? '' : `:-${otherwise}`}}`;
}

/** Of each built-in back-end. */
export const starters: ReadonlyMap<string, Starter> = new Map(
  (
    [
      { block: { type: 'console', format: 'text' }, variables: [] },
      {
        block: {
          type: 'datadog',
          apiKey: fromEnvironment('DD_API_KEY'),
          site: fromEnvironment('DD_SITE', 'datadoghq.com'),
        },
        variables: [
          { name: 'DD_API_KEY', says: 'an API key of your organization' },
          { name: 'DD_SITE', says: 'where it is not datadoghq.com: such as datadoghq.eu' },
        ],
      },
      { block: { type: 'prometheus', host: '127.0.0.1', port: 9102 }, variables: [] },
      {
        block: { type: 'prometheus-remote-write', url: fromEnvironment('REMOTE_WRITE_URL') },
        variables: [{ name: 'REMOTE_WRITE_URL', says: 'the receiver, such as http://127.0.0.1:9090/api/v1/write' }],
      },
      {
        block: { type: 'graphite', host: fromEnvironment('GRAPHITE_HOST'), port: 2003 },
        variables: [{ name: 'GRAPHITE_HOST', says: 'name or address of Carbon, such as 127.0.0.1' }],
      },
      {
        block: { type: 'repeater', targets: [{ host: fromEnvironment('REPEATER_HOST'), port: 8125 }] },
        variables: [{ name: 'REPEATER_HOST', says: 'name or address of the other StatsD server' }],
      },
      { block: { type: 'live', host: '127.0.0.1', port: 8127 }, variables: [] },
    ] satisfies readonly Starter[]
  ).map((starter) => [starter.block.type, starter]),
);

export interface Start {
  readonly backends: readonly string[];
  /** Of the front-ends for UDP and TCP, on this machine only. */
  readonly port: number;
}

/** A configuration of these back-ends. Throws what `unknown` makes of a name that is none. */
export function startWith({ backends, port }: Start, unknown: (name: string, known: readonly string[]) => Error) {
  const chosen = [...new Set(backends)].map((name) => {
    const starter = starters.get(name);
    if (starter === undefined) throw unknown(name, [...starters.keys()]);
    return starter;
  });
  return {
    variables: chosen.flatMap(({ variables }) => variables),
    config: {
      frontends: [
        { type: 'udp', host: '127.0.0.1', port },
        { type: 'tcp', host: '127.0.0.1', port },
      ],
      backends: chosen.map(({ block }) => block),
    },
  };
}
