import type { z } from 'zod';
import type { ConfigKit } from '../plugin.ts';

/** The setting `host`: a name or an address without anything around it. */
export function hostSetting({ z }: ConfigKit): z.ZodString {
  return z
    .string()
    .min(1)
    .check((context) => {
      const message = faultOf(context.value);
      if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message });
    });
}

/** The value is not repeated here: it may come from a reference. */
function faultOf(host: string): string | undefined {
  if (host === '') return undefined;
  if (/:\/\//.test(host))
    return 'is a URL; write the name or address alone ("host": "127.0.0.1"), and the port as "port"';
  if (/^\[.*\](?::\d*)?$/.test(host))
    return 'has brackets; write an IPv6 address without them ("::1"), and the port as "port"';
  if (/^[^:]*:\d*$/.test(host)) return 'has a port; write it on its own: "host": "127.0.0.1", "port": 8125';
  if (/[\s/@?#,;]/.test(host)) return 'is neither a host name nor an IP address';
  return undefined;
}
