import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../config/temporary.ts';
import { runCommand } from '../helper/command.ts';

async function script(shell: string): Promise<string> {
  const { code, out, err } = await runCommand(['completion', shell]);
  expect([code, err]).toEqual([0, '']);
  return out;
}

function execute(program: string, ...args: readonly string[]): Promise<{ error: string; stdout: string }> {
  return new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) => resolve({ error: `${error?.message ?? ''}${stderr}`, stdout }));
  });
}

/** What bash offers behind these words, the last of which is being typed. */
async function offered(file: string, cwd: string, ...words: readonly string[]): Promise<string[]> {
  const list = words.map((word) => `'${word}'`).join(' ');
  const code = `cd '${cwd}'; source '${file}'; COMP_WORDS=(statsdrain ${list}); COMP_CWORD=${words.length}; _statsdrain; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { error, stdout } = await execute('bash', '--norc', '-c', code);
  expect(error).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

describe('statsdrain completion bash', () => {
  it.each([
    [['st'], ['status']],
    [['--p'], ['--port']],
    [['--t'], ['--takeover']],
    [['--takeover', 'co'], ['config.json']],
    [['c'], ['capture', 'check', 'completion', 'config.json']],
    [
      ['status', '--'],
      ['--json', '--quiet', '--help'],
    ],
    [['status', 'co'], ['config.json']],
    [
      ['top', '--by', ''],
      ['lines', 'series'],
    ],
    [
      ['init', 'pro'],
      ['prometheus', 'prometheus-remote-write'],
    ],
    [['help', 'ma'], ['man']],
    [['--port', '1', '--b'], ['--backend']],
    [['--backend', 'gr'], ['graphite']],
    [['spool', 'd'], ['drop']],
    [['completion', 'f'], ['fish']],
  ])('%j', async (words, expected) => {
    const cwd = folderWith({ 'config.json': '{}', 'my file.json': '{}', 'complete.bash': await script('bash') });
    const file = join(cwd, 'complete.bash');
    const found = await offered(file, cwd, ...words);
    expect(found.filter((word) => word !== 'complete.bash').sort()).toEqual([...expected].sort());
  });

  it('offers a file with a space as one word', async () => {
    const cwd = folderWith({ 'my file.json': '{}', 'complete.bash': await script('bash') });
    expect(await offered(join(cwd, 'complete.bash'), cwd, 'check', 'my')).toEqual(['my file.json']);
  });
});

it.each(['zsh', 'fish'])('%s is given every command and every option', async (shell) => {
  const text = await script(shell);
  expect(['status', 'top', 'tap', 'init', 'migrate-exporter'].filter((verb) => !text.includes(verb))).toEqual([]);
  const option = shell === 'zsh' ? '--frontend[' : '-l frontend -x';
  expect(text).toContain(option);
  expect(text).toContain('only what this front-end receives');
  expect(text).toContain(shell === 'zsh' ? '--takeover[' : '-l takeover -d');
});

it.each([
  [[], 'completion: needs the name of a shell: bash, zsh, fish'],
  [['bahs'], 'completion: "bahs" is none of bash, zsh, fish; did you mean "bash"?'],
  [['bash', 'zsh'], 'completion: unexpected argument "zsh": it takes one shell'],
])('refuses %j', async (args, problem) => {
  expect(await runCommand(['completion', ...args])).toMatchObject({ code: 64, err: `statsdrain: ${problem}\n` });
});

// Debian's zsh, fish and mandoc, which `.ci/install.sh` installs.
if (process.env.SHELLS !== undefined) {
  it('zsh takes it, and completes commands', async () => {
    const folder = folderWith({ _statsdrain: await script('zsh') });
    expect(await execute('zsh', '-n', join(folder, '_statsdrain'))).toEqual({ error: '', stdout: '' });
    const code = `autoload -Uz compinit && compinit -u -d '${folder}/dump' && source '${folder}/_statsdrain' && print $_comps[statsdrain]`;
    expect(await execute('zsh', '-f', '-c', code)).toEqual({ error: '', stdout: '_statsdrain\n' });
  });

  it.each([
    ['statsdrain sta', 'status'],
    ['statsdrain top --by s', 'series'],
    ['statsdrain tap --fr', '--frontend'],
    ['statsdrain init graph', 'graphite'],
    ['statsdrain --ba', '--backend'],
  ])('fish completes "%s"', async (line, expected) => {
    const folder = folderWith({ 's.fish': await script('fish') });
    const { error, stdout } = await execute('fish', '-N', '-c', `source '${folder}/s.fish'; complete -C '${line}'`);
    expect(error).toBe('');
    expect(stdout.split('\n').map((row) => row.split('\t')[0])).toContain(expected);
  });
}
