import { request } from 'node:http';
import plugin from '../../../frontends/http/index.ts';
import { frontendContract } from '../../contract/frontend.ts';

const PASSWORD = 'not-for-the-log';
const AUTHORIZATION = `Basic ${Buffer.from(`drain:${PASSWORD}`).toString('base64')}`;

function post(path: string) {
  return (address: string, bytes: Buffer) =>
    new Promise<void>((resolve, reject) => {
      const outgoing = request(new URL(path, address), {
        method: 'POST',
        agent: false,
        headers: { authorization: AUTHORIZATION, 'content-length': bytes.length },
      });
      outgoing.on('response', (response) => response.resume().on('close', resolve));
      outgoing.on('error', reject);
      outgoing.end(bytes);
    });
}

const config = (address?: string) => ({
  port: address === undefined ? 0 : Number(new URL(address).port),
  auth: { users: [{ user: 'drain', password: PASSWORD }] },
});

frontendContract('http, StatsD lines', { plugin, config, send: post('/statsd'), secrets: [PASSWORD] });

frontendContract('http, log lines', {
  plugin,
  config,
  send: post('/logs'),
  message: (name) => Buffer.from(`at=info count#${name}=1\n`),
  secrets: [PASSWORD],
});
