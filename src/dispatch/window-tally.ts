/** What became of one window so far: it is delivered with what was taken of it, and lost when nothing was. */
export interface WindowTally {
  /** Parcels that are neither delivered nor lost. */
  open: number;
  /** It was encoded to its end. */
  sealed: boolean;
  delivered: boolean;
  lastReason: string | undefined;
  /** Items by the reason why they were lost. */
  readonly lostItems: Map<string, number>;
}

export interface WindowOutcome {
  /** Why it was lost. Undefined: it was delivered. */
  readonly lost: string | undefined;
  /** Items that are not in what was delivered, by reason. */
  readonly lostItems: ReadonlyMap<string, number>;
}

export function createTally(): WindowTally {
  return { open: 0, sealed: false, delivered: false, lastReason: undefined, lostItems: new Map() };
}

export function loseItems(tally: WindowTally, items: number, reason: string): void {
  tally.lastReason = reason;
  tally.lostItems.set(reason, (tally.lostItems.get(reason) ?? 0) + items);
}

/** Undefined while something of it waits, or is still to come. */
export function outcomeOf({ open, sealed, delivered, lastReason, lostItems }: WindowTally): WindowOutcome | undefined {
  if (!sealed || open > 0) return undefined;
  if (delivered || lastReason === undefined) return { lost: undefined, lostItems };
  return { lost: lastReason, lostItems: new Map() };
}
