// What a change makes of a lead that is already there, by a row of a later upload or by hand. Pure.

import { rankOf } from "./rank.ts";
import { LeadStatus, openStatuses, waitingStatuses, waitingStatusOf } from "./status.ts";

/** What is absent stays, null clears. `variables` and `consent` are JSON, complete; instants are epoch ms. */
export interface LeadChange {
  phoneNumber?: string;
  variables?: string;
  priority?: number;
  timezone?: string | null;
  notBefore?: number | null;
  callbackAt?: number | null;
  consent?: string | null;
}

/** The columns that a change reads and writes. */
export interface ChangeableLead {
  phoneNumber: string;
  variables: string;
  priority: number;
  timezone: string | null;
  zones: string;
  notBefore: number | null;
  callbackAt: number | null;
  consent: string | null;
  rank: number;
  dueAt: number;
  attemptsGranted: number;
}

/** What a change asks about besides. */
type Standing = { status: LeadStatus; attempts: number };

/** Why the change is refused, as a sentence; undefined when it is not. */
export function refusalOfChange(
  lead: Pick<ChangeableLead, "phoneNumber"> & Pick<Standing, "status">,
  change: LeadChange,
): string | undefined {
  if (openStatuses.includes(lead.status)) return `the lead is ${lead.status}; it can be changed once its call is over`;
  const isOtherNumber = change.phoneNumber !== undefined && change.phoneNumber !== lead.phoneNumber;
  if (!isOtherNumber || lead.status === LeadStatus.pending) return undefined;
  return `the lead is ${lead.status}: its number ${lead.phoneNumber} stays, because its story is about that number; add the other one as a lead of its own`;
}

/** The columns after the change; `zonesOf` is asked only when number or zone are others. A callback grants an attempt. */
export function changedLead(
  lead: ChangeableLead & Standing,
  change: LeadChange,
  zonesOf: (number: string, timezone: string | null) => string,
  now: number,
): ChangeableLead {
  const { phoneNumber = lead.phoneNumber, variables = lead.variables, priority = lead.priority, timezone = lead.timezone } = change;
  const { notBefore = lead.notBefore, callbackAt = lead.callbackAt, consent = lead.consent } = change;
  const isElsewhere = phoneNumber !== lead.phoneNumber || timezone !== lead.timezone;
  return {
    phoneNumber,
    variables,
    priority,
    timezone,
    zones: isElsewhere ? zonesOf(phoneNumber, timezone) : lead.zones,
    notBefore,
    callbackAt,
    consent,
    rank: rankOf(priority, callbackAt),
    dueAt: dueAfter(lead, notBefore, callbackAt, now),
    attemptsGranted: change.callbackAt == null ? lead.attemptsGranted : lead.attempts + 1,
  };
}

/**
 * Its place in the queue is left alone unless one of the two instants is another. A promised call is due when it was
 * promised, though never before `notBefore`. Taking `notBefore` away frees the lead at once; taking a promise away from a
 * lead that was called already does not: it would be called again before anybody wants it.
 */
function dueAfter(lead: ChangeableLead & Standing, notBefore: number | null, callbackAt: number | null, now: number): number {
  const isUntouched = notBefore === lead.notBefore && callbackAt === lead.callbackAt;
  if (isUntouched || !waitingStatuses.includes(lead.status)) return lead.dueAt;
  if (callbackAt !== null) return Math.max(callbackAt, notBefore ?? 0);
  const wasPromised = lead.dueAt === lead.callbackAt && lead.status === LeadStatus.pending;
  const isFreed = lead.dueAt === lead.notBefore || wasPromised;
  return Math.max(isFreed ? now : lead.dueAt, notBefore ?? 0);
}

/** The columns of a final lead that goes back to the queue; what its last call came to is forgotten with them. */
export interface RequeuedLead {
  status: LeadStatus;
  callbackAt: number | null;
  rank: number;
  dueAt: number;
  attemptsGranted: number;
}

/**
 * To be called again at `callbackAt`, or at once when it is null. Its attempts go on counting, and one more is granted even
 * if the policy has none left; when that one has ended, the policy is asked as after any other.
 */
export function requeuedLead(
  lead: { attempts: number; priority: number; notBefore: number | null },
  callbackAt: number | null,
  now: number,
): RequeuedLead {
  return {
    status: waitingStatusOf(lead.attempts),
    callbackAt,
    rank: rankOf(lead.priority, callbackAt),
    dueAt: Math.max(callbackAt ?? now, lead.notBefore ?? 0),
    attemptsGranted: lead.attempts + 1,
  };
}
