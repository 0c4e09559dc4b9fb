/** How a short program reads log bodies: a string, split at newlines, regular expressions for each line. */
const SIGIL = /(?:^|\s)(count|measure|sample)#([\w.:/-]+)=(\d+(?:\.\d+)?)([A-Za-z]*)/g;
const SOURCE = /(?:^|\s)source=(\S+)/;
const FRAME = /^\d+ <\d+>1 \S+ \S+ (\S+) (\S+) - (.*)$/;

let counters = new Map<string, number>();
let values = new Map<string, number[]>();
const gauges = new Map<string, number>();

function count(key: string, value: number): void {
  counters.set(key, (counters.get(key) ?? 0) + value);
}

function observe(key: string, value: number): void {
  const list = values.get(key);
  if (list === undefined) values.set(key, [value]);
  else list.push(value);
}

function takeLine(line: string): void {
  const [, app, proc, message] = FRAME.exec(line) ?? [];
  if (message === undefined) return;
  if (app === 'heroku' && proc === 'router') {
    const dyno = /(?:^|\s)dyno=(\w+)/.exec(message)?.[1];
    const connect = /(?:^|\s)connect=(\d+)ms/.exec(message)?.[1];
    const service = /(?:^|\s)service=(\d+)ms/.exec(message)?.[1];
    const status = /(?:^|\s)status=(\d+)/.exec(message)?.[1];
    if (connect !== undefined) observe(`dyno.${dyno}.connect_time`, Number(connect));
    if (service !== undefined) observe(`dyno.${dyno}.service_time`, Number(service));
    if (status !== undefined) count(`dyno.${dyno}.status.${status}`, 1);
    return;
  }
  const source = SOURCE.exec(message)?.[1] ?? proc;
  for (const [, kind, name, value] of message.matchAll(SIGIL)) {
    const key = `${name} ${source}`;
    if (kind === 'count') count(key, Number(value));
    else if (kind === 'measure') observe(key, Number(value));
    else gauges.set(key, Number(value));
  }
}

export function takeBody(body: Buffer): void {
  for (const line of body.toString().split('\n')) takeLine(line);
}

/** Ends a window. */
export function flush(): void {
  for (const list of values.values()) list.sort((a, b) => a - b);
  counters = new Map();
  values = new Map();
}
