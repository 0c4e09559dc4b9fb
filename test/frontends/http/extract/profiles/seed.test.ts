import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { frames, message } from '../../log-frames.ts';
import { type ReadingOptions, readFrames as read, readLines } from '../../reading.ts';

const readFrames = (body: Buffer, options: ReadingOptions = {}) => read(body, { profile: 'seed', ...options });
const fixture = (name: string) =>
  readFileSync(new URL(`../../../../fixtures/logplex/${name}.logplex`, import.meta.url));

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
      'counter job.failed 1',
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
      'gauge queue-depth -3',
      'histogram upload 1.5',
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
      ['counter heroku.error.H19 1'],
    ],
    [
      'a code in lower case',
      'router',
      'at=info code=blank-app desc="Blank app" dyno= connect= service= status=502',
      [],
    ],
    ['a code that only begins like one', 'router', 'at=error code=H120 desc="" dyno=', []],
    [
      'a process type with an underscore: its letters, as in the names that the ancestor gave',
      'router',
      'at=info method=GET path="/" dyno=my_worker2.1 connect=1ms service=5ms status=200 bytes=1',
      [
        'timer dyno.my.connect_time 1 source:my',
        'timer dyno.my.service_time 5 source:my',
        'counter dyno.my.status.200 1 source:my',
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
      [],
    ],
    [
      'fields in another order',
      'router',
      'at=info dyno=web.1 connect=2ms service=3ms status=204 path="/" fwd="198.51.100.2"',
      [],
    ],
    [
      'fields between quoted ones',
      'router',
      'at=info path="/" dyno=web.1 connect=2ms service=3ms status=204 tls="1.3"',
      [],
    ],
    ['a process type that is no name', 'router', 'at=info dyno=1|b.1 connect=1ms service=1ms status=200', []],
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
      'counter hit 1 app:shop',
      'counter hit 1 app:shop',
    ]);
  });
});

describe('what the ancestor was tested with', () => {
  const line = (process: string, text: string) => `2016-02-26 21:34:59.370813+00:00 heroku ${process} - - ${text}\n`;
  it.each<[line: string, expected: readonly string[]]>([
    ['measure#foo=1.2\n', ['histogram foo 1.2']],
    ['source=web measure#foo=1.2\n', ['histogram foo 1.2 source:web']],
    ['count#foo=1\n', ['counter foo 1']],
    ['sample#bar=3.4\n', ['gauge bar 3.4']],
    ['metric#bar=3.4\n', []],
    ['source=something metric#other=5.6\n', []],
    [
      line(
        'web.2',
        'source=web.2 dyno=heroku.123.XYZ sample#load_avg_1m=0.56 sample#load_avg_5m=0.26 sample#load_avg_15m=0.17',
      ),
      [
        'gauge load_avg_1m 0.56 source:web.2',
        'histogram dyno.web.load_avg_1m 0.56 source:web.2',
        'gauge load_avg_5m 0.26 source:web.2',
        'gauge load_avg_15m 0.17 source:web.2',
      ],
    ],
    [
      line(
        'router',
        'sock=backend at=error code=H18 desc="Server Request Interrupted" method=GET path="/" host=www.example.com request_id=XYZ fwd="1.2.3.4" dyno=web.5 connect=0ms service=495ms status=503 bytes=1648',
      ),
      [
        'counter heroku.error.H18 1',
        'timer dyno.web.connect_time 0 source:web',
        'counter dyno.web.status.503 1 source:web',
      ],
    ],
    [line('scheduler.5451', 'Error R14 (Memory quota exceeded)'), ['counter heroku.error.R14 1']],
    [
      line(
        'router',
        'at=info method=PUT path="/" host=www.example.com request_id=XYZ fwd="1.2.3.4" dyno=web.1 connect=1ms service=39ms status=200 bytes=1627',
      ),
      [
        'timer dyno.web.connect_time 1 source:web',
        'timer dyno.web.service_time 39 source:web',
        'counter dyno.web.status.200 1 source:web',
      ],
    ],
  ])('%s', (text, expected) => {
    expect(readLines(text, { profile: 'seed', platformLines: true }).found).toEqual(expected);
  });
});

describe('its tolerance', () => {
  it.each<[line: string, expected: readonly string[]]>([
    ['[count#a=1] (count#b=1)', ['counter a 1', 'counter b 1']],
    ['INFO:root:count#py.jobs=1', ['counter py.jobs 1']],
    ['<{count#a=2}>', ['counter a 2']],
    ['[web:1] count#a=1.5.3 sample#b=12req/s', ['counter a 1.5', 'gauge b 12']],
    ['premeasure#x=1 datasource=pg count#a=1', ['counter a 1']],
    ['msg="count#a=1" GET /[count#b=1] ?q=x:count#c=1 q=:count#d=1', []],
    ['/:count#a=1 http://x:count#b=1 a/b:count#c=1', []],
  ])('%s', (text, expected) => {
    expect(readLines(text, { profile: 'seed' }).found).toEqual(expected);
  });

  it('is not that of the other profile', () => {
    expect(readLines('[count#a=1] (count#b=1) INFO:root:count#c=1').found).toEqual([]);
  });

  it('has no source from the process, unless it is told to', () => {
    const body = frames(message('app', 'web.1', 'count#a'), message('app', 'web.1', 'count#b source=eu'));
    expect(readFrames(body).found).toEqual(['counter a 1', 'counter b 1 source:eu']);
    expect(readFrames(body, { procIdAsSource: true }).found[0]).toBe('counter a 1 source:web.1');
  });
});
