import { expect, it } from 'vitest';
import { jsonConsole, startServer } from '../helper/process.ts';
import { sendUdp } from '../helper/send.ts';

const frontends = [{ type: 'udp', port: 0 }];

it('a gauge that only ever comes as negative values is told with the remedy, and one that also rises is not', async () => {
  const server = await startServer({ flushInterval: '200ms', frontends, backends: [jsonConsole] });
  const told = () => server.log.filter(({ msg }) => msg.includes('only ever comes as a negative value'));
  const windowAfter = async (...lines: string[]) => {
    const before = server.total('statsdrain.lines.received');
    await sendUdp(server.port('udp'), ...lines);
    await server.until('the lines', () => server.total('statsdrain.lines.received') === before + lines.length);
  };
  for (let times = 0; times < 4; times++) {
    await windowAfter('connections:-3|g', 'connections:+2|g', 'level:9|g', 'level:-1|g', 'once:-4|c');
  }
  expect(told()).toEqual([]);
  for (let times = 0; times < 5; times++) await windowAfter('temperature:-5|g|#room:1');
  await server.until('the message', () => told().length > 0);
  expect(await server.stop()).toBe(0);

  expect(told().map(({ level, msg }) => [level, msg])).toEqual([
    [
      'warn',
      'the gauge "temperature" only ever comes as a negative value, which is a change of a gauge: it is -15 by now. ' +
        'If its sender means values, as Micrometer\'s flavour "etsy" does, its front-end needs "dialect": "dogstatsd"',
    ],
  ]);
  expect(told()[0]).toMatchObject({ tags: 'room:1' });
});

it('colons that make several values of a name or a value are told with the rejected line', async () => {
  const server = await startServer({ flushInterval: '200ms', frontends, backends: [jsonConsole] });
  const told = () => server.log.filter(({ msg }) => msg.startsWith('rejected'));
  await sendUdp(server.port('udp'), 'db:eu:1|c');
  await server.until('the log', () => told().length > 0);
  expect(await server.stop()).toBe(0);
  expect(told().map(({ msg }) => msg)).toEqual([
    'rejected "db:eu:1|c": bad_value: the value must be a number, such as 12 or 0.5; ' +
      'from the first ":" on there are values, several as in a:1:2|c, and no ":" is part of a name or a number',
  ]);
});
