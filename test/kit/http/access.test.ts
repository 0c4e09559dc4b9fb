import { describe, expect, it } from 'vitest';
import { accessFaults } from '../../../src/kit/http/access.ts';

const nobody = { users: [], tokens: [] };
const somebody = { users: [], tokens: ['t'] };

describe('without credentials', () => {
  it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'])(
    'a server may be on %s',
    (host) => {
      expect(accessFaults({ host, auth: nobody, allowAnonymous: false })).toEqual([]);
    },
  );

  it.each(['0.0.0.0', '::', '::ffff:10.0.0.1', '127.0.0.1.example.com', 'localhost.example.com', '127.1', '10.0.0.1'])(
    'a server may be on %s only when it is told so',
    (host) => {
      expect(accessFaults({ host, auth: nobody, allowAnonymous: true })).toEqual([]);
      expect(accessFaults({ host, auth: nobody, allowAnonymous: false })).toEqual([
        {
          key: 'host',
          message: `"${host}" is open to other machines and "auth" names no user or token; add one, listen on "127.0.0.1", or set "allowAnonymous": true`,
        },
      ]);
    },
  );
});

describe('with credentials', () => {
  it.each(['127.0.0.1', '0.0.0.0'])('a server may be on %s, and is not open at the same time', (host) => {
    expect(accessFaults({ host, auth: somebody, allowAnonymous: false })).toEqual([]);
    expect(accessFaults({ host, auth: somebody, allowAnonymous: true })).toEqual([
      {
        key: 'allowAnonymous',
        message: '"auth" names who is let in; remove one of "auth" and "allowAnonymous"',
      },
    ]);
  });
});
