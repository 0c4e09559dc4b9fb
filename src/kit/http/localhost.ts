import { lookup } from 'node:dns/promises';

/** The addresses that `localhost` has besides the one that was bound: a client may try any of them. None of other hosts. */
export async function otherAddresses(host: string, bound: string): Promise<readonly string[]> {
  if (host !== 'localhost') return [];
  const all = await lookup(host, { all: true }).catch(() => []);
  return [...new Set(all.map(({ address }) => address))].filter((address) => address !== bound);
}
