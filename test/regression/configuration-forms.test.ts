import { lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config/load.ts';
import { folderWith, loadIn, problemsOf } from '../config/temporary.ts';
import { jsonConsole, startServer, temporaryFolder } from '../helper/process.ts';

const frontends = [{ type: 'udp', port: 0 }];
const backends = [{ type: 'console' }];
const json = JSON.stringify({ frontends, backends });

/** What is said of a file with this content. */
async function saidOf(name: string, content: string | Uint8Array): Promise<string> {
  const file = join(folderWith({}), name);
  writeFileSync(file, content);
  const error = await loadConfig(file, {}).catch((error: unknown) => error);
  return error instanceof ConfigError ? error.message.replace(file, name) : 'nothing';
}

describe('what is no JSON is recognised, and told how to mend', () => {
  it.each([
    ['config.yaml', 'frontends:\n  - type: udp\n'],
    ['config.json', '# mine\n\nfrontends:\n  - type: udp\n'],
    ['config', '---\nfrontends: [{ type: udp }]\n'],
  ])('YAML in %s', async (name, text) => {
    expect(await saidOf(name, text)).toMatch(new RegExp(`^${name}: is YAML, and statsdrain reads JSON; convert it`));
  });

  it('JSON is taken whatever the file is called', async () => {
    expect(await saidOf('config.yaml', json)).toBe('nothing');
  });

  const swapped = Buffer.from(`\uFEFF${json}`, 'utf16le').swap16();
  it.each([
    ['with its mark', Buffer.from(`\uFEFF${json}`, 'utf16le')],
    ['without', Buffer.from(json, 'utf16le')],
    ['with its bytes the other way round', swapped],
  ])('UTF-16 %s', async (_, bytes) => {
    expect(await saidOf('config.json', bytes)).toMatch(/^config\.json: the file is in UTF-16; save it in UTF-8/);
  });

  it('UTF-16 on standard input', async () => {
    const text = Buffer.from(json, 'utf16le').toString('utf8');
    await expect(loadConfig('-', {}, text)).rejects.toThrow('the file is in UTF-16');
  });

  it('Latin-1', async () => {
    expect(await saidOf('config.json', Buffer.from('{\n"title": "caf\u00e9"}', 'latin1'))).toBe(
      'config.json: line 2: a character is not in UTF-8; save the file in UTF-8',
    );
  });

  it.each(['// mine\n', '/* mine */', '# mine\n'])('JSON with the comment %j', async (comment) => {
    expect(await saidOf('config.json', `${comment}${json}`)).toBe(
      'config.json: line 1, column 1: JSON has no comments; remove it, or keep it as "_notes": ["…"] in the root',
    );
  });
});

describe('slips in values say the right form', () => {
  it('permissions as a number', async () => {
    const unix = { type: 'unix', path: 's', permissions: 660 };
    expect(await problemsOf({ frontends: [unix], backends })).toEqual([
      'config.json: frontends[0].permissions: 660 is a number; write octal digits in quotes: "0660"',
    ]);
  });

  it.each([
    ['127.0.0.1:8125', '', '{ "host": "127.0.0.1", "port": 8125 }'],
    [['127.0.0.1:8125'], '[0]', '{ "host": "127.0.0.1", "port": 8125 }'],
  ])('a target of repeater as %j', async (targets, place, form) => {
    const [problem] = await problemsOf({ frontends, backends: [{ type: 'repeater', targets }] });
    expect(problem).toContain(`backends[0].targets${place}: "127.0.0.1:8125" must be written as`);
    expect(problem).toContain(form);
  });

  it.each([
    ['http://carbon', 'is a URL; write the name or address alone'],
    ['carbon:2003', 'has a port; write it on its own'],
    ['[::1]:2003', 'has brackets; write an IPv6 address without them'],
    ['a b', 'is neither a host name nor an IP address'],
  ])('"host": %j', async (host, said) => {
    const blocks = {
      frontends: ['udp', 'tcp', 'http'].map((type) => ({ type, host, allowAnonymous: type === 'http' || undefined })),
      backends: [
        { type: 'graphite', host },
        { type: 'prometheus', host },
        { type: 'repeater', targets: [{ host }] },
      ],
      admin: { host },
    };
    const problems = await problemsOf(blocks);
    expect(problems.filter((problem) => problem.includes(`"${host}" ${said}`))).toHaveLength(7);
  });

  it('hosts that are right', async () => {
    for (const host of ['localhost', '::1', 'fe80::1%eth0', '0.0.0.0', 'carbon.example']) {
      expect(await problemsOf({ frontends, backends: [{ type: 'graphite', host }] })).toEqual([]);
    }
  });
});

describe('relative paths', () => {
  it('start at the folder of the configuration, of a Unix socket and of keyFlush.log too', async () => {
    const folder = folderWith({
      'config.json': {
        frontends: [{ type: 'unix', path: './run/s.sock' }],
        backends,
        statsd: { keyFlush: { interval: '1s', log: 'keys.log' } },
      },
    });
    const { frontends, settings } = await loadIn(folder);
    expect(frontends[0]?.config).toMatchObject({ path: join(folder, 'run/s.sock') });
    expect(settings.statsd?.keyFlush?.log).toBe(join(folder, 'keys.log'));
  });

  it('a socket file can be written to by other users', async () => {
    const folder = temporaryFolder();
    const server = await startServer(
      { frontends: [{ type: 'unix', path: 's.sock' }], backends: [jsonConsole] },
      { folder },
    );
    expect(lstatSync(join(folder, 's.sock')).mode & 0o777).toBe(0o722);
    expect(await server.stop()).toBe(0);
  });
});
