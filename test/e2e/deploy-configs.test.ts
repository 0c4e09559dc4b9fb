import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { temporaryFolder } from '../helper/process.ts';

const deploy = fileURLToPath(new URL('../../deploy/', import.meta.url));
const read = (file: string) => readFileSync(join(deploy, file), 'utf8');

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly name: string;
  readonly ports: readonly { readonly name: string; readonly containerPort: number; readonly protocol: string }[];
  readonly args: readonly string[];
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly securityContext: object;
}

interface Manifest {
  readonly kind: string;
  readonly data: Readonly<Record<string, string>>;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: { readonly runAsNonRoot: boolean };
        readonly containers: readonly Container[];
      };
    };
  };
}

const manifests = ['daemonset.yaml', 'deployment.yaml'].map((file) => ({
  file,
  all: parseAllDocuments(read(`kubernetes/${file}`)).map((document) => document.toJS() as Manifest),
}));
const configOf = (all: readonly Manifest[]) => all.find(({ kind }) => kind === 'ConfigMap')!.data['config.json']!;

it.each([
  ...['container/config.json', 'container/compose/statsdrain.json', 'debian/config.json'].map((file) => [
    file,
    read(file),
  ]),
  ...manifests.map(({ file, all }) => [file, configOf(all)]),
])('the configuration of %s is valid, and has what its health is asked of', async (_, text) => {
  const file = join(temporaryFolder(), 'config.json');
  writeFileSync(file, text!);
  const { backends } = await loadConfig(file, { STATSDRAIN_PASSWORD: 'a password' });
  expect(backends.map(({ name }) => name)).toEqual(['live', 'prometheus']);
});

it.each(manifests)(
  '$file asks what its configuration opens, runs without rights, and has the time to stop',
  ({ all }) => {
    const { spec } = all.find(({ kind }) => kind === 'DaemonSet' || kind === 'Deployment')!.spec.template;
    const { ports, startupProbe, readinessProbe, livenessProbe, securityContext } = spec.containers[0]!;
    const config = JSON.parse(configOf(all)) as Record<'frontends' | 'backends', { type: string; port?: number }[]>;
    const metrics = config.backends.find(({ type }) => type === 'prometheus')!.port;
    expect(ports.find(({ name }) => name === 'metrics')!.containerPort).toBe(metrics);
    for (const { type, port } of config.frontends) {
      if (port === undefined) continue;
      expect(ports.map(({ containerPort, protocol }) => [containerPort, protocol.toLowerCase()])).toContainEqual([
        port,
        type,
      ]);
    }
    expect([startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => [httpGet.path, httpGet.port])).toEqual([
      ['/-/healthy', 'metrics'],
      ['/-/ready', 'metrics'],
      ['/-/healthy', 'metrics'],
    ]);
    expect(spec.securityContext.runAsNonRoot).toBe(true);
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    // The default of "shutdownTimeout" is 5 s.
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(5);
  },
);

it('Compose mounts files that there are', () => {
  const { services } = parse(read('container/compose.yaml')) as {
    readonly services: Readonly<Record<string, { readonly volumes: readonly string[] }>>;
  };
  const sources = Object.values(services).flatMap(({ volumes }) => volumes.map((volume) => volume.split(':')[0]!));
  const files = sources.filter((source) => source.startsWith('.')).map((source) => join(deploy, 'container', source));
  expect(files.length).toBeGreaterThan(5);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
  expect(readdirSync(join(deploy, 'grafana'))).toEqual(['statsdrain.json']);
});
