// The life of a delivery: one event on its way to one URL.

/**
 * - `pending`: to be sent, now or at `nextAttemptAt`; a crash in the middle sends it again under the same id.
 * - `delivered`: the receiver answered 2xx.
 * - `dead`: given up; kept, and sent again only by hand.
 */
export const DeliveryStatus = { pending: "pending", delivered: "delivered", dead: "dead" } as const;

export type DeliveryStatus = (typeof DeliveryStatus)[keyof typeof DeliveryStatus];

export const deliveryStatuses: readonly DeliveryStatus[] = Object.values(DeliveryStatus);

const movesFrom: Record<DeliveryStatus, readonly DeliveryStatus[]> = {
  pending: ["pending", "delivered", "dead"],
  delivered: [],
  dead: ["pending"],
};

export function mayMove(from: DeliveryStatus, to: DeliveryStatus): boolean {
  return movesFrom[from].includes(to);
}

export function isFinal(status: DeliveryStatus): boolean {
  return !movesFrom[status].some((to) => to !== DeliveryStatus.pending);
}
