import { recordOf } from '../json/record.ts';
import type { JsonObject } from '../records/record.ts';
import { formatted } from './python-format.ts';
import type { Sender } from './sender.ts';

/**
 * One line as the fields of a form: `HTTPHandler` of Python's logging posts those of a LogRecord.
 * https://docs.python.org/3/library/logging.handlers.html#httphandler
 */
export const form: Sender = {
  name: 'form',
  posts: [
    {
      path: '/drain/form',
      // biome-ignore lint/correctness/useYield: a form is one line.
      *read(body, { logs }) {
        const written = body.toString('utf8');
        const fields: JsonObject = Object.fromEntries(new URLSearchParams(written));
        const record = recordOf(fields, written);
        const { message, msg, args } = fields;
        const isTemplate = message === undefined && typeof msg === 'string' && typeof args === 'string';
        logs.record(isTemplate ? { ...record, text: formatted(msg, args) } : record);
        return { status: 200 };
      },
    },
  ],
  claims: ({ mediaType }, body) =>
    mediaType === 'application/x-www-form-urlencoded' && FIELD.test(body.toString('latin1', 0, LOOKED_AT)),
};

/** `curl --data-binary` says that lines are a form too. A form has no blanks, and a name before its first `=`. */
const FIELD = /^[\w.%+-]+=\S*$/;
const LOOKED_AT = 256;
