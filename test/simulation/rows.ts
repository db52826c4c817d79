// What must be true of the rows between any two steps, beside what support/machine.ts checks everywhere: they tell what
// the carrier saw, and the events tell what the rows say.

import type { Db } from "../../src/database/open.ts";
import { isFinal, type LeadStatus } from "../../src/leads/status.ts";
import { checkInvariants } from "../support/machine.ts";
import type { Carrier, FarCall } from "./carrier.ts";
import type { Life } from "./life.ts";
import type { Promises } from "./promises.ts";
import type { Receiver } from "./receiver.ts";

export interface RowChecker {
  /** What is wrong now; cheap when nothing was written since the last time. */
  check(): string[];
  /** What must be true once everything has come to rest. A deletion that a fault cut short goes on at the next start, and must be done after it. */
  checkRest(hasRestarted: boolean): string[];
}

interface CallRow {
  status: string;
  ending: string | null;
  reason: string | null;
  usesAttempt: 0 | 1;
}

interface EventRow {
  sequence: number;
  body: string;
  status: string | null;
  disposition: string | null;
  attempts: number;
  callId: string | null;
  outcome: string | null;
  /** Called again by hand, or because a callback was promised. */
  attemptsGranted: number;
  isLast: 0 | 1;
  /** Its analysis was reported when the event had been told. */
  isCorrected: 0 | 1;
}

const FINAL = "('completed', 'voicemail', 'no_answer', 'busy', 'failed', 'dnc_blocked')";
const OPEN = "('placing', 'ringing', 'answered')";

const GONE = "SELECT id, campaign_id FROM leads WHERE campaign_id NOT IN (SELECT id FROM campaigns)";

/** Nothing where calls are not told of. */
const CALL_EVENTS = `
  WITH told AS (SELECT json_extract(body, '$.call.id') AS id, sum(event = 'call.started') AS starts, sum(event IN ('call.completed', 'call.failed')) AS ends
                  FROM deliveries WHERE event IN ('call.started', 'call.completed', 'call.failed') GROUP BY 1)
  SELECT c.id, t.starts, t.ends FROM calls c LEFT JOIN told t ON t.id = c.id
   WHERE EXISTS (SELECT 1 FROM told) AND (t.starts IS NOT 1 OR t.ends IS NOT 1)`;

interface RowDependencies {
  real: Db;
  carrier: Carrier;
  receiver: Receiver;
  promises: Pick<Promises, "reported">;
  life: () => Life;
}

export function createRowChecker({ real, carrier, receiver, promises, life }: RowDependencies): RowChecker {
  let writesSeen = -1;
  let eventsSeen = 0;
  let callsSeen = 0;
  let unsettled: FarCall[] = [];
  const ask = <T>(sql: string, ...params: (string | number)[]) => real.sqlite.query<T, (string | number)[]>(sql).all(...params);
  const find = <T>(sql: string, ...params: (string | number)[]) => real.sqlite.query<T, (string | number)[]>(sql).get(...params);

  const checkCalls = (): string[] => {
    unsettled.push(...carrier.log.slice(callsSeen));
    callsSeen = carrier.log.length;
    const problems: string[] = [];
    unsettled = unsettled.filter((call) => {
      const row = find<CallRow>("SELECT status, ending, reason, uses_attempt AS usesAttempt FROM calls WHERE id = ?1", call.order.callId);
      const isOpen = row !== null && ["placing", "ringing", "answered"].includes(row.status);
      if (isOpen && call.life === life()) return true;
      const problem = isOpen ? "is still open although its process died" : mismatch(call, row);
      if (problem !== undefined) problems.push(`S7: call ${call.order.callId} to ${call.order.to} ${problem}`);
      return false;
    });
    return problems;
  };

  const checkEvents = (): string[] => {
    const events = ask<EventRow>(
      `SELECT d.sequence, d.body, l.status, l.disposition, l.attempts, l.call_id AS callId, l.outcome, l.attempts_granted AS attemptsGranted,
              NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.lead_id = d.lead_id AND o.event = d.event AND o.sequence > d.sequence) AS isLast,
              EXISTS (SELECT 1 FROM call_reports r WHERE r.call_id = l.call_id AND r.analysis IS NOT NULL AND r.received_at >= d.created_at) AS isCorrected
         FROM deliveries d LEFT JOIN leads l ON l.id = d.lead_id
        WHERE d.event = 'campaign.lead_completed' AND d.sequence > ?1 ORDER BY d.sequence`,
      eventsSeen,
    );
    eventsSeen = events.at(-1)?.sequence ?? eventsSeen;
    return events.flatMap(({ body, status, disposition, attempts, callId, outcome, attemptsGranted, isLast, isCorrected }) => {
      if (status === null || isCorrected === 1 || promises.reported.has(callId ?? "")) return [];
      // It may have gone on since.
      if (attemptsGranted > 0 && (isLast === 0 || !isFinal(status as LeadStatus))) return [];
      const { lead } = JSON.parse(body) as { lead: Record<string, unknown> };
      const told = JSON.stringify([lead.status, lead.disposition, lead.attempts, lead.callId, lead.outcome]);
      const stored = JSON.stringify([status, disposition, attempts, callId, outcome === null ? null : JSON.parse(outcome)]);
      return told === stored ? [] : [`S7: an event tells ${told}, the lead is ${stored}`];
    });
  };

  const none = (what: string, sql: string) =>
    ask<unknown>(sql)
      .slice(0, 3)
      .map((row) => `${what}: ${JSON.stringify(row)}`);

  return {
    check() {
      const { writes } = find<{ writes: number }>("SELECT total_changes() AS writes") ?? { writes: 0 };
      if (writes === writesSeen) return [];
      writesSeen = writes;
      return [
        ...checkInvariants(real, { mayShrink: true }),
        ...none(
          "counts of the do-not-call list differ from its rows",
          "SELECT source, count FROM dnc_counts WHERE count <> 0 EXCEPT SELECT source, count(*) FROM dnc GROUP BY source",
        ),
        ...none(
          "a lead's last word is not how its last attempt ended",
          `
          SELECT l.id, l.status, c.ending FROM leads l JOIN calls c ON c.lead_id = l.id AND c.uses_attempt = 1 AND c.attempt = l.attempts
           WHERE l.status IN ${FINAL} AND l.status <> 'dnc_blocked' AND c.ending IS NOT l.status`,
        ),
        ...none(
          "a campaign that ended by itself has a lead that is not final",
          `
          SELECT p.id, l.id AS lead, l.status FROM campaigns p JOIN leads l ON l.campaign_id = p.id
           WHERE p.status IN ('completed', 'failed') AND p.status_reason NOT IN ('stopped by request', 'ended at its endAt') AND l.status NOT IN ${FINAL}`,
        ),
        ...none(
          "a lead is to be tried again whose person opted out in its last call",
          "SELECT l.id FROM leads l JOIN dnc d ON d.call_id = l.call_id WHERE l.status = 'retry_wait'",
        ),
        ...none(
          "a campaign was not told once that it is over",
          `
          SELECT p.id, p.status, count(d.id) AS told FROM campaigns p LEFT JOIN deliveries d ON d.campaign_id = p.id AND d.event = 'campaign.completed'
           GROUP BY p.id HAVING count(d.id) <> (p.status IN ('completed', 'failed'))`,
        ),
        ...none(
          "a campaign was not told once that it was started",
          `
          SELECT p.id, p.status, count(d.id) AS told FROM campaigns p LEFT JOIN deliveries d ON d.campaign_id = p.id AND d.event = 'campaign.started'
           GROUP BY p.id HAVING count(d.id) <> (p.started_at IS NOT NULL)`,
        ),
        ...checkCalls(),
        ...checkEvents(),
      ];
    },
    checkRest: (hasRestarted) => [
      ...none("a call never ended", `SELECT id, status FROM calls WHERE status IN ${OPEN}`),
      ...none("a call was told of otherwise than with its start and its end, once each", CALL_EVENTS),
      ...none("a call was never concluded", "SELECT id FROM calls WHERE analysis_due_at IS NOT NULL"),
      ...none(
        "a campaign never ended",
        "SELECT id, status, status_reason FROM campaigns WHERE status IN ('running', 'scheduled', 'paused')",
      ),
      ...(hasRestarted ? none("a lead of a campaign that is gone is still here", GONE) : []),
      ...none("an upload was left behind", "SELECT upload_id FROM lead_upload_rows UNION SELECT id FROM lead_uploads"),
      ...none(
        "a lead was left behind",
        `
        SELECT l.id, l.status, p.status AS campaign FROM leads l JOIN campaigns p ON p.id = l.campaign_id
         WHERE p.status IN ('completed', 'failed') AND l.status NOT IN ${FINAL} AND NOT (l.status = 'pending' AND p.status_reason IN ('stopped by request', 'ended at its endAt'))`,
      ),
      ...none(
        "a call that never left cost an attempt",
        `SELECT id FROM calls WHERE status = 'ended' AND uses_attempt = 1 AND id NOT IN (${carrier.log.map(({ order }) => `'${order.callId}'`).join(", ")})`,
      ),
      ...ask<{ id: string }>("SELECT id FROM deliveries WHERE status <> 'dead'").flatMap(({ id }) =>
        receiver.told.has(id) ? [] : [`S7: event ${id} was never told`],
      ),
      ...checkCalls(),
      ...unsettled.map(({ order }) => `S7: call ${order.callId} was never settled`),
    ],
  };
}

/** What a settled row says otherwise than the carrier. */
function mismatch({ result, course, life }: FarCall, row: CallRow | null): string | undefined {
  if (row === null) return "has no row";
  const stored = `${row.status} ${row.ending} ${row.reason} ${row.usesAttempt}`;
  const told = row.status === "unknown" ? "unknown failed unknown_after_crash 1" : tell(result, course.throws === true);
  if (row.status === "unknown" && life.isAlive) return "is unknown although its process lives";
  return stored === told ? undefined : `is stored as '${stored}', the carrier says '${told}'`;
}

function tell(result: FarCall["result"], hasThrown: boolean): string {
  if (result === undefined) return `ended failed ${hasThrown ? "dialer_threw" : "dialer_silent"} 1`;
  const isTooShort = result.ending === "completed" && result.talkMs < 3_000;
  const isOurs = result.retry === "requeue" || result.retry === "halt";
  return `ended ${isTooShort ? "no_answer" : result.ending} ${isTooShort ? "too_short" : result.reason} ${isOurs ? 0 : 1}`;
}
