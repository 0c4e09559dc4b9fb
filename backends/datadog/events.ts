import type { Item } from '../../src/kit/http/endpoint.ts';
import type { BackendContext, Event, ServiceCheck } from '../../src/plugin.ts';
import { clip, type Labels, NAME_LENGTH, wellFormed } from './naming.ts';

/** Characters of an event's text and of its title that the intake takes. */
const TEXT_LENGTH = 4000;

/** Characters of an aggregation key. */
const KEY_LENGTH = 100;

type Label = (tags: readonly string[]) => Labels;

/** Events for `/api/v1/events`. The event's own host comes before a `host:` tag. */
export function* eventItems(events: readonly Event[], label: Label): Generator<Item> {
  for (const event of events) {
    const { tags, host } = label(event.tags);
    yield jsonItem(event.title, {
      title: shorten(event.title, TEXT_LENGTH),
      text: shorten(event.text, TEXT_LENGTH),
      date_happened: event.timestamp,
      priority: event.priority,
      alert_type: event.alertType,
      ...hostField('host', event.host ?? host),
      ...(event.aggregationKey === undefined ? {} : { aggregation_key: shorten(event.aggregationKey, KEY_LENGTH) }),
      ...(event.sourceType === undefined ? {} : { source_type_name: wellFormed(event.sourceType) }),
      ...(tags.length === 0 ? {} : { tags }),
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
    yield named ? checkItem(check, label(check.tags)) : undefined;
  }
}

function checkItem(check: ServiceCheck, { tags, host }: Labels): Item {
  return jsonItem(check.name, {
    check: wellFormed(check.name),
    ...hostField('host_name', check.host ?? host),
    status: check.status,
    timestamp: check.timestamp,
    ...(check.message === undefined ? {} : { message: shorten(check.message, TEXT_LENGTH) }),
    ...(tags.length === 0 ? {} : { tags }),
  });
}

function hostField(key: string, host: string): Readonly<Record<string, string>> {
  return host === '' ? {} : { [key]: clip(wellFormed(host), 255) };
}

function jsonItem(name: string, body: unknown): Item {
  return { name: name.slice(0, 200), body: JSON.stringify(body), points: 1 };
}

function shorten(text: string, characters: number): string {
  return wellFormed(text.slice(0, characters));
}
