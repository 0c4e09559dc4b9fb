import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { type Component, freePort, startComponent } from './components.ts';
import { temporaryFolder } from './process.ts';
import { open } from './send.ts';

/** statsd 0.9, as npm has it, in a process of its own. */
export interface Original extends Component {
  readonly adminPort: number;
  readonly port: number;
}

const folder = fileURLToPath(new URL('../../node_modules/statsd', import.meta.url));

/** Starts it with a configuration; ports are added. */
export async function startOriginal(config: object): Promise<Original> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const file = join(temporaryFolder(), 'config.js');
  const loopback = { address: '127.0.0.1', port, mgmt_address: '127.0.0.1', mgmt_port: adminPort };
  writeFileSync(file, `(${JSON.stringify({ ...loopback, ...config })})`);
  const component = startComponent(process.execPath, [join(folder, 'stats.js'), file], { cwd: folder });
  await vi.waitFor(async () => {
    expect(component.running, component.output).toBe(true);
    (await open(adminPort)).destroy();
  });
  return Object.assign(component, { adminPort, port });
}
