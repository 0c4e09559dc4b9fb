import type { ConfigPath } from '../problem.ts';
import type { Draft } from './draft.ts';
import { createNamer } from './names.ts';
import type { Original } from './schema.ts';

/** `backends` to back-ends that read the original's metrics. */
export function mapBackends(original: Original, draft: Draft): void {
  const name = createNamer();
  draft.set(['backends'], [], ['backends']);
  let count = 0;
  for (const [index, module] of (original.backends ?? ['./backends/graphite']).entries()) {
    const to = ['backends', count];
    const builtIn = /^(?:\.\/backends\/)?(console|graphite|repeater)(?:\.js)?$/.exec(module)?.[1];
    const map = builtIn === undefined ? undefined : mappers.get(builtIn);
    if (map !== undefined && !map(original, draft, to)) continue;
    const own = name(builtIn ?? module);
    if (builtIn === undefined) mapModule(module, draft, to, index);
    else draft.set([...to, 'type'], builtIn, ['backends', index]);
    if (builtIn !== own) draft.set([...to, 'name'], own);
    count++;
  }
  if (count === 0) draft.note('backends: nothing is sent anywhere; the admin interface still shows the metrics.');
  if (original.repeater?.length && !original.backends?.some((module) => /\brepeater(?:\.js)?$/.test(module))) {
    draft.note('repeater: has no effect without "./backends/repeater" in "backends", as in the original.');
  }
}

/** Sets the keys of a block; false when nothing would come of it. */
type Mapper = (original: Original, draft: Draft, to: ConfigPath) => boolean;

const mappers: ReadonlyMap<string, Mapper> = new Map<string, Mapper>([
  ['console', mapConsole],
  ['graphite', mapGraphite],
  ['repeater', mapRepeater],
]);

function mapConsole(original: Original, draft: Draft, to: ConfigPath): boolean {
  draft.set([...to, 'type'], 'console');
  draft.set([...to, 'format'], 'statsd');
  draft.set([...to, 'prettyprint'], original.console?.prettyprint, ['console', 'prettyprint']);
  return true;
}

const prefixKeys = ['globalPrefix', 'prefixCounter', 'prefixTimer', 'prefixGauge', 'prefixSet'] as const;

function mapGraphite(original: Original, draft: Draft, to: ConfigPath): boolean {
  if (original.graphiteHost === undefined) {
    draft.note('graphiteHost: is not set, so the back-end graphite is left out; the original sends nothing either.');
    return false;
  }
  const pickle = original.graphiteProtocol === 'pickle';
  const [portKey, port] = pickle
    ? ['graphitePicklePort', original.graphitePicklePort ?? 2004]
    : ['graphitePort', original.graphitePort ?? 2003];
  draft.set([...to, 'type'], 'graphite');
  draft.set([...to, 'host'], original.graphiteHost, ['graphiteHost']);
  draft.set([...to, 'port'], port, [portKey]);
  draft.set([...to, 'protocol'], pickle ? 'pickle' : 'text', ['graphiteProtocol']);
  mapNames(original, draft, [...to, 'statsd']);
  draft.note('graphiteHost: what carbon did not take is kept and sent again; the original loses it.');
  return true;
}

function mapNames({ graphite, flush_counts }: Original, draft: Draft, to: ConfigPath): void {
  const legacy = graphite?.legacyNamespace ?? true;
  draft.set([...to, 'legacyNamespace'], legacy, ['graphite', 'legacyNamespace']);
  for (const key of prefixKeys) {
    if (!legacy) draft.set([...to, key], graphite?.[key], ['graphite', key]);
    else if (graphite?.[key] !== undefined) {
      draft.note(`graphite.${key}: has no effect without "legacyNamespace": false, as in the original.`);
    }
  }
  const suffix = graphite?.globalSuffix;
  if (suffix !== '') draft.set([...to, 'globalSuffix'], suffix, ['graphite', 'globalSuffix']);
  draft.set([...to, 'flushCounts'], flush_counts, ['flush_counts']);
}

function mapRepeater(original: Original, draft: Draft, to: ConfigPath): boolean {
  if (!original.repeater?.length) {
    draft.note('repeater: is empty, so the back-end repeater is left out.');
    return false;
  }
  const { repeaterProtocol } = original;
  draft.set([...to, 'type'], 'repeater');
  for (const [index, { host, port }] of original.repeater.entries()) {
    draft.set([...to, 'targets', index, 'host'], host ?? '127.0.0.1', ['repeater', index, 'host']);
    draft.set([...to, 'targets', index, 'port'], port, ['repeater', index, 'port']);
  }
  const protocol = repeaterProtocol === 'tcp' || repeaterProtocol === 'udp6' ? repeaterProtocol : 'udp4';
  draft.set([...to, 'protocol'], protocol, ['repeaterProtocol']);
  return true;
}

/** A back-end written for the original reads `statsd.config`. */
function mapModule(module: string, draft: Draft, to: ConfigPath, index: number): void {
  draft.set([...to, 'use'], module, ['backends', index]);
  draft.set([...to, 'compat'], 'statsd');
  draft.note(`backends ${module}: is looked up from the folder of this file, then from the working directory.`);
}
