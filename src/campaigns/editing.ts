// Creating and changing a campaign: what no schema can check, and which fields may change while calls are made.

import { isSupportedCountry } from "libphonenumber-js/min";
import { transact } from "../database/transaction.ts";
import { invalid } from "../errors.ts";
import { toInstant } from "../http/instants.ts";
import { CampaignStatus } from "./lifecycle.ts";
import { type CampaignCreate, type CampaignFields, type CampaignUpdate, readCreate, readUpdate } from "./model.ts";
import { toRuleColumns } from "./rules-model.ts";
import { checkSchedule } from "./schedule-model.ts";
import { type CampaignDependencies, carryOut, getCampaign, requireAllowed, requireReferences } from "./service.ts";
import { type CampaignRow, insertCampaign } from "./store.ts";

/** Always a draft. */
export function createCampaign(deps: CampaignDependencies, body: CampaignCreate): CampaignRow {
  const { db, clock, newId } = deps;
  checkUrls(body, deps);
  return transact(db, () => {
    const now = clock.now();
    const columns = toColumns(deps, readCreate(body));
    const row: CampaignRow = {
      id: newId("cmp"),
      status: CampaignStatus.draft,
      statusReason: null,
      ...columns,
      createdAt: now,
      updatedAt: now,
      startedAt: null,
      completedAt: null,
    };
    insertCampaign(db, row);
    return row;
  });
}

/** What may change while calls are made, and counts from the next decision to dial on. */
const ADJUSTABLE: readonly string[] = [
  "name",
  "maxConcurrent",
  "schedule",
  "retryPolicy",
  "webhookUrl",
  "endAt",
  "callsPerSecond",
  "weight",
  "contactLimits",
  "restAfterConversationHours",
  "preDialHook",
] satisfies (keyof CampaignUpdate)[];

/** Throws 409 when one of the sent fields may not change in the campaign's status; nothing of the request is taken then. */
export function changeCampaign(deps: CampaignDependencies, id: string, body: CampaignUpdate): CampaignRow {
  const { db, clock, control } = deps;
  const command = Object.keys(body).every((field) => ADJUSTABLE.includes(field)) ? "adjust" : "edit";
  checkUrls(body, deps);
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
function toColumns({ db, holidays }: CampaignDependencies, fields: CampaignFields) {
  checkSchedule(fields.schedule, holidays);
  checkRules(fields);
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
    ...toRuleColumns(fields),
  };
}

/** Throws 400 for rules that do not go together, or that name what there is not. */
function checkRules({ phoneNumberId, phoneNumberIds, scheduledStartAt, endAt, defaultCountry, preDialHook }: CampaignFields): void {
  if (endAt !== null && scheduledStartAt !== null && endAt <= scheduledStartAt) {
    throw invalid("endAt", `endAt is ${toInstant(endAt)}; it must be after scheduledStartAt, ${toInstant(scheduledStartAt)}`);
  }
  const again = phoneNumberIds.indexOf(phoneNumberId);
  if (again !== -1)
    throw invalid(`phoneNumberIds.${again}`, `phoneNumberIds.${again} is '${phoneNumberId}', which is the phoneNumberId already`);
  if (defaultCountry !== null && !isSupportedCountry(defaultCountry))
    throw invalid("defaultCountry", `defaultCountry is '${defaultCountry}'; it must be a country with telephone numbers, such as IN`);
  if (preDialHook !== null && preDialHook.url === undefined) throw invalid("preDialHook.url", "preDialHook.url is required");
}

function checkUrls({ webhookUrl, preDialHook }: CampaignUpdate, deps: CampaignDependencies): void {
  if (webhookUrl) checkUrl("webhookUrl", webhookUrl, ", or null", deps);
  if (preDialHook?.url) checkUrl("preDialHook.url", preDialHook.url, "", deps);
}

function checkUrl(path: string, text: string, otherwise: string, { checkTarget }: CampaignDependencies): void {
  const protocol = URL.parse(text)?.protocol;
  if (protocol !== "http:" && protocol !== "https:")
    throw invalid(path, `${path} is '${text}'; it must be an http or https URL${otherwise}`);
  const refusal = checkTarget(text);
  if (refusal !== undefined) throw invalid(path, refusal);
}
