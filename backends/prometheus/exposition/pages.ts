import type { Exposition } from './negotiate.ts';

/** The pages of one state, each made when it is first asked for. */
export interface Pages<Page> {
  /** Who asks for a page that is being made is given the same one. One that could not be made is made anew for the next who asks. */
  get(exposition: Exposition): Promise<Page>;
  /** The state has changed, or is about to: whoever asks from now on is given a new page. */
  drop(): void;
}

/** Pages that are held: scrapers ask for one or two, and whoever asks for all of them is to take no memory. */
const MOST = 4;

export function createPages<Page>(make: (exposition: Exposition) => Promise<Page>): Pages<Page> {
  /** The one that was asked for last stands last. */
  const pages = new Map<string, Promise<Page>>();
  return {
    get(exposition) {
      const key = keyOf(exposition);
      const known = pages.get(key);
      const page = known ?? make(exposition);
      pages.delete(key);
      pages.set(key, page);
      if (known === undefined) {
        page.catch(() => {
          if (pages.get(key) === page) pages.delete(key);
        });
        for (const oldest of pages.keys()) if (pages.size > MOST) pages.delete(oldest);
      }
      return page;
    },
    drop: () => pages.clear(),
  };
}

/** Versions of a format differ in nothing but the names they take, which are escaped for those that do not. */
function keyOf({ format, escaping }: Exposition): string {
  return `${format.replace(/-.*/, '')} ${escaping}`;
}
