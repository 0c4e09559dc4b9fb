/** Who was first to use a name, while the series of one window are not on the page yet. */
export interface Claims {
  /** A series that is called so came: of values that are observed (timers and the like), or not. The first one counts. */
  claim(name: string, type: ClaimType): void;
  /**
   * Whether another one that cannot be on the page beside a family of this name and type came before it: of the same name, or of a name that one
   * of them has for its sums, counts or buckets. `isHistogram`: observed values become histograms, which alone have buckets.
   */
  isLate(name: string, type: ClaimType, isHistogram: boolean): boolean;
  /** The window has been added. Claims for it are forgotten with the next one: those for the next may have come before this is called. */
  turn(): void;
}

/** Types that a family may be made of. */
export type ClaimType = 'counter' | 'gauge' | 'set' | 'observer';

interface Claim {
  readonly type: ClaimType;
  readonly at: number;
}

/** Names that are remembered in one window; of those beyond, the order of types decides. */
const MOST = 100_000;

export function createClaims(): Claims {
  let current = new Map<string, Claim>();
  let previous = new Map<string, Claim>();
  let claims = 0;

  const find = (name: string) => previous.get(name) ?? current.get(name);

  return {
    claim(name, type) {
      if (current.size < MOST && find(name) === undefined) current.set(name, { type, at: claims++ });
    },
    isLate(name, type, isHistogram) {
      const own = find(name);
      if (own === undefined) return false;
      if (own.type !== type) return true;
      const isEarlier = (other: Claim | undefined) => other !== undefined && other.at < own.at;
      const suffixes = isHistogram ? ['_sum', '_count', '_bucket'] : ['_sum', '_count'];
      const isPart = suffixes.some((suffix) => {
        const whole = name.endsWith(suffix) ? find(name.slice(0, -suffix.length)) : undefined;
        return whole?.type === 'observer' && isEarlier(whole);
      });
      return isPart || (type === 'observer' && suffixes.some((suffix) => isEarlier(find(name + suffix))));
    },
    turn() {
      previous = current;
      current = new Map();
    },
  };
}
