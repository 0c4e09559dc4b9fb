import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogReaders } from '../../../../frontends/http/extract/reader.ts';
import { atOnce } from '../../../../src/kit/slices.ts';
import { type RecordingIntake, recordIntake } from '../../../helper/intake.ts';
import { found, frames, message } from '../log-frames.ts';

interface Options {
  readonly app?: string;
  readonly structuredData?: boolean;
  readonly procIdAsSource?: boolean;
}

function readerOf(intake: RecordingIntake, app: string | undefined, procIdAsSource: boolean) {
  const reader = createLogReaders(intake, { procIdAsSource, spent: () => true })();
  reader.begin(app, false);
  return reader;
}

function readFrames(body: Buffer, { app, structuredData = false, procIdAsSource = true }: Options = {}) {
  const intake = recordIntake();
  const count = atOnce(readerOf(intake, app, procIdAsSource).frames(body, structuredData));
  return { intake, count, found: found(intake) };
}

function readLines(body: string | Buffer, { app, procIdAsSource = true }: Options = {}) {
  const intake = recordIntake();
  atOnce(readerOf(intake, app, procIdAsSource).lines(Buffer.from(body)));
  return { intake, found: found(intake) };
}

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/logplex/${name}.logplex`, import.meta.url));

describe('whole bodies', () => {
  it('reads a normal batch of Logplex', () => {
    const body = fixture('normal');
    expect(body).toHaveLength(705);
    const { found, intake, count } = readFrames(body);
    expect(found).toEqual([
      'timer dyno.web.connect_time 1 source:web',
      'timer dyno.web.service_time 39 source:web',
      'counter dyno.web.status.200 1 source:web',
      'gauge load_avg_1m 0.56 source:web.2',
      'histogram dyno.web.load_avg_1m 0.56 source:web.2',
      'gauge load_avg_5m 0.26 source:web.2',
      'gauge load_avg_15m 0.17 source:web.2',
      'gauge memory_total 181.5 source:web.2',
      'gauge memory_rss 180 source:web.2',
      'gauge memory_quota 512 source:web.2',
      'timer db.query 12.5 source:eu',
      'counter cart.add 2 source:eu',
    ]);
    expect(count).toBe(4);
    expect(intake.counted).toEqual(
      new Map([
        ['drain.frames', 4],
        ['drain.lines', 4],
      ]),
    );
  });

  it('reads a retry with a loss notice that has no newline, and newlines inside of a message', () => {
    const body = fixture('outage');
    expect(body).toHaveLength(536);
    const { found, intake, count } = readFrames(body);
    expect(found).toEqual([
      'counter heroku.error.L10 1',
      'counter heroku.error.H12 1',
      'timer dyno.web.connect_time 0 source:web',
      'counter dyno.web.status.503 1 source:web',
      'counter job.failed 1 source:worker.1',
    ]);
    expect(count).toBe(3);
    expect(intake.counted).toEqual(
      new Map([
        ['drain.frames', 3],
        ['drain.lines', 3],
        ['drain.lost_lines', 37],
      ]),
    );
  });

  it('reads a batch of log-shuttle', () => {
    const body = fixture('log-shuttle');
    expect(body).toHaveLength(356);
    const { found, intake, count } = readFrames(body, { structuredData: true });
    expect(found).toEqual([
      'counter heroku.error.L13 1',
      'gauge queue-depth -3 source:web.1',
      'histogram upload 1.5 source:web.1',
      'counter heroku.error.R14 1',
    ]);
    expect(count).toBe(3);
    expect(intake.counted.get('drain.lost_lines')).toBe(12);
  });
});

const ROUTER =
  'at=info method=GET path="/" host=a.example.com request_id=1 fwd="198.51.100.2" dyno=web.1 connect=1ms service=39ms status=200 bytes=1627';

describe('lines of the platform', () => {
  it.each<[title: string, process: string, text: string, expected: readonly string[]]>([
    [
      'router',
      'router',
      ROUTER,
      [
        'timer dyno.web.connect_time 1 source:web',
        'timer dyno.web.service_time 39 source:web',
        'counter dyno.web.status.200 1 source:web',
      ],
    ],
    [
      'router with fields of a later version',
      'router',
      'at=info method=GET path="/" host=a.example.com fwd="198.51.100.2" dyno=web.1 connect=0ms service=4ms status=200 bytes=2 protocol=http2.0 tls=true tls_version=tls1.3',
      [
        'timer dyno.web.connect_time 0 source:web',
        'timer dyno.web.service_time 4 source:web',
        'counter dyno.web.status.200 1 source:web',
      ],
    ],
    [
      'H12',
      'router',
      'at=error code=H12 desc="Request timeout" method=GET path="/" dyno=web.3 connect=0ms service=30000ms status=503 bytes=0',
      [
        'counter heroku.error.H12 1',
        'timer dyno.web.connect_time 0 source:web',
        'counter dyno.web.status.503 1 source:web',
      ],
    ],
    [
      'H18',
      'router',
      'sock=backend at=error code=H18 desc="Server Request Interrupted" method=GET path="/" dyno=web.5 connect=0ms service=495ms status=503 bytes=1648',
      [
        'counter heroku.error.H18 1',
        'timer dyno.web.connect_time 0 source:web',
        'counter dyno.web.status.503 1 source:web',
      ],
    ],
    [
      'H27: 499 counts as an error of the server',
      'router',
      'sock=client at=warning code=H27 desc="Client Request Interrupted" method=GET path="/" dyno=web.1 connect=1ms service=88ms status=499 bytes=0',
      [
        'counter heroku.error.H27 1',
        'timer dyno.web.connect_time 1 source:web',
        'counter dyno.web.status.499 1 source:web',
      ],
    ],
    [
      'H10: no dyno was reached',
      'router',
      'at=error code=H10 desc="App crashed" method=GET path="/" host=a.example.com fwd="198.51.100.2" dyno= connect= service= status=503 bytes=',
      ['counter heroku.error.H10 1'],
    ],
    [
      'H19: a dyno that was not connected to',
      'router',
      'at=error code=H19 desc="Backend connection timeout" method=GET path="/" dyno=web.1 connect=5001ms service= status=503 bytes=',
      [
        'counter heroku.error.H19 1',
        'timer dyno.web.connect_time 5001 source:web',
        'counter dyno.web.status.503 1 source:web',
      ],
    ],
    [
      'a code in lower case',
      'router',
      'at=info code=blank-app desc="Blank app" dyno= connect= service= status=502',
      [],
    ],
    ['a code that only begins like one', 'router', 'at=error code=H120 desc="" dyno=', []],
    [
      'a process type with an underscore',
      'router',
      'at=info method=GET path="/" dyno=my_worker2.1 connect=1ms service=5ms status=200 bytes=1',
      [
        'timer dyno.my_worker2.connect_time 1 source:my_worker2',
        'timer dyno.my_worker2.service_time 5 source:my_worker2',
        'counter dyno.my_worker2.status.200 1 source:my_worker2',
      ],
    ],
    [
      'a query that looks like fields',
      'router',
      'at=info method=GET path="/?dyno=evil.1&status=200&connect=1ms&service=9ms count#evil=1" fwd="dyno=evil.1 status=200" dyno=web.1 connect=2ms service=3ms status=404 bytes=1',
      [
        'timer dyno.web.connect_time 2 source:web',
        'timer dyno.web.service_time 3 source:web',
        'counter dyno.web.status.404 1 source:web',
      ],
    ],
    [
      'quotes that a visitor sent',
      'router',
      'at=info path="/"dyno=evil.1"" fwd="1" dyno=evil.1 connect=7ms service=7ms status=207 x="" dyno=web.1 connect=2ms service=3ms status=204 bytes=1',
      [
        'timer dyno.web.connect_time 2 source:web',
        'timer dyno.web.service_time 3 source:web',
        'counter dyno.web.status.204 1 source:web',
      ],
    ],
    [
      'a backslash before a closing quote',
      'router',
      'at=info path="/" fwd="198.51.100.2\\" dyno=web.1 connect=2ms service=3ms status=204 bytes=1',
      [
        'timer dyno.web.connect_time 2 source:web',
        'timer dyno.web.service_time 3 source:web',
        'counter dyno.web.status.204 1 source:web',
      ],
    ],
    [
      'fields in another order',
      'router',
      'at=info dyno=web.1 connect=2ms service=3ms status=204 path="/" fwd="198.51.100.2"',
      [
        'timer dyno.web.connect_time 2 source:web',
        'timer dyno.web.service_time 3 source:web',
        'counter dyno.web.status.204 1 source:web',
      ],
    ],
    [
      'fields between quoted ones',
      'router',
      'at=info path="/" dyno=web.1 connect=2ms service=3ms status=204 tls="1.3"',
      [
        'timer dyno.web.connect_time 2 source:web',
        'timer dyno.web.service_time 3 source:web',
        'counter dyno.web.status.204 1 source:web',
      ],
    ],
    ['a process type that is no name', 'router', 'at=info dyno=we|b.1 connect=1ms service=1ms status=200', []],
    ['a status that is none', 'router', 'at=info dyno=web.1 connect=1 service=x status=2e9', []],
    [
      'load averages',
      'web.1',
      'source=web.1 dyno=heroku.10.ab sample#load_avg_1m=2.46 sample#load_avg_5m=1.06 sample#load_avg_15m=0.99',
      [
        'gauge load_avg_1m 2.46 source:web.1',
        'histogram dyno.web.load_avg_1m 2.46 source:web.1',
        'gauge load_avg_5m 1.06 source:web.1',
        'gauge load_avg_15m 0.99 source:web.1',
      ],
    ],
    [
      'memory',
      'web.1',
      'source=web.1 dyno=heroku.10.ab sample#memory_quota=512.00MB',
      ['gauge memory_quota 512 source:web.1'],
    ],
    ['R14', 'worker.2', 'Error R14 (Memory quota exceeded)', ['counter heroku.error.R14 1']],
    [
      'R10',
      'web.1',
      'Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch',
      ['counter heroku.error.R10 1'],
    ],
    ['an error later in the line', 'web.1', 'Stopping: Error R12 (Exit timeout)', []],
    ['a change of state', 'web.1', 'State changed from starting to up', []],
    [
      'Postgres',
      'heroku-postgres',
      'source=DATABASE addon=postgresql-flat-1 sample#load-avg-1m=0.025 sample#read-iops=0 sample#write-iops=0.1 sample#tmp-disk-used=33849344 sample#tmp-disk-available=72944943104 sample#memory-total=3944484kB sample#memory-free=84744kB sample#memory-cached=3191604kB sample#memory-postgres=65632kB',
      [
        'gauge load-avg-1m 0.025 source:DATABASE',
        'gauge read-iops 0 source:DATABASE',
        'gauge write-iops 0.1 source:DATABASE',
        'gauge tmp-disk-used 33849344 source:DATABASE',
        'gauge tmp-disk-available 72944943104 source:DATABASE',
        'gauge memory-total 3944484 source:DATABASE',
        'gauge memory-free 84744 source:DATABASE',
        'gauge memory-cached 3191604 source:DATABASE',
        'gauge memory-postgres 65632 source:DATABASE',
      ],
    ],
    [
      'Postgres, sizes',
      'heroku-postgres',
      'source=DATABASE addon=postgresql-x-2 sample#db-max-size=68719476736bytes sample#db-size-percentage-used=0.23 sample#follower-lag-commits=12 sample#wal-percentage-used=0.06',
      [
        'gauge db-max-size 68719476736 source:DATABASE',
        'gauge db-size-percentage-used 0.23 source:DATABASE',
        'gauge follower-lag-commits 12 source:DATABASE',
        'gauge wal-percentage-used 0.06 source:DATABASE',
      ],
    ],
    [
      'Kafka',
      'heroku-kafka',
      'source=KAFKA addon=kafka-round-4 sample#load-avg-1m.kafka.0=0.2 sample#bytes-in-per-second=1024',
      ['gauge load-avg-1m.kafka.0 0.2 source:KAFKA', 'gauge bytes-in-per-second 1024 source:KAFKA'],
    ],
    [
      'pgbouncer',
      'pgbouncer',
      'source=pgbouncer sample#client_active=6 sample#client_waiting=0 sample#avg_query=3.1ms',
      [
        'gauge client_active 6 source:pgbouncer',
        'gauge client_waiting 0 source:pgbouncer',
        'gauge avg_query 3.1 source:pgbouncer',
      ],
    ],
  ])('%s', (_title, process, text, expected) => {
    expect(readFrames(frames(message('heroku', process, `${text}\n`))).found).toEqual(expected);
  });

  it.each<[text: string, code: string, lost: number]>([
    ['Error L10 (output buffer overflow): 500 messages dropped since 2024-05-01T09:00:00+00:00.', 'L10', 500],
    ["Error L10 (output buffer overflow): drain 'd.1' dropped 7 messages", 'L10', 7],
    ['Error L12: 3 messages dropped since 2024-05-01T10:00:10.000000+00:00', 'L12', 3],
    ['Error L13: 12 messages lost since 2024-05-01T10:00:10.000000+00:00', 'L13', 12],
    ['Error L15 (Tail buffer temporarily unavailable)', 'L15', 0],
  ])('counts the lines that were lost: %s', (text, code, lost) => {
    const { found, intake } = readFrames(frames(message('heroku', 'logplex', text)));
    expect(found).toEqual([`counter heroku.error.${code} 1`]);
    expect(intake.counted.get('drain.lost_lines') ?? 0).toBe(lost);
  });

  it.each([ROUTER, 'Error R14 (Memory quota exceeded)', 'heroku router at=error code=H12 dyno=web.1 connect=1ms'])(
    'does not believe an app that says: %s',
    (text) => {
      expect(readFrames(frames(message('app', 'router', text))).found).toEqual([]);
      expect(readLines(message('app', 'web.1', text)).found).toEqual([]);
    },
  );

  it('tags everything with the app of the drain', () => {
    const body = frames(
      message('heroku', 'router', ROUTER),
      message('heroku', 'web.1', 'Error R14 (Memory quota exceeded)'),
      message('app', 'web.1', 'count#hit'),
      message('app', '-', 'count#hit'),
    );
    expect(readFrames(body, { app: 'shop' }).found).toEqual([
      'timer dyno.web.connect_time 1 source:web,app:shop',
      'timer dyno.web.service_time 39 source:web,app:shop',
      'counter dyno.web.status.200 1 source:web,app:shop',
      'counter heroku.error.R14 1 app:shop',
      'counter hit 1 source:web.1,app:shop',
      'counter hit 1 app:shop',
    ]);
  });
});

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

    ['premeasure#x=1 x/count#y=1 -sample#z=1', []],
    ['"count#a=1" msg="count#b=1 count#c=2" count#d=1', ['counter d 1']],
    ['msg="a \\" count#a=1" count#b', ['counter b 1']],
    ['msg="a \\\\" count#a=1', ['counter a 1']],
    ['{"msg":"done count#a=1","n":1} count#b', ['counter b 1']],
    ['{:msg=>"done count#a=1"} count#b', ['counter b 1']],
    ['a 5" pipe and a 6" one count#a', ['counter a 1']],
    ['a 5" pipe count#a', ['counter a 1']],
    ['msg="cut off count#a=1', []],
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

  it.each(['count#a=-5', 'count#a=', 'measure#a', 'measure#a=', 'sample#a=x', 'sample#a=1.5.3', 'sample#a=1,'])(
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

  it.each(['count#', 'count#=1', 'count#a{b}=1', 'count#naïve=1', 'count#a,', `count#${'n'.repeat(201)}=1`])(
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
  const values = 'dyno=web.1 connect=1ms service=2ms status=200';
  const router = [
    'timer dyno.web.connect_time 1 source:web',
    'timer dyno.web.service_time 2 source:web',
    'counter dyno.web.status.200 1 source:web',
  ];
  it.each<[line: string, expected: readonly string[]]>([
    [message('heroku', 'router', values), router],
    [`123 ${message('heroku', 'router', values)}`, router],
    [`2024-05-01T10:00:01.12+00:00 heroku[router]: ${values}`, router],
    [`heroku[router]: ${values}`, router],
    [`2024-05-01T10:00:01.12+00:00 host heroku router - ${values}`, router],
    ['2024-05-01T10:00:01+00:00 heroku[worker.2]: Error R14 (Memory quota exceeded)', ['counter heroku.error.R14 1']],
    ['2024-05-01T10:00:01+00:00 host heroku worker.2 - - Error R14 (Memory quota)', ['counter heroku.error.R14 1']],
    ['2024-05-01T10:00:01+00:00 app[web.1]: count#a=1', ['counter a 1 source:web.1']],
    [message('app', 'web.1', 'count#a=1'), ['counter a 1 source:web.1']],
    [message('app', 'web.1', '- [x@1 y="count#b=1"] count#a=1'), ['counter a 1 source:web.1']],
    ['2024-05-01T10:00:01+00:00 app[web.1]: Error R14 (Memory quota exceeded)', []],
    [`a message about heroku router ${values}`, []],
    [`2024-05-01T10:00:01+00:00 host app web.1 - heroku router - ${values}`, []],
    [`msg="heroku router" ${values}`, []],
    [`msg="a heroku router - ${values}"`, []],
    [`at=info heroku router - ${values}`, []],
    ['heroku', []],
    ['heroku router', []],
    ['heroku[router]:', []],
    ['<190>1 count#a=1', ['counter a 1']],
    ['[: ]: []: []]: count#a=1', ['counter a 1']],
  ])('%s', (line, expected) => {
    expect(readLines(line).found).toEqual(expected);
    expect(readLines(`${line}\r\n`).found).toEqual(expected);
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
        const alone = messages.flatMap((one) => readFrames(frames(one)).intake.samples);
        expect(readFrames(frames(...messages)).intake.samples).toEqual(alone);
      }),
    );
  });
});
