import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createScrapers } from '../../../backends/prometheus/scrapers.ts';

const connection = (remoteAddress: string) => Object.assign(new EventEmitter(), { remoteAddress }) as unknown as Socket;

/** Whether the wait is over, after each of the steps. */
async function overAfter(
  ...steps: readonly ((tools: { scrape(socket: Socket): void; later(ms: number): void }) => void)[]
) {
  let now = 0;
  const scrapers = createScrapers(() => now);
  const tools = {
    scrape: scrapers.scraped,
    later: (ms: number) => {
      now += ms;
    },
  };
  steps[0]!(tools);
  let isOver = false;
  void scrapers.allAgain().then(() => {
    isOver = true;
  });
  const seen: boolean[] = [];
  for (const step of steps.slice(1)) {
    step(tools);
    await Promise.resolve();
    seen.push(isOver);
  }
  return seen;
}

describe('who reads the page is waited for', () => {
  it('until anybody has, where nobody did before', async () => {
    expect(
      await overAfter(
        () => undefined,
        () => undefined,
        ({ scrape }) => scrape(connection('a')),
      ),
    ).toEqual([false, true]);
  });

  it('by connections that last', async () => {
    const [one, other] = [connection('a'), connection('a')];
    const both = ({ scrape }: { scrape(socket: Socket): void }) => [one, other].forEach(scrape);
    expect(
      await overAfter(
        both,
        ({ scrape }) => scrape(one),
        ({ scrape }) => scrape(one),
        ({ scrape }) => scrape(other),
      ),
    ).toEqual([false, false, true]);
  });

  it('by addresses where they do not last', async () => {
    const scrapeOnce = (address: string) => (tools: { scrape(socket: Socket): void }) => {
      const socket = connection(address);
      tools.scrape(socket);
      socket.emit('close');
    };
    const both = (tools: { scrape(socket: Socket): void }) => {
      scrapeOnce('a')(tools);
      scrapeOnce('b')(tools);
    };
    expect(await overAfter(both, scrapeOnce('a'), scrapeOnce('a'), scrapeOnce('b'))).toEqual([false, false, true]);
  });

  it('but not a connection that closes, once somebody came', async () => {
    const [one, other] = [connection('a'), connection('a')];
    expect(
      await overAfter(
        ({ scrape }) => [one, other].forEach(scrape),
        () => other.emit('close'),
        ({ scrape }) => scrape(one),
      ),
    ).toEqual([false, true]);
  });

  it('nor who has not come for a minute', async () => {
    expect(
      await overAfter(
        ({ scrape, later }) => {
          const socket = connection('gone');
          scrape(socket);
          socket.emit('close');
          later(60_000);
        },
        ({ scrape }) => scrape(connection('a')),
      ),
    ).toEqual([true]);
  });
});
