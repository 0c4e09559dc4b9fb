import { defaultStatsdSettings, type Settings } from '../config/settings.ts';
import { type Counts, createCounts } from '../kit/counts.ts';
import type {
  Backend,
  BackendContext,
  BackendPlugin,
  FoldingBackend,
  Logger,
  Naming,
  SendingBackend,
  StatsdContext,
} from '../plugin.ts';
import { guardModule } from '../plugins/module-guard.ts';
import { follow } from '../process/reference.ts';
import { ownMetric } from '../telemetry/catalogue.ts';
import type { BackendSpec } from './messages.ts';

/** A back-end that has not been started. */
export interface Made {
  readonly backend: Backend;
  /** Of its plugin. */
  readonly type: string;
  readonly log: Logger;
  readonly lostItems: Counts;
  readonly counts: Counts;
  /** Makes another one in its place. */
  again(): Backend;
  /** The view whose windows it is given: another one once the rules of its mapping have changed. */
  readonly view: { id: string };
}

export type LoadBackend = (module: string) => Promise<BackendPlugin>;

/** Gives the id of the view of a back-end, which is open then. */
export type OpenView = (spec: BackendSpec, backend: Pick<Backend, 'naming' | 'updatedOnly'>) => Promise<string>;

/** What back-ends may ask of the server. */
export interface ServerAccess {
  reload: BackendContext['reload'];
  /** Offers the window of a view with what came up to now. */
  refresh(view: string): Promise<void>;
  /** Of a view. */
  unmapped(view: string): ReturnType<BackendContext['unmapped']>;
  readonly view: BackendContext['server'];
}

export interface MakerOptions {
  readonly load: LoadBackend;
  logFor(backend: string): Logger;
  readonly openView: OpenView;
  readonly server: ServerAccess;
  /** Resolves when the back-end has taken in the windows that it was offered. */
  settled(backend: string): Promise<void>;
}

/** Makes back-ends, with a view of what they have asked for. Rejects with what a plugin throws, and where what it gives is no back-end. */
export function createMaker({ load, logFor, openView, server, settled }: MakerOptions): (
  spec: BackendSpec,
  settings: Settings,
  /** Unix seconds, whole. */
  startupTime: number,
) => Promise<Made> {
  return async (spec, settings, startupTime) => {
    const plugin = await load(spec.module);
    const lostItems = createCounts();
    const counts = createCounts();
    const log = logFor(spec.name);
    const count: BackendContext['count'] = (key, value, tags = []) => counts.add([key, ...tags].join('\n'), value);
    const view = { id: '' };
    const create = () => {
      const made: Backend = plugin.create(spec.config, {
        name: spec.name,
        log,
        percentiles: settings.percentiles,
        lost: lostItems.add,
        count,
        reread: (place) => reread(spec, place),
        ownMetric,
        intervalMs: spec.intervalMs ?? settings.flushIntervalMs,
        reload: server.reload,
        async refresh() {
          await server.refresh(view.id);
          await settled(spec.name);
        },
        unmapped: () => server.unmapped(view.id),
        server: server.view,
        statsd: statsdContext(settings, startupTime),
        guardModule: (file) => guardModule(file, { log, count }),
      });
      refuseUseless(plugin.name, made);
      return made;
    };
    const backend = create();
    view.id = await openView(spec, backend);
    return { backend, type: plugin.name, log, lostItems, counts, again: create, view };
  };
}

function reread({ references = [] }: BackendSpec, place: readonly (string | number)[]): string | undefined {
  const found = references.find((one) => JSON.stringify(one.place) === JSON.stringify(place));
  return found && follow(found.reference, process.env);
}

/** A plugin is checked no earlier: what it makes depends on its configuration. */
function refuseUseless(plugin: string, backend: unknown): void {
  const made = (typeof backend === 'object' && backend !== null ? backend : {}) as Partial<
    FoldingBackend & SendingBackend
  >;
  const { naming } = made as { readonly naming?: Partial<Naming> | null };
  if (naming !== undefined && (typeof naming?.id !== 'string' || typeof naming.rename !== 'function'))
    throw new Error(`${gaveNone(plugin)}: its "naming" has no "id" or no function "rename"`);
  if (typeof made.send === 'function') return;
  const sends = ['lanes', 'encode', 'deliver'].some((name) => name in made);
  const missing = sends ? (['encode', 'deliver'] as const).find((name) => typeof made[name] !== 'function') : 'send';
  if (missing !== undefined) throw new Error(`${gaveNone(plugin)}: it has no function "${missing}"`);
  const { lanes } = made;
  const named =
    Array.isArray(lanes) && lanes.length > 0 && lanes.every((lane) => typeof lane === 'string' && lane !== '');
  if (!named) throw new Error(`${gaveNone(plugin)}: its "lanes" is no list of names`);
  if (new Set(lanes).size < lanes.length) throw new Error(`${gaveNone(plugin)}: its "lanes" has a name twice`);
}

function gaveNone(plugin: string): string {
  return `"create" of the plugin "${plugin}" gave no back-end`;
}

function statsdContext(
  { flushIntervalMs, statsd = defaultStatsdSettings }: Settings,
  startupTime: number,
): StatsdContext {
  return { startupTime, flushIntervalMs, prefixStats: statsd.prefixStats, config: statsd.config };
}
