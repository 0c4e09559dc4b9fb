import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { program } from '../../src/commands/program.ts';
import { packageRoot } from '../../src/process/package.ts';
import { folderWith } from '../config/temporary.ts';
import { runCommand } from '../helper/command.ts';

const text = async () => (await runCommand(['help', 'man'])).out;

function execute(command: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { env: { ...process.env, MANWIDTH: '80', LC_ALL: 'C.UTF-8' } }, (error, stdout, stderr) =>
      resolve(`${error === null ? '' : error.message}${stderr}${stdout}`),
    );
  });
}

describe('the manual', () => {
  it('has every command with its options, and every exit code', async () => {
    const roff = await text();
    expect(roff).toMatch(/^\.\\" [^\n]*\n\.TH STATSDRAIN 1 "" "statsdrain \d+\.\d+\.\d+" /);
    for (const [verb, { options }] of program.commands) {
      const section = roff.split(`\n.SS ${verb}\n`)[1]?.split(/\n\.S[SH] /)[0] ?? '';
      const missing = Object.keys(options).filter((name) => !section.includes(`\n.B \\-\\-${name}`));
      expect([verb, missing]).toEqual([verb, []]);
    }
    const codes = roff.split('\n.SH "EXIT STATUS"\n')[1]?.split('\n.SH ')[0] ?? '';
    expect([...codes.matchAll(/^\.B (\d+)$/gm)].map(([, code]) => code)).toEqual(['0', '1', '64', '69', '78']);
  });

  it('is no request of roff where a text begins like one', async () => {
    const known = ['TH', 'SH', 'SS', 'PP', 'TP', 'B', 'br', 'nf', 'fi', 'RS', 'RE'];
    const requests = [...(await text()).matchAll(/^[.'](\w*)/gm)].map(([, name]) => name!);
    expect(requests.filter((name) => name !== '' && !known.includes(name))).toEqual([]);
  });

  it('is what the package has, as npm installs it', async () => {
    const { man } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
    expect(man).toBe('./dist/statsdrain.1');
    expect(existsSync(join(packageRoot(), man))).toBe(true);
    expect(readFileSync(join(packageRoot(), man), 'utf8')).toBe(await text());
  });
});

// Debian's mandoc, which `.ci/install.sh` installs.
if (process.env.SHELLS !== undefined) {
  it('mandoc has nothing against it', async () => {
    const folder = folderWith({ 'statsdrain.1': await text() });
    const found = await execute('mandoc', '-T', 'lint', '-W', 'warning', join(folder, 'statsdrain.1'));
    // The date is left out so that the same source gives the same page.
    expect(
      found.split('\n').filter((line) => line !== '' && !/missing date/.test(line) && !/^Command failed/.test(line)),
    ).toEqual([]);
    expect(await execute('mandoc', '-T', 'utf8', join(folder, 'statsdrain.1'))).toContain('server for StatsD metrics');
  });
}
