import type { Random } from './random.ts';

/** Few names, so that they meet often: in several types, and in several spellings of one sanitised key. */
const keys = ['a', 'b', 'c.d', 'x_y', 'q-1', 'A', 'deep.er.name', '7', 'a=b', '_', '.'];
const oddKeys = [
  '',
  'a b',
  'a  b',
  'a\tb',
  'a_b',
  ' a',
  'a ',
  'a/b',
  'a-b',
  '/a//b/',
  'a(b)$',
  'a,b',
  'café',
  'caf',
  '日本',
  '#',
  '@a',
  '\u00a0a',
  '\ufeffa',
  'a\u2003b',
  'a\u0000b',
  'a\u{1f600}b',
  'm8;x=y',
  'a;t=v',
  ';',
  'app.metrics_received',
  'my.packets_received.x',
  'statsd.bad_lines_seen',
  '12.5',
];

const numbers = ['0', '1', '2', '3', '5', '7', '10', '42', '100', '250', '0.1', '0.2', '0.3', '1.5', '2.25', '33.333'];
const oddNumbers = [
  '1e3',
  '1E2',
  '1e-7',
  '1.5e1',
  '1e21',
  '0x10',
  '0XfF',
  '0o17',
  '0b11',
  ' 5 ',
  ' 5',
  '5\t',
  ' ',
  '  ',
  '.5',
  '5.',
  '00012',
  '0.30000000000000004',
  '123456789012345678901234567890',
  '9007199254740993',
  '\u00a05',
  '\ufeff6',
  '\u20037',
];
const noNumbers = [
  '',
  'NaN',
  'nan',
  '1_000',
  '1,5',
  '--5',
  '+',
  '-',
  '+-2',
  '-+2',
  '.',
  '1.2.3',
  '0x',
  '-0x10',
  '1e',
  '5 5',
  'abc',
  'null',
  'true',
  'infinity',
  '٣',
  '５',
  '5n',
];
const members = [
  'u1',
  'u2',
  'u3',
  '1',
  '01',
  '0',
  '',
  ' ',
  'a b',
  'é',
  '日',
  'constructor',
  'toString',
  '@',
  '-',
  '1.0',
];
const types = ['c', 'g', 'ms', 's'];
const oddTypes = [
  '',
  'zz',
  'C',
  'G',
  'MS',
  'S',
  'h',
  'd',
  'x',
  'm',
  'cc',
  'm s',
  ' ',
  ' c',
  'c ',
  ' g',
  'g ',
  ' ms',
  'ms ',
  '\tms',
  ' s',
  's ',
  '\u00a0g',
  'é',
];
const rates = ['@0.1', '@0.5', '@.5', '@0.25', '@0.333', '@1', '@1.0', '@0.01'];
const oddRates = [
  '@2',
  '@10',
  '@1e-1',
  '@1e5',
  '@5e-1',
  '@1.',
  '@00.5',
  '@0.5 ',
  '@0.25\t',
  '@',
  '@-1',
  '@-0.5',
  '@0.5x',
  '@.',
  '@0.1.2',
  '@x',
  '@0x',
  '@0,5',
  '@@1',
  '0.1',
  '1',
  'x@1',
  ' @1',
  '',
];
const afterRate = ['', '', '', '|T123', '|', '||', '|x|y', '|@0.5', '|c'];
const tags = [
  't:v,u:w',
  'u:w,t:v',
  't:v',
  't:v',
  'novalue',
  '',
  ',',
  ',,',
  'a:b,,c:d',
  'a:b:c',
  'a;b:c',
  'a;b;c:d',
  ';',
  ':',
  '::',
  'a b:c/d',
  't=v',
  ' t:v ',
  'T:V',
  'é:ü',
  't:v:2|c',
  'a:b|c:xyz',
  't:v|#u:w',
  't:v|@0.1',
  '#t:v',
  't:v,t:v',
];
const wholeLines = [
  'abc',
  ':',
  '::',
  ':|',
  '|',
  '||',
  '|#',
  '|#t:v',
  '#',
  '#:1|c',
  ' ',
  'a:',
  'a:1',
  'a:1|',
  'a:|',
  'a:1||@0.5',
  'a|c',
  'a:|c',
  'a:|s',
  'a:|g',
  'a:|ms',
  'a:1|c|',
  'a:1|c|@0.5|T123',
  'a:1|c|x|@0.5',
  'a:1:2:3|c',
  'a:1|c:2|c:3|c',
  'a:1|c:|c:3|c',
  'a:1|g:+2|g:-0.5|g',
  'k|#t:v:1|c',
  'm1:1|c:2|c|#t:v',
  'm2:1|c|#t:v:2|c',
  'bs:1|c|c:xyz',
  'br:1|c|#a:b|c:xyz',
  '_e{5,4}:title|text|#t:v',
  '_sc|name|0|#t:v',
  '1|c|T1656581400',
  'a:1|c|T1656581400',
  'a:1|c|#t:v|T1656581400',
  'a:5|ms|@0.1|#t:v',
  'a:+5|g',
  'a:-10|g',
  'a: -7|g',
  'a:-0|g',
  'a:+0|g',
  'a:0|g',
  'a:-5|ms',
  'a:-5| ms',
  'a:-0|ms',
  'a:-3|c',
  'a:+3|c',
  'a:-1.5|c|@0.1',
  'a:1|c|#',
  'a:1|c|#,',
  'a:1|c #t:v',
  'a :1|c',
  'a\u0000:1|c',
];

/** One packet of bytes: no, one or several lines, mostly good ones. */
export function packet(random: Random): Buffer {
  const fate = random.next();
  if (fate < 0.01) return Buffer.from(random.pick(['', '', '\n', '\n\n\n', '\r\n']));
  if (fate < 0.04) return randomBytes(random);
  const count = fate < 0.6 ? 1 : 1 + random.below(9);
  const parts: Buffer[] = [];
  for (let index = 0; index < count; index++) {
    if (index > 0) parts.push(Buffer.from(random.chance(0.05) ? '\n\n' : '\n'));
    parts.push(line(random));
  }
  if (random.chance(0.4)) parts.push(Buffer.from('\n'));
  if (random.chance(0.01)) parts.unshift(Buffer.from('\n'));
  return Buffer.concat(parts);
}

function line(random: Random): Buffer {
  const text = random.chance(0.12) ? random.pick(wholeLines) : composed(random);
  const bytes = Buffer.from(random.chance(0.08) ? `${text}\r` : text);
  return random.chance(0.08) ? mutated(bytes, random) : bytes;
}

function composed(random: Random): string {
  let text = random.chance(0.8) ? random.pick(keys) : random.pick(oddKeys);
  const values = random.chance(0.85) ? 1 : 2 + random.below(3);
  for (let index = 0; index < values; index++) text += `:${value(random)}`;
  return random.chance(0.2) ? `${text}|#${random.pick(tags)}` : text;
}

function value(random: Random): string {
  const type = random.chance(0.88) ? random.pick(types) : random.pick(oddTypes);
  return `${amount(type, random)}|${type}${rate(random)}`;
}

function amount(type: string, random: Random): string {
  if (type.trim() === 's' && random.chance(0.9)) return random.pick(members);
  const fate = random.next();
  if (fate < 0.06) return random.pick(noNumbers);
  const number = fate < 0.2 ? random.pick(oddNumbers) : fate < 0.4 ? fraction(random) : random.pick(numbers);
  const signed = type.trim() === 'g' ? 0.6 : type === 'ms' ? 0.02 : 0.15;
  return random.chance(signed) ? random.pick(['+', '-']) + number : number;
}

/** With as many digits as a double has, so that the order of additions shows. */
function fraction(random: Random): string {
  return String(random.chance(0.5) ? random.next() * 1000 : random.below(100_000) / 1000);
}

function rate(random: Random): string {
  if (random.chance(0.7)) return '';
  return `|${random.pick(random.chance(0.7) ? rates : oddRates)}${random.pick(afterRate)}`;
}

/** Bytes that mean something to a parser come more often than they would by chance. */
const meaningful = Buffer.from('ab1:|@#;,. \t\r\n+-_/0.5cgms=');

function byte(random: Random): number {
  return random.chance(0.6) ? meaningful[random.below(meaningful.length)]! : random.below(256);
}

function randomBytes(random: Random): Buffer {
  return Buffer.from(Array.from({ length: random.below(60) }, () => byte(random)));
}

/** One byte is changed, added or removed. */
function mutated(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const kept = random.chance(0.5) ? at : at + 1;
  const inserted = random.chance(0.7) ? [byte(random)] : [];
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(inserted), bytes.subarray(kept)]);
}
