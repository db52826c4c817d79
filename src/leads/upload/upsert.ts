// A slice of an upload enters the campaign: new numbers become leads, and a row whose external id a lead already has
// changes that lead. Used by import.ts, in its transaction.

import type { Db } from "../../database/open.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import { type ChangeableLead, changedLead, type LeadChange, refusalOfChange } from "../change.ts";
import { openStatuses } from "../status.ts";
import { findLeadByExternalId, hasNumber, insertLeads, type LeadRow, updateLead } from "../store.ts";
import type { StagedLead } from "./waiting-rows.ts";
import type { ZonesOf } from "../zones.ts";

/** What became of a slice. Rows that are in none of the three are duplicates: the campaign has their number, or all they say. */
export interface TakenSlice {
  inserted: number;
  updated: number;
  /** Rows that may not change the lead that they are about. */
  refused: { row: number; phone: string; error: string }[];
}

interface Target {
  db: Db;
  zonesOf: ZonesOf;
  campaignId: string;
  uploadId: string;
}

/** `leads` are in the order of the file. Without external ids it costs what `insertLeads` costs. */
export function takeSlice(target: Target, leads: readonly StagedLead[], now: EpochMs): TakenSlice {
  const { db, campaignId } = target;
  const taken: TakenSlice = { inserted: 0, updated: 0, refused: [] };
  if (leads.every((lead) => lead.externalId == null)) return { ...taken, inserted: insertLeads(db, campaignId, leads, now) };
  for (const lead of leads) takeRow(target, lead, taken, now);
  return taken;
}

function takeRow(target: Target, lead: StagedLead, taken: TakenSlice, now: EpochMs): void {
  const { db, campaignId, uploadId } = target;
  const holder = lead.externalId == null ? undefined : findLeadByExternalId(db, campaignId, lead.externalId);
  // A file may name a person twice, by two numbers: both are called, and the first keeps the name.
  if (holder === undefined || isOfUpload(holder, uploadId)) {
    taken.inserted += insertLeads(db, campaignId, [holder === undefined ? lead : { ...lead, externalId: null }], now);
    return;
  }
  const change = changeOf(lead);
  const isSameNumber = lead.phoneNumber === holder.phoneNumber;
  if (isSameNumber ? openStatuses.includes(holder.status) : hasNumber(db, campaignId, lead.phoneNumber)) return;
  const refusal = refusalOfChange(holder, change);
  if (refusal !== undefined) {
    taken.refused.push({ row: lead.row, phone: lead.phoneNumber, error: `externalId '${lead.externalId}': ${refusal}` });
    return;
  }
  const changed = changedLead(holder, change, target.zonesOf, now);
  if (isDifferent(changed, holder) && updateLead(db, holder.id, changed, now)) taken.updated += 1;
}

/** What a row is silent about stays; variables are replaced as a whole, unless it has none. */
function changeOf({ phoneNumber, variables, priority, timezone, notBefore, consent }: StagedLead): LeadChange {
  return {
    phoneNumber,
    variables: variables === "{}" ? undefined : variables,
    priority: priority ?? undefined,
    timezone: timezone ?? undefined,
    notBefore: notBefore ?? undefined,
    consent: consent ?? undefined,
  };
}

function isDifferent(changed: ChangeableLead, lead: LeadRow): boolean {
  return Object.entries(changed).some(([column, value]) => value !== lead[column as keyof ChangeableLead]);
}

/** Whether the lead came in with this upload: identifiers grow, whatever their prefix. */
function isOfUpload(lead: LeadRow, uploadId: string): boolean {
  return lead.id.slice(lead.id.indexOf("_")) > uploadId.slice(uploadId.indexOf("_"));
}
