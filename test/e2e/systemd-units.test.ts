import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helper/process.ts';

/** `systemd-analyze` of systemd 252 or later: Debian's package "systemd". */
const { SYSTEMD_ANALYZE } = process.env;
const programs = SYSTEMD_ANALYZE === undefined ? [] : [SYSTEMD_ANALYZE];
const root = fileURLToPath(new URL('../../', import.meta.url));
const units = readdirSync(join(root, 'deploy/systemd'));

/** They name a program that is installed. */
function unitsWith(program: string): string {
  const folder = temporaryFolder();
  cpSync(join(root, 'deploy/systemd'), folder, { recursive: true });
  const service = join(folder, 'statsdrain.service');
  writeFileSync(service, readFileSync(service, 'utf8').replace('/usr/bin/statsdrain', program));
  return folder;
}

describe('the units of systemd', () => {
  it.each(programs)('are those that %s takes without a word', (program) => {
    const cwd = unitsWith(process.execPath);
    const text = execFileSync(
      '/bin/sh',
      ['-c', '"$0" verify --man=no "$@" 2>&1', program, ...units.map((unit) => `./${unit}`)],
      {
        cwd,
        encoding: 'utf8',
      },
    );
    // It also has something to say about other units of the machine.
    expect(text.split('\n').filter((line) => line.includes('statsdrain'))).toEqual([]);
  });

  it.each(programs)('leave open what docs/DEPLOY-SYSTEMD.md says, by %s', (program) => {
    const args = ['security', '--offline=true', '--no-pager', './statsdrain.service'];
    const text = execFileSync(program, args, { cwd: unitsWith(process.execPath), encoding: 'utf8' });
    const measured = /exposure level for statsdrain\.service: ([\d.]+)/.exec(text)?.[1];
    const page = readFileSync(join(root, 'docs/DEPLOY-SYSTEMD.md'), 'utf8');
    const said = /exposure level of ([\d.]+)/.exec(page)?.[1];
    expect(Number(measured)).toBeLessThanOrEqual(Number(said));
  });

  it('are told of in docs/DEPLOY-SYSTEMD.md', () => {
    const page = readFileSync(join(root, 'docs/DEPLOY-SYSTEMD.md'), 'utf8');
    expect(units.filter((unit) => !page.includes(unit))).toEqual([]);
  });
});
