/** One argument in the text that Python has for a tuple: a text in quotes, or anything up to the next comma. */
const ARGUMENT = /\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,'"]+)\s*(?:,|$)/y;
const PLACE = /%(?:\(\w*\))?[-#0 +]*\d*(?:\.(\d+))?([a-zA-Z%])/g;

/**
 * The message of a LogRecord: `msg` with its `args` in the places of `%s`, `%d`, `%.1f`. `args` is the text of a tuple, `(12, 'eu')`.
 * What is no such tuple, or has another number of arguments than there are places, leaves `msg` as it is.
 * https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting
 */
export function formatted(msg: string, args: string): string {
  const values = tupleOf(args);
  const places = [...msg.matchAll(PLACE)].filter(([, , kind]) => kind !== '%').length;
  if (values === undefined || values.length !== places || places === 0) return msg;
  let next = 0;
  return msg.replace(PLACE, (_place, digits: string | undefined, kind: string) => {
    return kind === '%' ? '%' : written(values[next++]!, kind, digits);
  });
}

function tupleOf(args: string): readonly string[] | undefined {
  if (!args.startsWith('(') || !args.endsWith(')')) return undefined;
  const inside = args.slice(1, -1);
  const values: string[] = [];
  for (ARGUMENT.lastIndex = 0; ARGUMENT.lastIndex < inside.length; ) {
    const [, value] = ARGUMENT.exec(inside) ?? [];
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

const LONGEST_FRACTION = 20;

function written(value: string, kind: string, digits: string | undefined): string {
  if (/^['"]/.test(value)) return value.slice(1, -1).replace(/\\(.)/g, (_, one: string) => ESCAPES.get(one) ?? one);
  const number = Number(value);
  if (Number.isNaN(number)) return value.trim();
  if (kind === 'd' || kind === 'i') return String(Math.trunc(number));
  if (kind === 'f' || kind === 'F') return number.toFixed(Math.min(Number(digits ?? 6), LONGEST_FRACTION));
  return value.trim();
}

const ESCAPES = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
]);
