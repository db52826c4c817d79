// Creating and changing a campaign: what no schema can check, and which fields may change while calls are made.

import { transact } from "../database/transaction.ts";
import { invalid } from "../errors.ts";
import { CampaignStatus } from "./lifecycle.ts";
import { type CampaignCreate, type CampaignFields, type CampaignUpdate, readCreate, readUpdate } from "./model.ts";
import { type CampaignDependencies, carryOut, getCampaign, requireAllowed, requireReferences } from "./service.ts";
import { type CampaignRow, insertCampaign } from "./store.ts";
import type { Schedule } from "./window.ts";
import { isTimeZone } from "./zone.ts";

/** Always a draft. */
export function createCampaign(deps: CampaignDependencies, body: CampaignCreate): CampaignRow {
  const { db, clock, newId } = deps;
  if (body.webhookUrl) checkWebhookUrl(body.webhookUrl, deps);
  return transact(db, () => {
    const now = clock.now();
    const columns = toColumns(deps, readCreate(body));
    const row: CampaignRow = { ...noFurtherRules, id: newId("cmp"), status: CampaignStatus.draft, statusReason: null, ...columns, createdAt: now, updatedAt: now, startedAt: null, completedAt: null };
    insertCampaign(db, row);
    return row;
  });
}

const noFurtherRules = {
  endAt: null,
  callsPerSecond: null,
  weight: 1,
  defaultCountry: null,
  phoneNumberIds: "[]",
  contactLimits: "[]",
  restAfterConversationHours: null,
  preDialHook: null,
} satisfies Partial<CampaignRow>;

/** What may change while calls are made, and counts from the next decision to dial on. */
const ADJUSTABLE: readonly string[] = ["name", "maxConcurrent", "schedule", "retryPolicy", "webhookUrl"] satisfies (keyof CampaignUpdate)[];

/** Throws 409 when one of the sent fields may not change in the campaign's status; nothing of the request is taken then. */
export function changeCampaign(deps: CampaignDependencies, id: string, body: CampaignUpdate): CampaignRow {
  const { db, clock, control } = deps;
  const command = Object.keys(body).every((field) => ADJUSTABLE.includes(field)) ? "adjust" : "edit";
  if (body.webhookUrl) checkWebhookUrl(body.webhookUrl, deps);
  const changed = transact(db, () => {
    const row = getCampaign(db, id);
    requireAllowed(command, row);
    const fields = readUpdate(row, body);
    if (row.status === CampaignStatus.scheduled && fields.scheduledStartAt === null) {
      throw invalid("scheduledStartAt", "a campaign that is scheduled needs its scheduledStartAt; stop it, or start it now");
    }
    return carryOut(db, command, id, { ...toColumns(deps, fields), updatedAt: clock.now() });
  });
  control.nudge();
  return changed;
}

/** Throws 400 and 404; the version is resolved, so that what is stored does not change under the campaign. */
function toColumns({ db }: CampaignDependencies, fields: CampaignFields) {
  checkSchedule(fields.schedule);
  const { agentVersion } = requireReferences(db, fields);
  return {
    name: fields.name,
    agentId: fields.agentId,
    agentVersion,
    phoneNumberId: fields.phoneNumberId,
    maxConcurrent: fields.maxConcurrent,
    scheduledStartAt: fields.scheduledStartAt,
    schedule: JSON.stringify(fields.schedule),
    retryPolicy: JSON.stringify(fields.retryPolicy),
    webhookUrl: fields.webhookUrl,
  };
}

function checkSchedule({ timezone, windowStart, windowEnd }: Schedule): void {
  if (!isTimeZone(timezone)) throw invalid("schedule.timezone", `schedule.timezone is '${timezone}'; it must be an IANA time zone, such as Asia/Kolkata`);
  if (windowStart === windowEnd) throw invalid("schedule.windowEnd", `schedule.windowStart and schedule.windowEnd are both ${windowEnd}; they must differ`);
}

function checkWebhookUrl(text: string, { checkTarget }: CampaignDependencies): void {
  const protocol = URL.parse(text)?.protocol;
  if (protocol !== "http:" && protocol !== "https:") throw invalid("webhookUrl", `webhookUrl is '${text}'; it must be an http or https URL, or null`);
  const refusal = checkTarget(text);
  if (refusal !== undefined) throw invalid("webhookUrl", refusal);
}
