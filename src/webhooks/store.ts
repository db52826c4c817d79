// The queue of deliveries: what is due, what one try came to. Used by delivery.ts; rows come in through outbox.ts.

import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { DeliveryStatus } from "./delivery-status.ts";

const { pending, delivered, dead } = DeliveryStatus;

// The indexes are named: those for waiting deliveries alone are small, and the planner would take the large one.

/** So many hosts are looked at in one go. */
export const HOSTS_A_LOOK = 500;

/** Steps from one host to the next through the index: it costs one step a host, however long their queues are. */
const HOSTS = `
  WITH RECURSIVE hosts (host) AS (
    SELECT min(host) FROM deliveries INDEXED BY deliveries_host WHERE status = '${pending}' AND host > ?1
    UNION ALL
    SELECT (SELECT min(host) FROM deliveries INDEXED BY deliveries_host WHERE status = '${pending}' AND host > hosts.host)
      FROM hosts WHERE hosts.host IS NOT NULL
     LIMIT ${HOSTS_A_LOOK + 1}
  )
  SELECT host FROM hosts WHERE host IS NOT NULL LIMIT ${HOSTS_A_LOOK}`;

/** The hosts after `after` for which something waits, by name; HOSTS_A_LOOK of them at most. */
export function pendingHosts(db: Db, after: string): string[] {
  return db.sqlite
    .query<{ host: string }, [string]>(HOSTS)
    .all(after)
    .map(({ host }) => host);
}

/** A delivery that may be sent now. */
export interface DueDelivery {
  id: string;
  host: string;
  nextAttemptAt: EpochMs;
}

// The plus and `+ 0` keep the plan from one look to the next, as in leads/lanes.ts.
const DUE = `
  SELECT id, host, next_attempt_at AS nextAttemptAt FROM deliveries AS candidate INDEXED BY deliveries_host
   WHERE status = '${pending}' AND host = +?1 AND next_attempt_at <= ?2
     AND NOT EXISTS (SELECT 1 FROM deliveries AS earlier INDEXED BY deliveries_lead_order
                      WHERE earlier.status = '${pending}' AND earlier.lead_id = candidate.lead_id AND earlier.sequence < candidate.sequence
                        AND (earlier.host = candidate.host OR earlier.event = candidate.event))
   ORDER BY next_attempt_at, sequence LIMIT ?3 + 0`;

/**
 * The longest due of one host. An earlier delivery of the same lead that is still to be sent holds a later one
 * back: any to the same host, and wherever it goes one of the same event. A receiver that hears of calls and is down does not
 * hold up another that hears of leads.
 */
export function dueDeliveries(db: Db, host: string, now: EpochMs, limit: number): DueDelivery[] {
  return db.sqlite.query<DueDelivery, [string, EpochMs, number]>(DUE).all(host, now, limit);
}

const NEXT_DUE = `SELECT min(next_attempt_at) AS at FROM deliveries INDEXED BY deliveries_due WHERE status = '${pending}' AND next_attempt_at > ?1`;

/** The next instant after `now` at which a delivery falls due; undefined when nothing waits. */
export function nextDueAt(db: Db, now: EpochMs): EpochMs | undefined {
  return db.sqlite.query<{ at: EpochMs | null }, [EpochMs]>(NEXT_DUE).get(now)?.at ?? undefined;
}

/** What a try needs. `attempts` counts the tries before it. */
export interface PendingDelivery {
  id: string;
  event: string;
  url: string;
  body: string;
  attempts: number;
}

const PENDING = `SELECT id, event, url, body, attempts FROM deliveries WHERE id = ?1 AND status = '${pending}'`;

/** Undefined when it is not to be sent any more. */
export function findPending(db: Db, id: string): PendingDelivery | undefined {
  return db.sqlite.query<PendingDelivery, [string]>(PENDING).get(id) ?? undefined;
}

/** One try that is over. `responseStatus` is null when nobody answered. */
export interface TryRecord {
  id: string;
  at: EpochMs;
  responseStatus: number | null;
}

const DELIVERED = `
  UPDATE deliveries SET status = '${delivered}', attempts = attempts + 1, delivered_at = ?2, response_status = ?3, last_error = NULL
   WHERE id = ?1 AND status = '${pending}'`;

/** False when it was not to be sent any more. */
export function recordDelivered(db: Db, { id, at, responseStatus }: TryRecord): boolean {
  return db.sqlite.query<unknown, [string, EpochMs, number | null]>(DELIVERED).run(id, at, responseStatus).changes > 0;
}

const DEAD = `
  UPDATE deliveries SET status = '${dead}', attempts = attempts + 1, response_status = ?2, last_error = ?3
   WHERE id = ?1 AND status = '${pending}'`;

/** Kept as a dead letter, to be sent again by hand. False when it was not to be sent any more. */
export function recordDead(db: Db, { id, responseStatus }: TryRecord, error: string): boolean {
  return db.sqlite.query<unknown, [string, number | null, string]>(DEAD).run(id, responseStatus, error).changes > 0;
}

const RETRY = `
  UPDATE deliveries SET attempts = attempts + 1, next_attempt_at = ?2, response_status = ?3, last_error = ?4
   WHERE id = ?1 AND status = '${pending}'`;

/** Those behind it in its lead's order wait as well; due before it, they would be met and skipped in every look. */
const RETRY_FOLLOWERS = `
  UPDATE deliveries INDEXED BY deliveries_lead_order SET next_attempt_at = ?2
   WHERE status = '${pending}' AND next_attempt_at < ?2
     AND (host = (SELECT host FROM deliveries WHERE id = ?1) OR event = (SELECT event FROM deliveries WHERE id = ?1))
     AND lead_id = (SELECT lead_id FROM deliveries WHERE id = ?1) AND sequence > (SELECT sequence FROM deliveries WHERE id = ?1)`;

/** To be tried again at `nextAttemptAt`. False when it was not to be sent any more. */
export function recordRetry(db: Db, { id, responseStatus }: TryRecord, nextAttemptAt: EpochMs, error: string): boolean {
  return transact(db, () => {
    const { changes } = db.sqlite
      .query<unknown, [string, EpochMs, number | null, string]>(RETRY)
      .run(id, nextAttemptAt, responseStatus, error);
    if (changes > 0) db.sqlite.query<unknown, [string, EpochMs]>(RETRY_FOLLOWERS).run(id, nextAttemptAt);
    return changes > 0;
  });
}
