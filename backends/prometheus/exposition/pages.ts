import type { Exposition } from './negotiate.ts';
import type { Packing } from './packed.ts';

/** Which page: in what it is written, and how it is held. */
export interface PageKind extends Exposition {
  readonly packing: Packing;
}

/** The pages of one state, each made when it is first asked for. */
export interface Pages<Page> {
  /** Who asks for a page that is being made is given the same one. One that could not be made is made anew for the next who asks. */
  get(kind: PageKind): Promise<Page>;
  /** The state has changed, or is about to: whoever asks from now on is given a new page. */
  drop(): void;
}

export function createPages<Page>(make: (kind: PageKind) => Promise<Page>): Pages<Page> {
  const pages = new Map<string, Promise<Page>>();
  return {
    get(kind) {
      const key = `${kind.format} ${kind.escaping} ${kind.packing}`;
      const known = pages.get(key);
      if (known !== undefined) return known;
      const page = make(kind);
      pages.set(key, page);
      page.catch(() => {
        if (pages.get(key) === page) pages.delete(key);
      });
      return page;
    },
    drop: () => pages.clear(),
  };
}
