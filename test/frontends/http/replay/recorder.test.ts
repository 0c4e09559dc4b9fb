import { expect, it } from 'vitest';
import { createRecorder } from '../../../../frontends/http/replay/recorder.ts';

const plain = {
  process: '',
  platform: false,
  repeated: false,
  valueErrors: 0,
  nameErrors: 0,
  lostLines: 0,
  isCut: false,
  isVisitors: false,
};

it('gives each line what was sampled from its begin to the next one, and what came before all to the request', () => {
  const { intake, trace, take } = createRecorder();
  const series = intake.series('timer', 't', 'k:v');
  trace.sender('raw');
  intake.sample('gauge', 'loose', 7, undefined, 1);
  trace.begin();
  intake.sample('counter', 'a', 2, undefined, 10);
  trace.end({ ...plain, text: 'count#a=2 \xc3\xa9\r\n', process: 'web.1' });
  // The rest of a long line.
  series.add(5);
  trace.begin();
  intake.member('u', 'bob', 'k:v');
  trace.end({ ...plain, text: 'unique#u=bob', process: '-' });
  expect(take()).toEqual({
    sender: 'raw',
    lines: [
      {
        text: 'count#a=2 é',
        process: 'web.1',
        metrics: [
          { type: 'counter', name: 'a', value: 2, weight: 10 },
          { type: 'timer', name: 't', value: 5, tags: 'k:v' },
        ],
        reasons: [],
      },
      { text: 'unique#u=bob', metrics: [{ type: 'set', name: 'u', value: 'bob', tags: 'k:v' }], reasons: [] },
    ],
    metrics: [{ type: 'gauge', name: 'loose', value: 7 }],
    counted: [],
    discarded: [],
  });
  expect(take()).toEqual({ lines: [], metrics: [], counted: [], discarded: [] });
});

it('tells what was counted and thrown away, but for what the lines tell', () => {
  const { intake, trace, take } = createRecorder();
  for (const name of ['drain.requests', 'drain.lines', 'drain.value_errors', 'drain.frame_errors', 'drain.new_one']) {
    intake.count(name, 1);
    intake.count(name, 1);
  }
  trace.begin();
  trace.end({ ...plain, text: 'count#a=x', valueErrors: 1 });
  intake.discard('bad_value', 3);
  intake.discard('unsupported', 1);
  const { counted, discarded } = take();
  expect(counted).toEqual([
    { name: 'drain.frame_errors', value: 2, meaning: expect.stringContaining('framing') },
    { name: 'drain.new_one', value: 2 },
  ]);
  expect(discarded).toEqual([
    { reason: 'bad_value', value: 2 },
    { reason: 'unsupported', value: 1 },
  ]);
});

it('leaves lines of StatsD to the command that explains them', () => {
  const { intake, take } = createRecorder();
  intake.lines(Buffer.from('a:1|c\n\nb:2|ms'));
  intake.lines(Buffer.from('xxc:1|cxx'), 2, 7);
  expect(take().lines.map(({ text, reasons }) => [text, reasons])).toEqual(
    ['a:1|c', 'b:2|ms', 'c:1|c'].map((text) => [text, ['a line of StatsD: "statsdrain explain" tells more']]),
  );
});
