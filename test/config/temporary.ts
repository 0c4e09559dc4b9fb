import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config/load.ts';

/** A folder with these files (text, or an object for JSON), that is removed after the test. */
export function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'statsdrain-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

export async function loadIn(folder: string, env: NodeJS.ProcessEnv = {}) {
  return loadConfig(join(folder, 'config.json'), env);
}

/** What is wrong with `config`, one line each; the folder of the file is left out. Empty when nothing is. */
export async function problemsOf(
  config: unknown,
  env: NodeJS.ProcessEnv = {},
  files: Readonly<Record<string, unknown>> = {},
): Promise<readonly string[]> {
  const folder = folderWith({ 'config.json': config, ...files });
  try {
    await loadIn(folder, env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => problem.replaceAll(`${folder}/`, '').replaceAll(folder, 'FOLDER'));
  }
}
