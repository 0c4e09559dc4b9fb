import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { starters } from '../../src/commands/starters.ts';
import { builtInNames } from '../../src/plugins/registry.ts';
import { packageRoot } from '../../src/process/package.ts';
import { folderWith } from '../config/temporary.ts';
import { runCommand } from '../helper/command.ts';

const env = {
  DD_API_KEY: '0123456789abcdef',
  REMOTE_WRITE_URL: 'http://127.0.0.1:9090/api/v1/write',
  GRAPHITE_HOST: '127.0.0.1',
  REPEATER_HOST: 'other.example',
};

describe('statsdrain init', () => {
  it.each(builtInNames('backend'))('writes a configuration for "%s" that check takes', async (name) => {
    const cwd = folderWith({});
    const written = await runCommand(['init', name], { cwd });
    expect(written).toMatchObject({ code: 0, err: '' });
    expect(written.out).toContain(`wrote ${join(cwd, 'config.json')}\n`);
    const config = JSON.parse(readFileSync(join(cwd, 'config.json'), 'utf8'));
    expect(config.$schema).toBe(pathToFileURL(join(packageRoot(), 'config.schema.json')).href);
    expect(config.backends.map(({ type }: { type: string }) => type)).toEqual([name]);
    expect(await runCommand(['check'], { cwd, env })).toMatchObject({ code: 0, err: '' });
    // What has to be set is printed, and nothing else has to be.
    const needed = starters.get(name)!.variables.map((variable) => variable.name);
    expect(needed.filter((variable) => !written.out.includes(`  ${variable} `))).toEqual([]);
    const own = Object.fromEntries(Object.entries(env).filter(([variable]) => needed.includes(variable)));
    expect((await runCommand(['check'], { cwd, env: own })).code).toBe(0);
  });

  it('has console and live without a name, on this machine only', async () => {
    const cwd = folderWith({});
    const { out } = await runCommand(['init', '--output', '-'], { cwd });
    const checked = await runCommand(['check', '-'], { cwd, read: () => out });
    expect(checked.code).toBe(0);
    expect(checked.out.match(/this machine only|standard output/g)).toHaveLength(4);
    expect(checked.out).not.toContain('open to other machines');
  });

  it('leaves a file that is there as it is, without --force', async () => {
    const cwd = folderWith({ 'config.json': 'mine' });
    expect(await runCommand(['init', 'console'], { cwd })).toMatchObject({
      code: 1,
      out: '',
      err: `statsdrain: init: ${join(cwd, 'config.json')} is there already, and stays as it is; give --output another name, or --force\n`,
    });
    expect(readFileSync(join(cwd, 'config.json'), 'utf8')).toBe('mine');
    expect((await runCommand(['init', 'console', '--force'], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, 'config.json'), 'utf8')).toMatch(/^\{\n {2}"\$schema"/);
  });

  it('points to the schema by a path where the package is below the file', async () => {
    const { out } = await runCommand(['init', '--output', join(packageRoot(), 'no/such/folder/c.json')]);
    expect(out).toBe('');
    const name = `init-${process.pid}.json`;
    const file = join(packageRoot(), name);
    const { rmSync } = await import('node:fs');
    try {
      await runCommand(['init', '--output', file]);
      expect(JSON.parse(readFileSync(file, 'utf8')).$schema).toBe('./config.schema.json');
    } finally {
      rmSync(file, { force: true });
    }
  });

  it.each([
    [
      ['datadgo'],
      64,
      /^init: there is no back-end "datadgo"; did you mean "datadog"\? \(there are: console, datadog, /,
    ],
    [['--output', 'none/config.json'], 1, /^init: .*none\/config\.json: no such file/],
    [['--overwrite'], 64, /^init: Unknown option '--overwrite'/],
  ])('refuses %j', async (args, code, problem) => {
    const { err, ...outcome } = await runCommand(['init', ...args], { cwd: folderWith({}) });
    expect(outcome).toMatchObject({ code, out: '' });
    expect(err.replace(/^statsdrain: /, '')).toMatch(problem);
  });
});
