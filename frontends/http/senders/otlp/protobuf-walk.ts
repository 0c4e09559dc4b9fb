import { isRefusal, refusal } from '../../../../src/kit/http/refusal.ts';
import type { Steps } from '../../../../src/kit/slices.ts';
import { LENGTH_DELIMITED, type ProtobufReader, protobufReader } from '../../protobuf.ts';
import { type Head, type HeadFields, LONGEST_LEAF, MOST_HEADS, type Sink, TOO_LONG } from './model.ts';

/** Reads one field of a message. */
export type ReadFields = (reader: ProtobufReader) => HeadFields;

/** What the fields of a message are by their numbers; others are skipped. */
export interface MessageShape {
  readonly level: Head['level'];
  /** Messages that hold lists, with what is known of them by the field itself; `leaf`: data points or log records. */
  readonly inside: ReadonlyMap<number, MessageShape | 'leaf'>;
  readonly kept: ReadonlyMap<number, ReadFields>;
  readonly kind?: Head['kind'];
}

/**
 * Walks a message twice: first for what its parts say of themselves, which may stand behind what they hold, and so that a body that breaks off
 * has nothing handed over. Throws a refusal (400, 413). `leaf` reads one up to where it ends; a refusal that it throws is of that one alone.
 */
export function* walkMessage<Leaf>(
  body: Buffer,
  shape: MessageShape,
  leaf: (reader: ProtobufReader, end: number) => Leaf,
  sink: Sink<Leaf>,
  spent: () => boolean,
): Steps<void> {
  const heads: Head[] = [];
  const first = protobufReader(body);
  yield* message(first, body.length, shape, {
    enter(into) {
      if (heads.length >= MOST_HEADS) throw refusal(413, `The body has more than ${MOST_HEADS} resources and metrics.`);
      const head: Head = into.kind === undefined ? { level: into.level } : { level: into.level, kind: into.kind };
      heads.push(head);
      return head;
    },
    keep(read, head) {
      if (first.length() > LONGEST_LEAF) {
        throw refusal(413, `A resource, a scope or a name in the body is longer than ${LONGEST_LEAF} bytes.`);
      }
      Object.assign(head, read(first));
    },
    leaf() {
      first.skip();
      return false;
    },
    flush: sink.flush,
    spent,
  });

  const second = protobufReader(body);
  let next = 0;
  yield* message(second, body.length, shape, {
    enter() {
      const head = heads[next++]!;
      sink.open(head);
      return head;
    },
    keep: () => second.skip(),
    leaf() {
      if (second.length() > LONGEST_LEAF) {
        second.skip();
        sink.refuse(TOO_LONG);
        return false;
      }
      const end = second.end();
      let found: Leaf;
      try {
        found = leaf(second, end);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        second.seek(end);
        sink.refuse(error.message);
        return false;
      }
      return sink.leaf(found);
    },
    flush: sink.flush,
    spent,
  });
}

interface Walk {
  enter(shape: MessageShape): Head;
  keep(read: ReadFields, head: Head): void;
  /** Of the field that the reader went to. True: `flush` is due. */
  leaf(): boolean;
  flush(): Steps<void>;
  spent(): boolean;
}

/** Fields between two looks at the clock, or so many times 64 bytes of points. */
const FIELDS_BETWEEN = 64;

function* message(reader: ProtobufReader, end: number, shape: MessageShape, walk: Walk): Steps<void> {
  const head = walk.enter(shape);
  let left = FIELDS_BETWEEN;
  while (reader.next(end)) {
    if (--left <= 0) {
      left = FIELDS_BETWEEN;
      if (walk.spent()) yield;
    }
    const into = reader.wire === LENGTH_DELIMITED ? shape.inside.get(reader.field) : undefined;
    if (into === 'leaf') {
      left -= reader.length() >> 6;
      if (walk.leaf()) yield* walk.flush();
    } else if (into !== undefined) {
      const inner = reader.end();
      yield* message(reader, inner, into, walk);
    } else {
      const read = shape.kept.get(reader.field);
      if (read === undefined) reader.skip();
      else walk.keep(read, head);
    }
  }
}
