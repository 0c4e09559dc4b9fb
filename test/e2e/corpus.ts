/** Names, values and tags that break careless code. Bytes where they are no UTF-8. */

type Piece = string | Uint8Array;

const brokenUtf8 = [
  Uint8Array.of(0xff, 0xfe),
  Uint8Array.of(0x61, 0xc3, 0x28),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xf0, 0x28, 0x8c, 0xbc),
  Uint8Array.of(0xe2, 0x82),
];

const names: readonly Piece[] = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype', '__defineGetter__'],
  ...['', '\0', 'a\0b', 'a\rb', 'a\nb', '\n\n', '\x1b[31mred', '\x1b]0;title\x07', '\x9b31m', '\x7f', '\x08'],
  ...['"quoted"', "it's", '`', 'a b', ' ', 'a\tb', '\\', '\\n', 'a\\', '{a="b"}', '{}', '[]', '{{x}}', '$(x)', '%s%n'],
  ...['a;b=c', ';', 'a;', 'a;;', 'a;=', 'a;b=~c', '#', 'a#b', 'a,b', ',', 'a|b', '|', '||', '@', 'a@0.1', 'a:b', ':::'],
  ...[
    '.',
    '..',
    '...',
    '.a',
    'a.',
    '../../etc/passwd',
    '/',
    '-',
    '--',
    '_',
    '__',
    '0',
    '-0',
    'NaN',
    'Infinity',
    'null',
  ],
  ...['le', 'quantile', '__name__', 'job', 'name', 'statsdrain.lines.received', 'statsdrain.overflow'],
  ...[
    '_e',
    '_e{5,5}:title|text',
    '_e{4294967295,1}:a|b',
    '_e{-1,-1}:a|b',
    '_e{}:',
    '_sc',
    '_sc|x|9',
    '_sc||0',
    '_sc|\0|0',
  ],
  ...['\u202e', '\u2028', '\ufeff', '\ufffd', '\u0130', '\u{1f600}', 'é', 'e\u0301', '名前'],
  ...['x'.repeat(1024), 'x'.repeat(1025), 'é'.repeat(600), 'x'.repeat(8192), 'x'.repeat(65_000), 'x'.repeat(65_536)],
  ...brokenUtf8,
];

const values: readonly Piece[] = [
  ...[
    '',
    '0',
    '-0',
    '+0',
    'NaN',
    'nan',
    'Infinity',
    '-Infinity',
    'inf',
    '1e999',
    '-1e999',
    '1e308',
    '1e-400',
    '5e-324',
  ],
  ...[
    '0x10',
    '1_000',
    '1,5',
    '--1',
    '+-1',
    '+',
    '-',
    '.',
    '1.',
    '.5',
    '1e',
    '1e+',
    'e5',
    ' 1',
    '1 ',
    '1\0',
    '\0',
    '\t',
  ],
  ...['9'.repeat(400), `0.${'1'.repeat(400)}`, '18446744073709551616', '__proto__', 'constructor', '"', '<script>'],
  ...['1:2:3', '1:', ':1', ':', '1::2', '1:x', '1|', '1|@', '|1', '1\r', '1;2', '1#2', '1,2', '1:'.repeat(3000)],
  ...['x'.repeat(9000), ...brokenUtf8],
];

const fields: readonly Piece[] = [
  ...['|@0', '|@-1', '|@2', '|@NaN', '|@1e-308', '|@1e-320', '|@', '|@0.5|@0.1', '|T1', '|T-1', '|T', '|T1e9', '|c:\0'],
  ...[
    '|#',
    '|#,',
    '|#,,,',
    '|#:',
    '|#a:',
    '|#:a',
    '|#__proto__:constructor',
    '|#__proto__',
    '|#constructor:1,constructor:2',
  ],
  ...[
    '|#a\0b',
    '|#a\rb',
    '|#\x1b[31m',
    '|#"',
    "|#'",
    '|#\\',
    '|#a:b c',
    '|#a;b',
    '|#a=b',
    '|#le:1',
    '|#quantile:1',
    '|#__name__:x',
  ],
  ...[
    '|#name:x',
    '|#host:',
    '|#\u202e',
    '|#é:名',
    `|#${'x'.repeat(200)}`,
    `|#${'x'.repeat(201)}`,
    `|#${'a,'.repeat(100)}`,
  ],
  ...[
    `|#${Array.from({ length: 100 }, (_, tag) => `t${tag}:1`).join(',')}`,
    '|#a|#b',
    '|',
    '||',
    '|x',
    '|c',
    '|e:',
    '|card:',
  ],
  ...brokenUtf8.map((bytes) => Buffer.concat([Buffer.from('|#tag:'), bytes])),
];

const types = ['c', 'g', 'ms', 'h', 'd', 's'];

function join(...pieces: readonly Piece[]): Buffer {
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}

/** Each hostile name, value and field with each type, and lines that are nothing of the kind. */
export function hostileLines(): Buffer[] {
  return [
    ...types.flatMap((type) => names.map((name) => join(name, `:1|${type}`))),
    ...types.flatMap((type) => values.map((value) => join(`value.${type}:`, value, `|${type}`))),
    ...types.flatMap((type) => fields.map((field) => join(`field.${type}:1|${type}`, field))),
    ...names.map((name) => join(name)),
    ...['x', 'cc', 'm', 'mss', '', '\0', '__proto__', 'C', 'MS'].map((type) => join(`type:1|${type}`)),
    Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 167 + 13) % 256)),
  ];
}

/** The same names and values as log lines. */
export function hostileLogLines(): Buffer[] {
  const kinds = ['count', 'measure', 'sample', 'unique'];
  return [
    ...kinds.flatMap((kind) => names.map((name) => join(`at=info ${kind}#`, name, '=1 source=eu'))),
    ...kinds.flatMap((kind) => values.map((value) => join(`${kind}#value=`, value))),
    ...names.map((name) => join('count#source=1 source=', name)),
    ...names.map((name) => join('count#quoted="', name)),
    ...names.map((name) =>
      join('<158>1 2024-05-01T10:00:01+00:00 host heroku router - at=error code=', name, ' dyno=', name),
    ),
    ...names.map((name) => join('<45>1 2024-05-01T10:00:01+00:00 host heroku ', name, ' - sample#load_avg_1m=0.1')),
  ];
}

/** Bodies of `application/logplex-1` whose frames are wrong. */
export function hostileFrames(): Buffer[] {
  return [
    '',
    '0',
    '0 ',
    '-1 x',
    '1',
    '1 ',
    '5 ab',
    '999999999999999999999 x',
    '1e3 x',
    'x',
    ' 1 a',
    '\0',
    '3 <1>',
    '00003 abc',
  ]
    .map((text) => Buffer.from(text))
    .concat(Buffer.alloc(65_536, '9'), Buffer.concat([Buffer.from('4 '), Buffer.from([0xff, 0xfe, 0, 10])]));
}
