import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../config/temporary.ts';
import { runCommand } from '../helper/command.ts';
import { fakeLive } from '../helper/fake-live.ts';

const good = {
  frontend: 'udp',
  from: '127.0.0.1:51234',
  line: 'page.views:1|c',
  outcome: 'aggregated',
  reason: null,
  advice: null,
  names: ['page.views'],
};
const bad = {
  frontend: 'tcp',
  from: null,
  line: 'a:1|x\u001b[2J',
  outcome: 'rejected',
  reason: 'unknown_type',
  advice: 'the type must be c, m or g',
  names: [],
};

/** A stream of events that stays open unless it ends itself. */
function stream(...events: readonly (readonly [string, object])[]) {
  return (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(':\n\n');
    for (const [name, data] of events) response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  };
}

const lines = (...all: object[]) => ['lines', { lines: all, skipped: 7 }] as const;

describe('statsdrain tap', () => {
  it('prints lines with sender and verdict until the server ends it', async () => {
    const { folder, asked } = await fakeLive({
      '/api/tap': stream(lines(good), lines(bad), ['end', { reason: 'time' }]),
    });
    const args = ['tap', 'page.*', '--limit', '9', '--frontend', 'udp'];
    expect(await runCommand(args, { cwd: folder })).toEqual({
      code: 0,
      out: `aggregated   udp    127.0.0.1:51234       page.views:1|c
rejected     tcp    -                     a:1|x\\u001b[2J  (unknown_type: the type must be c, m or g)
`,
      err: 'tap: 2 lines; at least 7 more were over --limit: its time was over\n',
      served: [],
    });
    expect(asked).toEqual(['GET /api/tap?name=page.*&frontend=udp&limit=9']);
  });

  it('ends after --count lines, as JSON where it is asked for', async () => {
    const { folder } = await fakeLive({ '/api/tap': stream(lines(good, bad, good)) });
    const { code, out, err } = await runCommand(['tap', '--count', '2', '--json'], { cwd: folder });
    expect([code, err]).toEqual([0, 'tap: 2 lines; at least 7 more were over --limit\n']);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([good, bad]);
  });

  it('ends when it is interrupted', async () => {
    const controller = new AbortController();
    const { folder } = await fakeLive({
      '/api/tap': (response) => {
        stream(lines(good))(response);
        setTimeout(() => controller.abort(), 100);
      },
    });
    const run = runCommand(['tap'], { cwd: folder, interruption: () => controller.signal });
    expect(await run).toMatchObject({ code: 0, err: 'tap: 1 line; at least 7 more were over --limit\n' });
  });

  it('says that the connection broke', async () => {
    const { folder } = await fakeLive({
      '/api/tap': (response) => {
        stream(lines(good))(response);
        setTimeout(() => response.destroy(), 50);
      },
    });
    expect(await runCommand(['tap'], { cwd: folder })).toMatchObject({
      code: 1,
      err: 'statsdrain: tap: the server ended the connection after 1 line\n',
    });
  });

  it('says what the server said instead', async () => {
    const { folder, url } = await fakeLive({});
    expect(await runCommand(['tap'], { cwd: folder })).toMatchObject({
      code: 1,
      err: `statsdrain: ${url}/api/tap answered 404: There is nothing here.\n`,
    });
  });

  it.each([
    [['--limit', '1001'], 64, 'tap: --limit "1001" is too many; a server copies 1000 lines a second at most'],
    [['--count', '-1'], 64, expect.stringContaining("tap: Option '--count' argument is ambiguous")],
    [['a', 'b', 'c'], 64, 'tap: unexpected argument "b": it takes one name and one file'],
    [['a', 'none'], 78, expect.stringContaining('/none: no such file')],
    [['none.json'], 78, expect.stringContaining('/none.json: no such file')],
  ])('refuses %j', async (args, code, problem) => {
    const { err, ...outcome } = await runCommand(['tap', ...args], { cwd: folderWith({}) });
    expect(outcome).toMatchObject({ code, out: '' });
    expect(err.replace(/^statsdrain: /, '').trimEnd()).toEqual(problem);
  });
});
