// Which of a campaign's numbers calls a lead: one of the same country first, then the least used. Pure.

/** A number of the pool that has room for another call. */
export interface PoolNumber {
  id: string;
  country: string | undefined;
  /** Calls placed from it since the start of the process. */
  used: number;
}

/** Undefined for an empty pool. Of equals the first. */
export function chooseNumber<N extends PoolNumber>(pool: readonly N[], country: string | undefined): N | undefined {
  const near = pool.filter((number) => country !== undefined && number.country === country);
  const candidates = near.length > 0 ? near : pool;
  return candidates.reduce<N | undefined>((best, number) => (best === undefined || number.used < best.used ? number : best), undefined);
}
