// The life of a delivery: one event on its way to one URL.

/**
 * - `pending`: to be sent, now or at `nextAttemptAt`; a crash in the middle sends it again under the same id.
 * - `delivered`: the receiver answered 2xx; forgotten after 30 days.
 * - `dead`: given up; kept.
 * By hand both become `pending` again.
 */
export const DeliveryStatus = { pending: "pending", delivered: "delivered", dead: "dead" } as const;

export type DeliveryStatus = (typeof DeliveryStatus)[keyof typeof DeliveryStatus];
