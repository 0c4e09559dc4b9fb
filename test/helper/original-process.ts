import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { freePort } from '../../bench/free-port.ts';
import { accepts, type Component, startComponent } from './components.ts';
import { temporaryFolder } from './process.ts';
import { withUtilLog } from './util-log.ts';

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
  const component = startComponent(process.execPath, [...withUtilLog, join(folder, 'stats.js'), file], { cwd: folder });
  const listens = async () => {
    if (!component.running) throw new Error(`the original ended:\n${component.output}`);
    return accepts(adminPort);
  };
  await vi.waitUntil(listens, { timeout: 20_000 });
  return Object.assign(component, { adminPort, port });
}
