import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mayForceBuffers, mayListenOnLowPorts, mayReadEverything } from '../helper/privileges.ts';
import { jsonConsole, launch, runCommand, startServer, temporaryFolder } from '../helper/process.ts';

const tcp = { type: 'tcp', port: 0 };

/** Starts what cannot listen, and gives the one line that says why. */
async function refusal(config: object, folder = temporaryFolder()): Promise<string> {
  const server = launch(config, { folder });
  expect(await server.ended).toBe(69);
  expect(
    server.log.map(({ level }) => level),
    server.stderr,
  ).toEqual(['info', 'error']);
  expect(server.stderr).not.toMatch(/\n\s+at /);
  return server.log[1]!.msg;
}

describe.skipIf(await mayListenOnLowPorts())(
  'a port below 1024 that needs a privilege is refused with a remedy',
  () => {
    test.for([
      { type: 'udp', receiver: 'auto' },
      { type: 'udp', receiver: 'auto', receivers: 2 },
      { type: 'udp', receiver: 'dgram' },
      { type: 'tcp' },
      { type: 'http' },
    ])('of the front-end %j', async (frontend) => {
      const line = await refusal({ frontends: [{ ...frontend, port: 1 }], backends: [jsonConsole] });
      expect(line).toMatch(new RegExp(`^front-end "${frontend.type}": .*127\\.0\\.0\\.1:1: .*"port".* 1024 or more`));
    });

    test('of the back-end prometheus', async () => {
      const line = await refusal({ frontends: [tcp], backends: [jsonConsole, { type: 'prometheus', port: 1 }] });
      expect(line).toMatch(/^back-end "prometheus": .*127\.0\.0\.1:1.*"port".* 1024 or more/);
    });

    test('of the admin interface', async () => {
      const line = await refusal({ frontends: [tcp], backends: [jsonConsole], admin: { port: 1 } });
      expect(line).toMatch(/^admin: .*127\.0\.0\.1:1.*"admin\.port".* 1024 or more/);
    });
  },
);

describe.skipIf(mayReadEverything())('files that need another user', () => {
  test('a configuration that cannot be read', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'config.json'), '{}', { mode: 0 });
    for (const args of [['config.json'], ['check', 'config.json']]) {
      expect(await runCommand(args, folder)).toEqual({
        code: 78,
        stdout: '',
        stderr: 'statsdrain: config.json: permission denied\n',
      });
    }
  });

  test('a secret that cannot be read', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'key');
    writeFileSync(file, 'secret', { mode: 0 });
    const backends = [{ type: 'datadog', apiKey: { file } }];
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ frontends: [tcp], backends }));
    const { code, stderr } = await runCommand(['check', 'config.json'], folder);
    expect(code).toBe(78);
    expect(stderr).toBe(
      `statsdrain: config.json: backends[0].apiKey: cannot read the file "${file}": permission denied\n`,
    );
  });

  test.for(['stream', 'datagram'])('a folder in which no socket can be made (%s)', async (mode) => {
    const folder = temporaryFolder();
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    const path = join(closed, 'statsd.sock');
    const line = await refusal({ frontends: [{ type: 'unix', path, mode }], backends: [jsonConsole] }, folder);
    expect(line).toContain(`cannot listen on "${path}": no permission; let the user that runs this process write to`);
  });
});

test.runIf(process.platform === 'linux').for(['recvmmsg', 'dgram'] as const)(
  'the log says when the kernel grants less receive buffer than was asked for (%s)',
  async (receiver) => {
    const frontends = [{ type: 'udp', port: 0, receiver, receiveBuffer: '256MiB' }];
    const server = await startServer({ frontends, backends: [jsonConsole] });
    const warnings = server.log.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
    // CAP_NET_ADMIN is worth the whole buffer, but Node does not ask for it.
    const remedy = expect.stringMatching(/granted \d+ bytes .* "sysctl -w net\.core\.rmem_max=268435456"/);
    expect(warnings).toEqual(receiver === 'recvmmsg' && mayForceBuffers() ? [] : [remedy]);
    expect(await server.stop()).toBe(0);
  },
);
