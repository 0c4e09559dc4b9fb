import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../../src/kit/slices.ts';
import { found, frames, message } from '../log-frames.ts';
import { plainRead } from '../plain-reader.ts';
import { openReader, readFrames, readLines } from '../reading.ts';

describe('metrics in messages', () => {
  it.each<[line: string, expected: readonly string[]]>([
    ['count#hit measure#t=1.5e2ms sample#temp=-4.5', ['counter hit 1', 'timer t 150', 'gauge temp -4.5']],
    ['unique#user=bob@example.com', ['set user bob@example.com']],
    ['unique#user="bob \\"b\\" smith" count#a', ['counter a 1', 'set user bob "b" smith']],
    ['unique#stadt=Köln', ['set stadt Köln']],
    ['canonical-log-line method=POST path=/v1/charge status=200 duration=0.112 db_queries=9', []],
    ['{"level":"info","msg":"done","duration_ms":12.5,"route":"/v1"}', []],

    ['count#a=3', ['counter a 3']],
    ['count#a=1.9', ['counter a 1.9']],
    ['count#a=-0', ['counter a 0']],
    ['count#a b=2', ['counter a 1']],
    ['sample#a=.5', ['gauge a 0.5']],
    ['sample#a=5.', ['gauge a 5']],
    ['sample#a=+1', ['gauge a 1']],
    ['sample#a=5e', ['gauge a 5']],
    ['sample#a=3E2', ['gauge a 300']],
    ['sample#a=1e-3x', ['gauge a 0.001']],
    ['sample#a=12345678901234567890', ['gauge a 12345678901234567000']],
    ['sample#a=99%', ['gauge a 99']],
    ['sample#a=2411pages', ['gauge a 2411']],
    ['sample#queue-size=4 count#my-app.users=2', ['gauge queue-size 4', 'counter my-app.users 2']],
    ['count#a:b/c=1', ['counter a:b/c 1']],
    [`count#${'n'.repeat(200)}`, [`counter ${'n'.repeat(200)} 1`]],
    ['count#__proto__ count#constructor=2', ['counter __proto__ 1', 'counter constructor 2']],
    ['count#a=1\tcount#b=2\r', ['counter a 1', 'counter b 2']],
    ['count#a#b=1 count#c', ['counter c 1']],
    [
      'count#a, count#b=1; count#c=2) sample#d=3], count#e]',
      ['counter a 1', 'counter b 1', 'counter c 2', 'gauge d 3', 'counter e 1'],
    ],
    [
      'unique#a=x, unique#b=(y) count#c source=eu,',
      ['counter c 1 source:eu', 'set a x source:eu', 'set b (y source:eu'],
    ],
    ['\u001b[32mcount#a=1\u001b[0m \u001b[1;31mcount#b\u001b[0m', ['counter a 1', 'counter b 1']],
    ['[32mcount#a=1 xmcount#b=1', []],
    ['\ufeffcount#a=1', ['counter a 1']],
    ['x\ufeffcount#a=1', []],

    ['measure#a=12ms', ['timer a 12']],
    ['measure#a=2s', ['timer a 2000']],
    ['measure#a=2.5m', ['timer a 150000']],
    ['measure#a=1h', ['timer a 3600000']],
    ['measure#a=250us', ['timer a 0.25']],
    ['measure#a=250µs', ['timer a 0.25']],
    ['measure#a=250μs', ['timer a 0.25']],
    ['measure#a=1500ns', ['timer a 0.0015']],
    ['measure#a=12', ['histogram a 12']],
    ['measure#a=12kB', ['histogram a 12']],
    ['measure#db-query.ms=235', ['histogram db-query.ms 235']],
    ['measure#a=1m30.5s', ['timer a 90500']],
    ['measure#a=12MS', ['timer a 12']],
    ['measure#a=2mins', ['timer a 120000']],
    ['measure#a=12ms measure#a=13 measure#a=14kB', ['timer a 12', 'timer a 13', 'timer a 14']],
    ['measure#a=14kB measure#a=12 measure#a=2s', ['histogram a 14', 'histogram a 12', 'histogram a 2000']],

    ['premeasure#x=1 x/count#y=1 -sample#z=1', []],
    ['"count#a=1" msg="count#b=1 count#c=2" count#d=1', ['counter d 1']],
    ['msg="a \\" count#a=1" count#b', ['counter b 1']],
    ['msg="a \\\\" count#a=1', ['counter a 1']],
    ['{"msg":"done count#a=1","n":1} count#b', ['counter b 1']],
    ['{:msg=>"done count#a=1"} count#b', ['counter b 1']],
    ['a 5" pipe and a 6" one count#a', ['counter a 1']],
    ['a 5" pipe count#a', ['counter a 1']],
    ['msg="cut off count#a=1', []],
    ["msg='done count#a=1' count#b", ['counter b 1']],
    ["msg='don\\'t count#a=1' count#b", ['counter b 1']],
    ["it's done, the users' too count#a", ['counter a 1']],
    ["msg='it isn't count#a=1' count#b", ['counter b 1']],
    ["msg='cut off count#a=1", []],
    ['msg=`done " count#a=1` count#b', ['counter b 1']],
    ['msg="a \' b" count#a=1', ['counter a 1']],
    ["unique#a='b c' count#d source=`e f`", ['counter d 1 source:e f', 'set a b c source:e f']],
    ['msg="cut off count#a=1\ncount#b=1', ['counter b 1']],
    ['http://x/?a=1#count#a=1', []],

    ['count#a=2 source=eu', ['counter a 2 source:eu']],
    ['source=eu count#a measure#b=1ms', ['counter a 1 source:eu', 'timer b 1 source:eu']],
    ['source="my app" count#a', ['counter a 1 source:my app']],
    ['datasource=pg count#a', ['counter a 1']],
    ['msg="x source=pg" count#a source=eu', ['counter a 1 source:eu']],
    ['source= count#a', ['counter a 1']],
    ['source=a source=b count#a', ['counter a 1 source:a']],
    ['source=a,b|c count#a', ['counter a 1 source:a_b_c']],
    ['source=Köln count#a', ['counter a 1 source:Köln']],
    [`source=${'s'.repeat(300)} count#a`, [`counter a 1 source:${'s'.repeat(128)}`]],
    [
      'source=eu count#a\ncount#b\ncount#c source=us',
      ['counter a 1 source:eu', 'counter b 1', 'counter c 1 source:us'],
    ],
  ])('%s', (line, expected) => {
    expect(readLines(line).found).toEqual(expected);
    const framed = frames(message('app', '-', line), message('app', '-', `${line}\n`));
    expect(readFrames(framed).found.sort()).toEqual([...expected, ...expected].sort());
  });

  it.each(['count#a=-5', 'count#a=', 'measure#a', 'measure#a=', 'sample#a=x', 'sample#a=1.5.3', 'sample#a=1,2'])(
    'refuses and counts the value of %s',
    (line) => {
      const { found, intake } = readLines(`${line} count#good`);
      expect(found).toEqual(['counter good 1']);
      expect(intake.discarded).toEqual(new Map([['bad_value', 1]]));
      expect(intake.counted.get('drain.value_errors')).toBe(1);
    },
  );

  it.each([
    'sample#a="1"',
    'sample#a=1e400',
    'sample#a=--1',
    'sample#a=1req/s',
    'sample#a=1ninechars',
    'unique#a=',
    'unique#a=""',
  ])('refuses and counts the value of %s', (line) => {
    const { found, intake } = readLines(`${line} count#good`);
    expect(found).toEqual(['counter good 1']);
    expect(intake.discarded).toEqual(new Map([['bad_value', 1]]));
  });

  it.each(['count#', 'count#=1', 'count#a{b}=1', 'count#naïve=1', 'count#a,b', `count#${'n'.repeat(201)}=1`])(
    'refuses and counts the name of %s',
    (line) => {
      const { found, intake } = readLines(`${line} count#good`);
      expect(found).toEqual(['counter good 1']);
      expect(intake.counted.get('drain.name_errors')).toBe(1);
      expect(intake.discarded).toEqual(new Map());
    },
  );

  it('takes PROCID for a source that is missing, unless it is told not to', () => {
    const body = frames(
      message('app', 'web.1', 'count#a'),
      message('app', 'web.1', 'count#a source=eu'),
      message('app', 'web.1', 'msg="source=eu" count#a'),
    );
    expect(readFrames(body).found).toEqual([
      'counter a 1 source:web.1',
      'counter a 1 source:eu',
      'counter a 1 source:web.1',
    ]);
    expect(readFrames(body, { procIdAsSource: false }).found).toEqual([
      'counter a 1',
      'counter a 1 source:eu',
      'counter a 1',
    ]);
  });

  it('counts lines without metrics', () => {
    const { intake } = readLines('a\nb count#x\n\n\r\nc="count#x"\r\n');
    expect(intake.counted.get('drain.lines')).toBe(3);
    expect(intake.counted.get('drain.lines_without_metrics')).toBe(2);
  });
});

describe('raw lines', () => {
  const values = 'dyno=web.1 status=200';
  const router = ['counter heroku.router.requests 1 dyno_type:web,status:200,status_class:2xx,method:other'];
  const R14 = ['counter heroku.errors 1 code:R14,dyno:worker.2,dyno_type:worker'];
  it.each<[line: string, expected: readonly string[]]>([
    [message('heroku', 'router', values), router],
    [`123 ${message('heroku', 'router', values)}`, router],
    [`2024-05-01T10:00:01.12+00:00 heroku[router]: ${values}`, router],
    [`2024-05-01 10:00:01.12+00:00 heroku router - - ${values}`, router],
    [`<158>May  1 10:00:01 host heroku[router]: ${values}`, router],
    [`2024-05-01T10:00:01.12+00:00 host heroku router - ${values}`, router],
    ['2024-05-01T10:00:01+00:00 heroku[worker.2]: Error R14 (Memory quota exceeded)', R14],
    ['2024-05-01T10:00:01+00:00 host heroku worker.2 - - Error R14 (Memory quota)', R14],
  ])('of the platform are believed where the configuration says so: %s', (line, expected) => {
    expect(readLines(line, { platformLines: true }).found).toEqual(expected);
    expect(readLines(`${line}\r\n`, { platformLines: true }).found).toEqual(expected);
    expect(readLines(line).found).toEqual([]);
  });

  it.each<[line: string, expected: readonly string[]]>([
    ['2024-05-01T10:00:01+00:00 app[web.1]: count#a=1', ['counter a 1 source:web.1']],
    ['app[web.1]: count#a=1', ['counter a 1 source:web.1']],
    ['<13>May  1 10:00:01 host nginx[12]: count#a=1', ['counter a 1 source:nginx']],
    ['<13>May 11 10:00:01 host cron: count#a=1', ['counter a 1 source:cron']],
    ['May 11 10:00:01 host cron: count#a=1', ['counter a 1 source:cron']],
    [message('app', 'web.1', 'count#a=1'), ['counter a 1 source:web.1']],
    [message('app', 'web.1', '- [x@1 y="count#b=1"] count#a=1'), ['counter a 1 source:web.1']],
    ['2024-05-01T10:00:01+00:00 app[web.1]: Error R14 (Memory quota exceeded)', []],
    [`heroku[router]: ${values}`, []],
    [`a message about heroku router ${values}`, []],
    [`2024-05-01T10:00:01+00:00 host app web.1 - heroku router - ${values}`, []],
    [`203.0.113.9 - heroku router - ${values} : [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 401 0`, []],
    [`203.0.113.9 - heroku[router]: ${values} : [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 401 0`, []],
    [`msg="heroku router" ${values}`, []],
    [`msg="a heroku router - ${values}"`, []],
    [`at=info heroku router - ${values}`, []],
    ['heroku', []],
    ['heroku router', []],
    ['heroku[router]:', []],
    ['<190>1 count#a=1', ['counter a 1']],
    ['[: ]: []: []]: count#a=1', ['counter a 1']],
  ])('of others: %s', (line, expected) => {
    for (const platformLines of [true, false]) {
      expect(readLines(line, { platformLines }).found).toEqual(expected);
      expect(readLines(`${line}\r\n`, { platformLines }).found).toEqual(expected);
    }
  });
});

describe('framing', () => {
  const good = message('app', '-', 'count#good');
  it.each<[title: string, body: Buffer, expected: readonly string[], frameErrors: number]>([
    ['nothing', Buffer.alloc(0), [], 0],
    [
      'a message that holds what looks like a frame',
      frames(`${message('app', '-', 'count#a')}\n9 <1>1 x\n`, good),
      ['a', 'good'],
      0,
    ],
    [
      'frames with an LF after each',
      Buffer.concat([frames(good), Buffer.from('\n'), frames(good)]),
      ['good', 'good'],
      0,
    ],
    ['a message without a header', frames('count#a', good), ['a', 'good'], 0],
    ['an empty message', frames('', message('app', '-', ''), good), ['good'], 0],
    ['a header without a message', frames('<190>1 - host app web.1 -', good), ['good'], 0],
    ['a length that is none', Buffer.concat([Buffer.from('x1 <190>1 count#a\n'), frames(good)]), ['good'], 1],
    ['a length of 8 digits', Buffer.concat([Buffer.from('00000018 <190>1 count#a=1\n'), frames(good)]), ['good'], 1],
    ['a length that is too large', Buffer.concat([Buffer.from('9999 <190>1 count#a\n'), frames(good)]), ['good'], 1],
    ['a length that is too small', Buffer.concat([Buffer.from('10 <190>1 - count#a\n'), frames(good)]), ['good'], 1],
    ['a body that was cut off', Buffer.concat([frames(good), frames(good).subarray(0, -1)]), ['good'], 1],
    ['no frame at all', Buffer.from('count#a\ncount#b\n'), [], 1],
    [
      'lines that begin with a number after a broken length',
      Buffer.concat([Buffer.from('x\n7 count#a\n'), frames(good)]),
      ['good'],
      1,
    ],
    [
      'text between the frames',
      Buffer.concat([frames(good), Buffer.from('text\n'), frames(good)]),
      ['good', 'good'],
      1,
    ],
  ])('%s', (_title, body, names, frameErrors) => {
    const { intake } = readFrames(body);
    expect(intake.samples.map(({ name }) => name)).toEqual(names);
    expect(intake.counted.get('drain.frame_errors') ?? 0).toBe(frameErrors);
  });

  it('loses no frame before damage, whatever that is', () => {
    const parts = Array.from({ length: 12 }, (_, index) => frames(message('app', 'web.1', `count#n${index}=1\n`)));
    const body = Buffer.concat(parts);
    const mutation = fc.record({
      at: fc.nat(body.length - 1),
      remove: fc.nat(40),
      insert: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(mutation, ({ at, remove, insert }) => {
        const damaged = Buffer.concat([body.subarray(0, at), insert, body.subarray(at + remove)]);
        const whole = Math.floor(at / parts[0]!.length);
        const names = readFrames(damaged).intake.samples.map(({ name }) => name);
        expect(names.slice(0, Math.min(whole, 9))).toEqual(
          Array.from({ length: Math.min(whole, 9) }, (_, index) => `n${index}`),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('keeps what stands after MSGID for Logplex, and skips structured data for others', () => {
    const text = (head: string) => frames(message('heroku', 'web.1', `${head}Error R14 (Memory quota exceeded)`));
    for (const head of ['- ', '[INFO] ', '[x@1 a="b"] ', '[x@1 a="b \\" ]" c="d"][y] ']) {
      expect(readFrames(text(head), { structuredData: true }).found, head).toHaveLength(1);
      expect(readFrames(text(head)).found, head).toHaveLength(0);
    }
    for (const head of ['-', '[x', '[x y] ', '[x y="z] ', '[] ', '[x]']) {
      expect(readFrames(text(head), { structuredData: true }).found, head).toHaveLength(0);
    }
  });
});

describe('a body that was taken before', () => {
  it('counts for what it says of lost lines, and for nothing else', () => {
    const body = frames(
      message(
        'heroku',
        'logplex',
        'Error L10 (output buffer overflow): 500 messages dropped since 2024-05-01T09:00:00+00:00.',
      ),
      message('heroku', 'logplex', "Error L10 (output buffer overflow): drain 'd.1' dropped 7 messages"),
      message('token', 'log-shuttle', 'Error L12: 30 messages dropped since 2024-05-01T10:00:10.000000+00:00'),
      message('token', 'log-shuttle', 'Error L13: 2 messages lost since 2024-05-01T10:00:10.000000+00:00'),
      message('app', 'web.1', 'Error L13: 1000 messages lost since 2024-05-01T10:00:10.000000+00:00'),
      message('heroku', 'router', 'method=GET dyno=web.1 status=200'),
      message('app', 'web.1', 'count#a=1'),
    );
    const { found, intake } = readFrames(body, { repeated: true });
    expect(found).toEqual([]);
    expect(intake.counted).toEqual(new Map([['drain.lost_lines', 539]]));
  });
});

describe('messages that were cut', () => {
  const long = (text: string, bytes: number) => `${text} ${'x'.repeat(bytes - text.length - 1)}`;
  const read = (streams: readonly (readonly [stream: string, body: Buffer])[], repeated = false) => {
    const { reader, intake } = openReader();
    for (const [stream, body] of streams) {
      reader.begin({ client: { name: 'a' }, app: undefined, stream, repeated });
      atOnce(reader.frames(body, { structuredData: false, believed: true }));
    }
    return { found: found(intake), intake };
  };
  const of = (process: string, text: string) => message('app', process, text);
  const cut = of('web.1', long('count#begun=1', 10_000));
  const head = of('web.1', '').length;

  it('go on in the next one of the process, which gives nothing', () => {
    const body = frames(cut, of('web.2', 'count#other=1'), of('web.1', 'count#forged=1'), of('web.1', 'count#good=1'));
    const { found, intake } = read([['d.1', body]]);
    expect(found).toEqual([
      'counter begun 1 source:web.1',
      'counter other 1 source:web.2',
      'counter good 1 source:web.1',
    ]);
    expect(intake.counted.get('drain.cut_lines')).toBe(1);
  });

  it('go on in another body of the same drain', () => {
    const more = frames(of('web.1', 'count#a=1'));
    expect(
      read([
        ['d.1', frames(cut)],
        ['d.2', more],
        ['d.1', more],
        ['d.1', more],
      ]).found,
    ).toEqual(['counter begun 1 source:web.1', 'counter a 1 source:web.1', 'counter a 1 source:web.1']);
  });

  it('may be cut more than once', () => {
    const body = frames(
      cut,
      of('web.1', long('count#forged=1', 10_000)),
      of('web.1', 'count#forged=1'),
      of('web.1', 'count#good=1'),
    );
    expect(read([['d.1', body]]).found).toEqual(['counter begun 1 source:web.1', 'counter good 1 source:web.1']);
  });

  it('may be as long with their head', () => {
    const body = frames(of('web.1', long('count#begun=1', 10_000 - head)), of('web.1', 'count#forged=1'));
    expect(body.subarray(6, 10_006).at(-1)).toBe(0x78);
    expect(read([['d.1', body]]).found).toEqual(['counter begun 1 source:web.1']);
  });

  it('lose what the cut went through', () => {
    const text = `${'x'.repeat(10_000 - ' count#cut=12'.length)} count#cut=12`;
    expect(read([['d.1', frames(of('web.1', text))]]).found).toEqual([]);
  });

  it('are no such ones with their end, or of another length', () => {
    for (const text of [`${long('count#a=1', 9999)}\n`, long('count#a=1', 9999), long('count#a=1', 10_001)]) {
      expect(read([['d.1', frames(of('web.1', text), of('web.1', 'count#good=1'))]]).found).toHaveLength(2);
    }
  });

  it("say nothing of a request: what is left of one is a visitor's", () => {
    const request = long(
      'at=info method=GET path="/" fwd="x" dyno=evil.1 connect=1ms service=2ms status=200 bytes=1',
      10_000,
    );
    const more = 'at=info method=GET path="/" fwd="x" dyno=evil.1 connect=1ms service=2ms status=200 bytes=1';
    const body = frames(message('heroku', 'router', request), message('heroku', 'router', more));
    expect(read([['d.1', body]]).found).toEqual([]);
  });

  it('are known once', () => {
    expect(read([['d.1', frames(cut)]], true).found).toEqual([]);
  });
});

describe('any input', () => {
  const token = fc.constantFrom(
    ...[
      'count#a=1',
      ' sample#b=-2',
      '"',
      '\\',
      '=',
      '#',
      ' ',
      '\n',
      '\r\n',
      'source=',
      'heroku router - ',
      'dyno=web.1 ',
    ],
    ...['<1>1 ', '12 ', '[x y="', ']: ', 'Error L10', 'unique#', 'é', 'measure#x=9s', 'status=200 ', 'connect=1ms '],
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
    fc.array(token, { maxLength: 40 }).map((tokens) => Buffer.from(tokens.join(''))),
  );

  it('never throws, and gives finite numbers, legal names and harmless tags', () => {
    fc.assert(
      fc.property(bytes, fc.boolean(), (body, structuredData) => {
        for (const { intake } of [readFrames(body, { structuredData }), readLines(body)]) {
          for (const { name, value, tags } of intake.samples) {
            expect(Number.isFinite(value)).toBe(true);
            expect(name).toMatch(/^[A-Za-z0-9_.:/-]{1,200}$/);
            // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be in there.
            if (tags !== undefined) expect(tags).toMatch(/^[^,|\x00-\x1f\x7f]+$/);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('finds nothing in a quoted value, whatever it holds', () => {
    const quoted = fc.array(token, { maxLength: 20 }).map((tokens) => JSON.stringify(tokens.join('')));
    fc.assert(
      fc.property(quoted, quoted, (a, b) => {
        const { found } = readLines(`x=${a} count#good=1 ${b} {"k":${b}}`);
        expect(found).toEqual(['counter good 1']);
      }),
    );
  });

  it('reads each message the same alone and among others', () => {
    const text = fc.array(token, { maxLength: 10 }).map((tokens) => message('app', 'web.1', tokens.join('')));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), (messages) => {
        // What a measurement is, the first one of its name decides.
        const read = (...some: readonly string[]) =>
          readFrames(frames(...some)).intake.samples.map(({ name, value, tags }) => ({ name, value, tags }));
        expect(read(...messages)).toEqual(messages.flatMap((one) => read(one)));
      }),
    );
  });
});

describe('the fast reader', () => {
  const one = (...texts: readonly string[]) => fc.constantFrom(...texts);
  const quoted = fc
    .array(one('/', 'dyno=evil.1', ' connect=1ms ', 'status=200', '\\"', '\\\\', ' ', 'count#x=1', 'desc='), {
      maxLength: 4,
    })
    .map((parts) => `"${parts.join('')}"`);
  const front = fc.array(
    fc.oneof(
      one(
        'at=info',
        'at=error',
        'code=H12',
        'code=blank-app',
        'sock=client',
        'method=GET',
        'method=POST',
        'method=X',
        'x',
        '=',
      ),
      quoted.map((text) => `desc=${text}`),
    ),
    { maxLength: 4 },
  );
  const middle = fc.array(
    fc.oneof(
      quoted.map((text) => `path=${text}`),
      quoted.map((text) => `fwd=${text}`),
      one('host=a.example.com', 'request_id=7c2e', 'dyno=evil.1', 'status=200', 'method=PUT'),
    ),
    { maxLength: 4 },
  );
  const field = fc.oneof(
    one('dyno=web.1', 'dyno=web.12', 'dyno=', 'dyno=my_worker2.1', 'dyno=web', 'dyno=my-web.3'),
    one('connect=1ms', 'connect=', 'connect=12.5ms', 'connect=1s', 'service=30001ms', 'service=x', 'service=7ms'),
    one(
      'status=200',
      'status=304',
      'status=299',
      'status=99',
      'status=',
      'status=1000',
      'bytes=1627',
      'bytes=',
      'bytes=1x',
    ),
    one('protocol=https', 'protocol=http2.0', 'protocol=x', 'protocol=', 'protocol=httpsx', 'tls=true', '"', 'y', '=7'),
  );
  const usual = one(
    'dyno=web.1 connect=1ms service=39ms status=200 bytes=1627 protocol=https',
    'dyno=web.2 connect=0ms service=4ms status=404 bytes=2 protocol=http2.0 tls=true tls_version=tls1.3',
    'dyno=web.3 connect=0ms service=30000ms status=503 bytes=0',
    'dyno=web.3 connect=0ms service=30000ms status=503 bytes=0 status=304',
    'dyno= connect= service= status=503 bytes= protocol=https',
  );
  const back = fc.oneof(
    usual,
    fc.array(field, { maxLength: 7 }).map((fields) => fields.join(' ')),
  );
  const request = fc
    .tuple(
      fc.oneof(
        one('at=info method=GET').map((text) => [text]),
        front,
      ),
      middle,
      back,
    )
    .map(([first, second, third]) => [...first, ...second, third].join(' '));
  const token = fc.oneof(
    one(
      'count#a=1',
      'count#b',
      'count#a=-2',
      'count#a=1.5,',
      'measure#m=12ms',
      'measure#m=1.5s',
      'measure#n=7',
      'measure#n=3kB',
    ),
    one(
      'sample#q.depth=12',
      'sample#load-avg_1m=-0.25',
      'sample#x=1.2.3',
      'sample#mem=512.00MB',
      'sample#',
      'count#{',
      'x#a=1',
    ),
    one('source=eu', 'source=', 'datasource=pg', 'at=info', 'plain', '5"', '"', '\n', 'precount#a=1', 'x=count#a=1'),
    quoted,
    quoted.map((text) => `msg=${text}`),
  );
  const line = fc.array(token, { maxLength: 8 }).map((tokens) => tokens.join(' '));
  const logged = fc.oneof(
    request.map((text) => ['heroku', 'router', text] as const),
    line.map((text) => ['app', 'web.1', text] as const),
    line.map((text) => ['heroku', 'worker.2', text] as const),
  );

  it('finds what regular expressions find', () => {
    fc.assert(
      fc.property(fc.array(logged, { minLength: 1, maxLength: 5 }), (lines) => {
        const { found } = readFrames(frames(...lines.map((one) => message(one[0], one[1], one[2]))));
        expect(found).toEqual(lines.flatMap((one) => plainRead(one[0], one[1], one[2])));
      }),
      { numRuns: 1500 },
    );
  });
});

describe('large bodies', () => {
  const texts = Array.from({ length: 2000 }, (_, index) => `count#n${index % 700}=${index} ${'x'.repeat(index % 97)}`);
  // One is longer than what is read at a time, and one has more tokens.
  texts[900] = `count#long=1 ${'y'.repeat(150_000)} count#end=2`;
  texts[1500] = Array.from({ length: 1700 }, (_, index) => `count#t${index}=1`).join(' ');
  const samples = texts.flatMap((text) =>
    [...text.matchAll(/count#(\w+)=(\d+)/g)].map(([, name, value]) => `${name} ${value}`),
  );
  const given = (intake: ReturnType<typeof readLines>['intake']) =>
    intake.samples.map(({ name, value }) => `${name} ${value}`);
  const maxSeries = 10_000;

  it('are read in parts, as lines and as frames', () => {
    expect(given(readLines(texts.join('\n'), { maxSeries }).intake)).toEqual(samples);
    expect(given(readLines(`${texts.join('\r\n')}\r\n`, { maxSeries }).intake)).toEqual(samples);
    expect(given(readFrames(frames(...texts), { maxSeries }).intake)).toEqual(samples);
    expect(
      given(readFrames(frames(...texts.map((text) => message('app', 'web.1', text))), { maxSeries }).intake),
    ).toEqual(samples);
  });

  it('give way to others at least every 8 KiB and every 500 tokens', () => {
    for (const read of ['lines', 'frames', 'record'] as const) {
      const { reader, intake } = openReader({ maxSeries });
      const steps =
        read === 'lines'
          ? reader.lines(Buffer.from(texts.join('\n')))
          : read === 'frames'
            ? reader.frames(frames(...texts), { structuredData: false, believed: true })
            : (function* () {
                for (const text of texts) if (reader.record({ text })) yield* reader.flush();
                yield* reader.end();
              })();
      let most = 0;
      for (let before = 0, step = steps.next(); ; step = steps.next()) {
        most = Math.max(most, intake.samples.length - before);
        before = intake.samples.length;
        if (step.done === true) break;
      }
      expect(given(intake)).toEqual(samples);
      expect(most).toBeLessThanOrEqual(1100);
    }
  });
});
