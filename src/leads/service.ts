// The verbs on one lead: changing it, taking it out, calling it again. Whole lists come in through upload/import.ts.

import type { DialingControl } from "../calls/control.ts";
import { refusalOf } from "../campaigns/lifecycle.ts";
import { type CampaignRow, findCampaign } from "../campaigns/store.ts";
import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { isOnDnc } from "../dnc/store.ts";
import { AppError, invalid, notFound } from "../errors.ts";
import { readInstant } from "../http/instants.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { changedLead, type LeadChange, refusalOfChange, requeuedLead } from "./change.ts";
import { defaultCountryOf, type ImportDependencies } from "./upload/import.ts";
import type { LeadPatch } from "./model.ts";
import { parsePhoneNumber } from "./phone-number.ts";
import { finalStatuses, isFinal } from "./status.ts";
import { deleteLead, findLead, hasNumber, type LeadRow, requeueLead, updateLead } from "./store.ts";
import { requireZone } from "./upload/body.ts";
import { checkVariables } from "./variable-check.ts";
import { MAX_VARIABLES, noVariables, type Variables } from "./variables.ts";

export interface LeadDependencies extends ImportDependencies {
  control: Pick<DialingControl, "nudge">;
}

/** Throws 404 for the campaign, then for the lead. */
export function getLead(db: Db, campaignId: string, id: string): { campaign: CampaignRow; lead: LeadRow } {
  const campaign = findCampaign(db, campaignId);
  if (campaign === undefined) throw notFound("campaign", campaignId);
  const lead = findLead(db, campaignId, id);
  if (lead === undefined) throw new AppError("not_found", `the campaign '${campaignId}' has no lead with the id '${id}'`);
  return { campaign, lead };
}

/**
 * Throws 409 while the lead is in a call, for another number once it was called, and for a number that another lead of the
 * campaign has. With a `callbackAt` a final lead goes back to the queue; that is refused where `retryLead` is.
 */
export function changeLead(deps: LeadDependencies, campaignId: string, id: string, patch: LeadPatch): LeadRow {
  const { db, clock, zonesOf, control } = deps;
  const changed = transact(db, () => {
    const { campaign, lead } = getLead(db, campaignId, id);
    const now = clock.now();
    const change = readPatch(patch, lead, defaultCountryOf(db, campaign));
    const refusal = refusalOfChange(lead, change);
    if (refusal !== undefined) throw new AppError("wrong_state", refusal);
    if (change.phoneNumber !== undefined && change.phoneNumber !== lead.phoneNumber && hasNumber(db, campaignId, change.phoneNumber)) {
      throw new AppError("already_exists", `another lead of the campaign has the number ${change.phoneNumber}; each may be there once`);
    }
    const next = changedLead(lead, change, zonesOf, now);
    updateLead(db, id, next, now);
    if (change.callbackAt != null && isFinal(lead.status)) recall(db, campaign, { ...lead, ...next }, change.callbackAt, now);
    return getLead(db, campaignId, id).lead;
  });
  control.nudge();
  return changed;
}

/** Throws 409 while the lead is in a call. Its calls stay. */
export function removeLead({ db, control }: LeadDependencies, campaignId: string, id: string): void {
  transact(db, () => {
    const { lead } = getLead(db, campaignId, id);
    if (!deleteLead(db, id)) throw new AppError("wrong_state", `the lead is ${lead.status}; it can be deleted once its call is over`);
  });
  // It may have been what the campaign waited for.
  control.nudge();
}

/**
 * Sends a final lead back to the queue, due now. Throws 409 for a lead that is not final, for a campaign that is over, and
 * for a number on the DNC list, which would only be blocked again.
 */
export function retryLead({ db, clock, control }: LeadDependencies, campaignId: string, id: string): LeadRow {
  const retried = transact(db, () => {
    const { campaign, lead } = getLead(db, campaignId, id);
    if (!isFinal(lead.status))
      throw new AppError("wrong_state", `cannot retry a lead that is ${lead.status}; it must be ${finalStatuses.join(" or ")}`);
    recall(db, campaign, lead, null, clock.now());
    return getLead(db, campaignId, id).lead;
  });
  control.nudge();
  return retried;
}

function recall(db: Db, campaign: CampaignRow, lead: LeadRow, callbackAt: EpochMs | null, now: EpochMs): void {
  const refusal = refusalOf("recall", campaign.status);
  if (refusal !== undefined) throw new AppError("wrong_state", refusal);
  if (isOnDnc(db, lead.phoneNumber)) {
    throw new AppError(
      "dnc_blocked",
      `the number ${lead.phoneNumber} is on the DNC list; the lead cannot be called unless the entry is removed`,
    );
  }
  requeueLead(db, lead.id, requeuedLead(lead, callbackAt, now), now);
}

function readPatch(
  { variables, priority, timezone, notBefore, callbackAt, phoneNumber }: LeadPatch,
  lead: LeadRow,
  defaultCountry: string | undefined,
): LeadChange {
  if (timezone != null) requireZone("timezone", timezone);
  return {
    ...(variables === undefined ? {} : { variables: mergeVariables(JSON.parse(lead.variables) as Variables, variables) }),
    ...(priority === undefined ? {} : { priority }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(notBefore === undefined ? {} : { notBefore: readInstantOrNull("notBefore", notBefore) }),
    ...(callbackAt === undefined ? {} : { callbackAt: readInstantOrNull("callbackAt", callbackAt) }),
    ...(phoneNumber === undefined ? {} : { phoneNumber: readNumber(phoneNumber, defaultCountry) }),
  };
}

function readInstantOrNull(path: string, text: string | null): EpochMs | null {
  return text === null ? null : readInstant(path, text);
}

function readNumber(text: string, defaultCountry: string | undefined): string {
  const parsed = parsePhoneNumber(text, defaultCountry);
  if ("problem" in parsed) throw invalid("phoneNumber", parsed.problem);
  return parsed.number;
}

/** As JSON. */
function mergeVariables(variables: Variables, change: NonNullable<LeadPatch["variables"]>): string {
  const merged = noVariables();
  const entries = [...Object.entries(variables), ...Object.entries(checkVariables(change, "variables"))];
  for (const [name, value] of entries) {
    if (value === null) delete merged[name];
    else merged[name] = value;
  }
  const count = Object.keys(merged).length;
  if (count > MAX_VARIABLES) throw invalid("variables", `the lead would have ${count} variables; it may have ${MAX_VARIABLES}`);
  return JSON.stringify(merged);
}
