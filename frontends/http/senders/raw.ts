import type { Sender } from './sender.ts';

/** Lines of text, as `curl --data-binary @file` posts them. Takes what nobody else does. */
export const raw: Sender = {
  name: 'raw',
  posts: [
    {
      path: '/drain/raw',
      *read(body, { logs }) {
        yield* logs.lines(body);
        return undefined;
      },
    },
  ],
};
