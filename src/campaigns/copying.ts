// Campaigns made from campaigns: a clone without leads, and a redial with the leads that ended in certain ways.

import { transact } from "../database/transaction.ts";
import { AppError } from "../errors.ts";
import { copyLeads, countCopies } from "../leads/copy.ts";
import type { LeadStatus } from "../leads/status.ts";
import { countLeads } from "../leads/store.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { nextTurn } from "../runtime/turn.ts";
import { CampaignStatus } from "./lifecycle.ts";
import { type CampaignDependencies, getCampaign, purgeLeads } from "./service.ts";
import { type CampaignRow, insertCampaign } from "./store.ts";

const LONGEST_NAME = 200;
/** Leads copied in one transaction. */
const SLICE_LEADS = 500;

/** A draft with every field of the campaign, called "… (copy)". Throws 404. */
export function cloneCampaign({ db, clock, newId }: CampaignDependencies, id: string): CampaignRow {
  return transact(db, () => {
    const row = toDraft(getCampaign(db, id), newId("cmp"), "(copy)", clock.now());
    insertCampaign(db, row);
    return row;
  });
}

/**
 * A draft with copies of the leads that stand in one of `statuses`, as people who were never called; the campaign and its
 * leads stay as they are. In the order of the statuses, in each as they came. Throws 404, and 400 when there is no such lead.
 */
export async function redialCampaign(deps: CampaignDependencies, id: string, statuses: readonly LeadStatus[]): Promise<CampaignRow> {
  const { db, clock, newId, log } = deps;
  getCampaign(db, id);
  const copyId = newId("cmp");
  try {
    const copied = await copyAll(deps, id, copyId, statuses);
    if (copied === 0)
      throw new AppError(
        "validation_failed",
        `the campaign '${id}' has no lead that is ${statuses.join(" or ")}; its counts say where its leads stand`,
      );
    // The campaign comes last: until then nobody sees the leads, and a crash leaves nothing but what the next start removes.
    return transact(db, () => {
      const row = toDraft(getCampaign(db, id), copyId, "(redial)", clock.now());
      insertCampaign(db, row);
      countCopies(db, copyId, copied);
      return row;
    });
  } catch (error) {
    await purgeLeads(db, copyId).catch((trouble) => log.warn("campaign.purge_interrupted", { campaignId: copyId, error: trouble }));
    throw error;
  }
}

async function copyAll(
  { db, clock, newId }: CampaignDependencies,
  from: string,
  to: string,
  statuses: readonly LeadStatus[],
): Promise<number> {
  let copied = 0;
  for (const status of statuses.filter((each) => countLeads(db, from, each) > 0)) {
    for (let after = ""; ;) {
      const slice = transact(db, () => copyLeads(db, { campaignId: from, status, after }, to, SLICE_LEADS, newId, clock.now()));
      if (slice === undefined) break;
      copied += slice.copied;
      after = slice.last;
      await nextTurn();
    }
  }
  return copied;
}

/** A start or an end that is past is not the copy's. */
function toDraft(row: CampaignRow, id: string, suffix: string, now: EpochMs): CampaignRow {
  const ahead = (at: EpochMs | null) => (at !== null && at > now ? at : null);
  return {
    ...row,
    id,
    name: `${shorten(row.name, LONGEST_NAME - suffix.length - 1)} ${suffix}`,
    status: CampaignStatus.draft,
    statusReason: null,
    scheduledStartAt: ahead(row.scheduledStartAt),
    endAt: ahead(row.endAt),
    createdAt: now,
    updatedAt: now,
    startedAt: null,
    completedAt: null,
  };
}

/** Never between the halves of a character. */
function shorten(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "");
}
