import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { frames, message } from '../../log-frames.ts';
import { readFrames } from '../../reading.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../../../fixtures/logplex/${name}.logplex`, import.meta.url));

describe('whole bodies', () => {
  it('reads a normal batch of Logplex', () => {
    const request = 'dyno_type:web,status:200,status_class:2xx,method:GET,protocol:https';
    const dyno = 'dyno:web.2,dyno_type:web';
    expect(readFrames(fixture('normal')).found).toEqual([
      `counter heroku.router.requests 1 ${request}`,
      `timer heroku.router.connect_ms 1 ${request}`,
      `timer heroku.router.service_ms 39 ${request}`,
      `histogram heroku.router.bytes 1627 ${request}`,
      `gauge heroku.dyno.load_avg_1m 0.56 ${dyno}`,
      `gauge heroku.dyno.load_avg_5m 0.26 ${dyno}`,
      `gauge heroku.dyno.load_avg_15m 0.17 ${dyno}`,
      `gauge heroku.dyno.memory_total 181.5 ${dyno}`,
      `gauge heroku.dyno.memory_rss 180 ${dyno}`,
      `gauge heroku.dyno.memory_quota 512 ${dyno}`,
      `gauge heroku.dyno.memory_pct 35.44921875 ${dyno}`,
      'timer db.query 12.5 source:eu',
      'counter cart.add 2 source:eu',
    ]);
  });

  it('reads a retry with a loss notice that has no newline, and newlines inside of a message', () => {
    const { found, intake } = readFrames(fixture('outage'));
    const request = 'dyno_type:web,status:503,status_class:5xx,method:POST,protocol:https';
    expect(found).toEqual([
      'counter heroku.errors 1 code:L10',
      `counter heroku.router.requests 1 ${request}`,
      `timer heroku.router.connect_ms 0 ${request}`,
      `timer heroku.router.service_ms 30001 ${request}`,
      `histogram heroku.router.bytes 0 ${request}`,
      'counter heroku.errors 1 code:H12,dyno:web.1,dyno_type:web',
      'counter job.failed 1 source:worker.1',
    ]);
    expect(intake.counted.get('drain.lost_lines')).toBe(37);
  });

  it('reads a batch of log-shuttle', () => {
    const { found, intake } = readFrames(fixture('log-shuttle'), { structuredData: true });
    expect(found).toEqual([
      'counter heroku.errors 1 code:L13',
      'gauge queue-depth -3 source:web.1',
      'histogram upload 1.5 source:web.1',
      'counter heroku.errors 1 code:R14,dyno:web.1,dyno_type:web',
    ]);
    expect(intake.counted.get('drain.lost_lines')).toBe(12);
  });
});

interface Expected {
  readonly tags: string;
  readonly connect?: number;
  readonly service?: number;
  readonly bytes?: number;
  readonly error?: string;
}

describe('requests', () => {
  it.each<[title: string, text: string, expected: Expected | undefined]>([
    [
      '1: served',
      'at=info method=GET path="/" host=a.example.com request_id=1 fwd="198.51.100.2" dyno=web.1 connect=1ms service=39ms status=200 bytes=1627',
      { tags: 'dyno_type:web,status:200,status_class:2xx,method:GET', connect: 1, service: 39, bytes: 1627 },
    ],
    [
      '3: router 2.0',
      'at=info method=HEAD path="/" host=a.example.com fwd="198.51.100.2" dyno=web.1 connect=0ms service=4ms status=200 bytes=2 protocol=http2.0 tls=true tls_version=tls1.3',
      {
        tags: 'dyno_type:web,status:200,status_class:2xx,method:HEAD,protocol:http2.0',
        connect: 0,
        service: 4,
        bytes: 2,
      },
    ],
    [
      '4: H12',
      'at=error code=H12 desc="Request timeout" method=GET path="/" dyno=web.3 connect=0ms service=30000ms status=503 bytes=0',
      {
        tags: 'dyno_type:web,status:503,status_class:5xx,method:GET',
        connect: 0,
        service: 30000,
        bytes: 0,
        error: 'code:H12,dyno:web.3,dyno_type:web',
      },
    ],
    [
      'H10: no dyno was asked',
      'at=error code=H10 desc="App crashed" method=GET path="/" host=a fwd="1.2.3.4" dyno= connect= service= status=503 bytes= protocol=https',
      { tags: 'status:503,status_class:5xx,method:GET,protocol:https', error: 'code:H10' },
    ],
    [
      'H19: a dyno that was not connected to',
      'at=error code=H19 desc="Backend connection timeout" method=GET path="/" dyno=web.1 connect=5001ms service= status=503 bytes=',
      {
        tags: 'dyno_type:web,status:503,status_class:5xx,method:GET',
        connect: 5001,
        error: 'code:H19,dyno:web.1,dyno_type:web',
      },
    ],
    [
      '7: H27',
      'sock=client at=warning code=H27 desc="Client Request Interrupted" method=POST path="/" dyno=web.1 connect=1ms service=88ms status=499 bytes=0',
      {
        tags: 'dyno_type:web,status:499,status_class:4xx,method:POST',
        connect: 1,
        service: 88,
        bytes: 0,
        error: 'code:H27,dyno:web.1,dyno_type:web',
      },
    ],
    [
      '9: a process type with an underscore',
      'at=info method=GET path="/" fwd="1" dyno=my_worker2.1 connect=1ms service=5ms status=200 bytes=1',
      { tags: 'dyno_type:my_worker2,status:200,status_class:2xx,method:GET', connect: 1, service: 5, bytes: 1 },
    ],
    [
      'a process type with a hyphen',
      'at=info method=GET path="/" fwd="1" dyno=my-web.1 connect=1ms service=5ms status=200 bytes=1',
      { tags: 'dyno_type:my-web,status:200,status_class:2xx,method:GET', connect: 1, service: 5, bytes: 1 },
    ],
    [
      'a code in lower case',
      'at=info code=blank-app desc="Blank app" method=GET path="/" dyno= connect= service= status=502',
      { tags: 'status:502,status_class:5xx,method:GET', error: 'code:other' },
    ],
    [
      'a method, a status and a protocol that there are not',
      'at=info method=XGET7 path="/" fwd="1" dyno=web.1 connect=1ms service=5ms status=299 bytes=1 protocol=x',
      {
        tags: 'dyno_type:web,status:other,status_class:2xx,method:other,protocol:other',
        connect: 1,
        service: 5,
        bytes: 1,
      },
    ],
    [
      'fields in another order',
      'path="/" at=info fwd="1" bytes=7 status=200 service=5ms x=1 connect=1ms dyno=web.1',
      { tags: 'dyno_type:web,status:200,status_class:2xx,method:other', connect: 1, service: 5, bytes: 7 },
    ],
    [
      'fields of other units, and none of a length',
      'at=info method=GET path="/" fwd="1" dyno=web.1 connect=1s service=1.5ms status=200 bytes=-',
      { tags: 'dyno_type:web,status:200,status_class:2xx,method:GET', connect: 1000, service: 1.5 },
    ],
    [
      'cut inside of a quoted field',
      'at=info method=GET path="/" fwd="dyno=evil.1 connect=1ms service=2ms status=200 xxx',
      undefined,
    ],
    ['cut before the fields', 'at=info method=GET path="/" host=dyno=evil fwd="1"', undefined],
    ['cut after a blank', 'at=info method=GET path="/" fwd="1" ', undefined],
    [
      'an escaped quote that leaves one open',
      'at=info path="/" fwd="x\\" dyno=evil.1 status=200 connect=1ms',
      undefined,
    ],
    ['quotes behind the fields', 'at=info path="/" dyno=evil.1 status=200 x="1"', undefined],
  ])('%s', (_title, text, expected) => {
    const samples =
      expected === undefined
        ? []
        : [
            `counter heroku.router.requests 1 ${expected.tags}`,
            ...(expected.connect === undefined
              ? []
              : [`timer heroku.router.connect_ms ${expected.connect} ${expected.tags}`]),
            ...(expected.service === undefined
              ? []
              : [`timer heroku.router.service_ms ${expected.service} ${expected.tags}`]),
            ...(expected.bytes === undefined
              ? []
              : [`histogram heroku.router.bytes ${expected.bytes} ${expected.tags}`]),
            ...(expected.error === undefined ? [] : [`counter heroku.errors 1 ${expected.error}`]),
          ];
    for (const end of ['', '\n']) {
      const { found, intake } = readFrames(frames(message('heroku', 'router', `${text}${end}`)));
      expect(found).toEqual(samples);
      expect(intake.counted.get('drain.cut_lines')).toBe(expected === undefined ? 1 : undefined);
    }
  });
});

describe('other lines of the platform', () => {
  it.each<[title: string, head: readonly [app: string, process: string], text: string, expected: readonly string[]]>([
    [
      '10: load',
      ['heroku', 'web.1'],
      'source=web.1 dyno=heroku.10.ab sample#load_avg_1m=2.46 sample#load_avg_5m=1.06 sample#load_avg_15m=0.99',
      [
        'gauge heroku.dyno.load_avg_1m 2.46 dyno:web.1,dyno_type:web',
        'gauge heroku.dyno.load_avg_5m 1.06 dyno:web.1,dyno_type:web',
        'gauge heroku.dyno.load_avg_15m 0.99 dyno:web.1,dyno_type:web',
      ],
    ],
    [
      '12: memory, of which a part is free',
      ['heroku', 'web.1'],
      'source=web.1 dyno=heroku.10.ab sample#memory_total=128.00MB sample#memory_pgpgin=2411pages sample#memory_quota=512.00MB',
      [
        'gauge heroku.dyno.memory_total 128 dyno:web.1,dyno_type:web',
        'gauge heroku.dyno.memory_pgpgin 2411 dyno:web.1,dyno_type:web',
        'gauge heroku.dyno.memory_quota 512 dyno:web.1,dyno_type:web',
        'gauge heroku.dyno.memory_pct 25 dyno:web.1,dyno_type:web',
      ],
    ],
    [
      'a process that runs once',
      ['heroku', 'run.4711'],
      'source=run.4711 dyno=heroku.10.ab sample#load_avg_1m=1.00',
      ['gauge heroku.dyno.load_avg_1m 1 dyno:run,dyno_type:run'],
    ],
    [
      '13: R14',
      ['heroku', 'worker.2'],
      'Error R14 (Memory quota exceeded)',
      ['counter heroku.errors 1 code:R14,dyno:worker.2,dyno_type:worker'],
    ],
    [
      'R14 of a process that runs once',
      ['heroku', 'scheduler.5451'],
      'Error R14 (Memory quota exceeded)',
      ['counter heroku.errors 1 code:R14,dyno:scheduler,dyno_type:scheduler'],
    ],
    [
      '15: R10',
      ['heroku', 'web.1'],
      'Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch',
      ['counter heroku.errors 1 code:R10,dyno:web.1,dyno_type:web'],
    ],
    [
      '16: a state',
      ['heroku', 'web.1'],
      'State changed from starting to up',
      ['counter heroku.dyno.state 1 from:starting,to:up,dyno:web.1,dyno_type:web'],
    ],
    ['no state', ['heroku', 'web.1'], 'State changed from a1 to up', []],
    ['a state of the app', ['app', 'web.1'], 'State changed from starting to up', []],
    [
      '18: L10',
      ['heroku', 'logplex'],
      'Error L10 (output buffer overflow): 500 messages dropped since 2024-05-01T09:00:00+00:00.',
      ['counter heroku.errors 1 code:L10'],
    ],
    [
      'a notice of an old stream',
      ['t.12ab', 'logplex'],
      'Error L10 (x): 7 messages dropped since 2024',
      ['counter heroku.errors 1 code:L10'],
    ],
    [
      '21: Postgres',
      ['app', 'heroku-postgres'],
      'source=DATABASE addon=postgresql-flat-1 sample#load-avg-1m=0.025 sample#memory-total=3944484kB',
      [
        'gauge heroku.postgres.load-avg-1m 0.025 source:DATABASE,addon:postgresql-flat-1',
        'gauge heroku.postgres.memory-total 3944484 source:DATABASE,addon:postgresql-flat-1',
      ],
    ],
    [
      'Redis, as the platform',
      ['heroku', 'heroku-redis'],
      'source=REDIS addon=redis-deep-1 sample#active-connections=7 sample#hit-rate=0.98',
      [
        'gauge heroku.redis.active-connections 7 source:REDIS,addon:redis-deep-1',
        'gauge heroku.redis.hit-rate 0.98 source:REDIS,addon:redis-deep-1',
      ],
    ],
    [
      '24: Kafka',
      ['app', 'heroku-kafka'],
      'source=KAFKA addon=kafka-round-4 sample#load-avg-1m.kafka.0=0.2',
      ['gauge heroku.kafka.load-avg-1m.kafka.0 0.2 source:KAFKA,addon:kafka-round-4'],
    ],
    [
      '25: pgbouncer',
      ['app', 'pgbouncer'],
      'source=pgbouncer sample#client_active=6 sample#avg_query=3.1ms',
      [
        'gauge heroku.pgbouncer.client_active 6 source:pgbouncer',
        'gauge heroku.pgbouncer.avg_query 3.1 source:pgbouncer',
      ],
    ],
    [
      'a process of an app that has the name of an add-on',
      ['app', 'heroku-postgres.1'],
      'sample#a=1',
      ['gauge a 1 source:heroku-postgres.1'],
    ],
    ['27: unique', ['app', 'web.1'], 'unique#user=bob@example.com', ['set user bob@example.com source:web.1']],
    [
      '30: nothing by default',
      ['app', 'web.1'],
      'canonical-log-line method=POST path=/v1/charge status=200 duration=0.112 db_queries=9',
      [],
    ],
  ])('%s', (_title, [app, process], text, expected) => {
    expect(readFrames(frames(message(app, process, `${text}\n`))).found).toEqual(expected);
  });

  it('tags everything with the app of the drain', () => {
    const body = frames(
      message('heroku', 'router', 'method=GET dyno=web.1 status=200'),
      message('heroku', 'web.1', 'Error R14 (Memory quota exceeded)'),
      message('heroku', 'logplex', 'Error L11 (x)'),
      message('app', 'run.12', 'count#hit'),
      message('app', '-', 'count#hit'),
    );
    expect(readFrames(body, { app: 'shop' }).found).toEqual([
      'counter heroku.router.requests 1 dyno_type:web,status:200,status_class:2xx,method:GET,app:shop',
      'counter heroku.errors 1 code:R14,dyno:web.1,dyno_type:web,app:shop',
      'counter heroku.errors 1 code:L11,app:shop',
      'counter hit 1 source:run,app:shop',
      'counter hit 1 app:shop',
    ]);
  });

  it('takes nothing for the platform in frames that are not to be believed', () => {
    const body = frames(
      message('heroku', 'router', 'method=GET dyno=web.1 status=200'),
      message('heroku', 'web.1', 'Error R14 (Memory quota exceeded)'),
      message('heroku', 'web.1', 'sample#load_avg_1m=1'),
      message('heroku', 'logplex', 'Error L10 (x): 7 messages dropped since 2024'),
    );
    const { found, intake } = readFrames(body, { believed: false });
    expect(found).toEqual(['gauge load_avg_1m 1 source:web.1']);
    expect(intake.counted.get('drain.lost_lines')).toBeUndefined();
  });
});
