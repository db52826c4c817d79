// When the credit is low: a tenth of what could be spent once credit was last brought in. Pure; asked with each charge.
// Amounts are micro-units.

/** Of what could be spent. */
const LOW_SHARE = 0.1;

/** Below this it is low. */
export function lowBelow(budget: number): number {
  return Math.floor(budget * LOW_SHARE);
}

/** Whether this charge made it so: `left` is after it, what is set aside for calls in progress included. */
export function becameLow({ left, cost, budget }: { left: number; cost: number; budget: number }): boolean {
  const threshold = lowBelow(budget);
  return left < threshold && left + cost >= threshold;
}
