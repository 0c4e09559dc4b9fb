import type { Endpoint, Item } from '../../src/kit/http/endpoint.ts';
import type { BackendContext, Event, ServiceCheck } from '../../src/plugin.ts';
import { EVENTS } from './endpoint.ts';
import { clip, type Label, type Labels, NAME_LENGTH, wellFormed } from './naming.ts';

/** Characters of an event's text and of its title that the intake takes. */
const TEXT_LENGTH = 4000;

/** Characters of an aggregation key, and of a source. */
const KEY_LENGTH = 100;

/** What the Agent has events without a source come from. */
const SOURCE = 'api';

export interface EventBatch {
  readonly endpoint: Endpoint;
  readonly items: Iterable<Item>;
}

/** Events for `/intake/`, by source as the Agent sends them. The event's own host comes before a `host:` tag. */
export function eventBatches(events: readonly Event[], label: Label, hostname: string): EventBatch[] {
  const bySource = new Map<string, Event[]>();
  for (const event of events) {
    const source = shorten(event.sourceType || SOURCE, KEY_LENGTH);
    const others = bySource.get(source);
    if (others === undefined) bySource.set(source, [event]);
    else others.push(event);
  }
  const tail = `]},"internalHostname":${ascii(JSON.stringify(wellFormed(hostname)))}}`;
  return Array.from(bySource, ([source, those]) => ({
    endpoint: { ...EVENTS, head: `{"apiKey":"","events":{${ascii(JSON.stringify(source))}:[`, tail },
    items: eventItems(those, label),
  }));
}

function* eventItems(events: readonly Event[], label: Label): Generator<Item> {
  for (const event of events) {
    const { tags, host } = label({ tags: event.tags, host: event.host });
    yield jsonItem(event.title, {
      msg_title: shorten(event.title, TEXT_LENGTH),
      msg_text: shorten(event.text, TEXT_LENGTH),
      timestamp: event.timestamp,
      priority: event.priority,
      ...(host === '' ? {} : { host }),
      ...(tags.length === 0 ? {} : { tags }),
      alert_type: event.alertType,
      ...(event.aggregationKey === undefined ? {} : { aggregation_key: shorten(event.aggregationKey, KEY_LENGTH) }),
      ...(event.sourceType === undefined ? {} : { source_type_name: shorten(event.sourceType, KEY_LENGTH) }),
    });
  }
}

/** Service checks for `/api/v1/check_run`. Names longer than those of metrics are refused, others sent as they are. */
export function* checkItems(
  checks: readonly ServiceCheck[],
  label: Label,
  lost: BackendContext['lost'],
): Generator<Item | undefined> {
  for (const check of checks) {
    const named = check.name !== '' && check.name.length <= NAME_LENGTH;
    if (!named) lost('bad_name', 1);
    yield named ? checkItem(check, label({ tags: check.tags, host: check.host })) : undefined;
  }
}

function checkItem(check: ServiceCheck, { tags, host }: Labels): Item {
  return jsonItem(check.name, {
    check: wellFormed(check.name),
    ...(host === '' ? {} : { host_name: host }),
    status: check.status,
    timestamp: check.timestamp,
    ...(check.message === undefined ? {} : { message: shorten(check.message, TEXT_LENGTH) }),
    ...(tags.length === 0 ? {} : { tags }),
  });
}

function jsonItem(name: string, body: unknown): Item {
  return { name: clip(wellFormed(name), 200), body: JSON.stringify(body), points: 1 };
}

function shorten(text: string, characters: number): string {
  return wellFormed(text.slice(0, characters));
}

/** What stands around items is written byte by byte. */
function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
