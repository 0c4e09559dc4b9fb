import type { Settings, StatsdSettings } from '../../config/settings.ts';
import { maskedValue } from '../../process/secrets.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * What the original shows as its configuration: the file's keys, with the defaults that it writes back at the start and,
 * of `delete…`, in its first flush.
 */
export function shownConfig(
  statsd: StatsdSettings,
  { flushIntervalMs }: Pick<Settings, 'flushIntervalMs'>,
  flushes: number,
) {
  const { config, deleteCounters, deleteTimers, deleteSets, deleteGauges } = statsd;
  const { deleteIdleStats = false } = config;
  const deletions = { deleteCounters, deleteTimers, deleteSets, deleteGauges };
  const start = { gaugesMaxTTL: statsd.gaugesMaxTTL, deleteIdleStats };
  return {
    ...config,
    ...start,
    ...(deleteIdleStats ? deletions : {}),
    flushInterval: flushIntervalMs,
    ...(flushes > 0 ? deletions : {}),
  };
}

/**
 * The reply to `config`: a line for each key, or for each key of an object in it. What came from outside of the file is shown as the
 * reference to it, and what else looks like a secret as `***`.
 */
export function configText(config: Values): string {
  let text = '\n';
  for (const [key, value] of Object.entries(config)) {
    if (typeof value !== 'object') {
      text += `${key}: ${shown(key, value)}\n`;
      continue;
    }
    for (const [inner, innerValue] of Object.entries(value ?? {})) {
      const label = isSecret(key) ? key : inner;
      text += `${key} > ${inner}: ${shown(label, innerValue)}\n`;
    }
  }
  return text;
}

const HIDDEN = '***';
const SECRET_WORDS = new Set(['pass', 'pwd', 'auth', 'authorization', 'dsn', 'key']);
const SECRET_PART = /token|secret|passw|passphrase|credential|apikey|accesskey|privatekey/;

/** `apiKey`, `access_key_id`, `authToken`, …, but not `keyFlush`: there the key is not the thing. */
function isSecret(key: string): boolean {
  if (SECRET_PART.test(key.toLowerCase())) return true;
  const words = key
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/);
  if (words.at(-1) === 'id') words.pop();
  return words.some((word, at) => SECRET_WORDS.has(word) && (word !== 'key' || at === words.length - 1));
}

function shown(key: string, value: unknown): string {
  if (typeof value === 'boolean' || value === null || value === undefined) return String(value);
  if (isSecret(key)) return HIDDEN;
  // An object has no text where it has no prototype.
  return typeof value === 'object' ? withoutUserinfo(text(value)) : oneText(String(value));
}

function text(value: object): string {
  return Array.isArray(value) ? value.map((one) => elementText(one)).join(',') : '[object Object]';
}

function elementText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? text(value) : oneText(String(value));
}

/** A reference stays readable behind what hides credentials by their place. */
function oneText(value: string): string {
  return withoutUserinfo(maskedValue(value));
}

/** `https://user:password@host/?api_key=…`: neither the user nor the key. */
function withoutUserinfo(value: string): string {
  return value
    .replace(/(\w:\/\/)[^/?#\s]*@/g, `$1${HIDDEN}@`)
    .replace(/([?&][^=&#\s]*(?:key|token|secret|pass|auth)[^=&#\s]*=)[^&#\s]*/gi, `$1${HIDDEN}`);
}
