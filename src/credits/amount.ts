// Amounts of money: whole micro-units inside, decimal text on the wire. Pure.

/** One unit of the operator's currency (a rupee, a dollar) in micro-units. */
export const UNIT = 1_000_000;

/** The largest amount and the largest balance, 1,000,000,000 units: sums of amounts stay exact integers. */
export const LARGEST_AMOUNT = 1_000_000_000 * UNIT;

const DECIMAL = /^(\d{1,10})(?:\.(\d{1,6}))?$/;

/** `"12.5"` or `12.5` → 12,500,000; undefined for what is negative, too large, or finer than a micro-unit. */
export function parseAmount(value: string | number): number | undefined {
  const [, units, decimals = ""] = DECIMAL.exec(String(value)) ?? [];
  if (units === undefined) return undefined;
  const micros = Number(units) * UNIT + Number(decimals.padEnd(6, "0"));
  return micros <= LARGEST_AMOUNT ? micros : undefined;
}

/** 12,500,000 → `12.50`: two decimals, more where they are needed. */
export function formatAmount(micros: number): string {
  const units = Math.floor(Math.abs(micros) / UNIT);
  const decimals = String(Math.abs(micros) % UNIT)
    .padStart(6, "0")
    .replace(/0{1,4}$/, "");
  return `${micros < 0 ? "-" : ""}${units}.${decimals}`;
}
