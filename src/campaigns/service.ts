// The verbs that move a campaign through its life, and its removal; writing its fields is in editing.ts.
// Every change of status is a compare-and-set over the statuses of lifecycle.ts, so that of two requests, or of a
// request and the machine, one wins and the other is told.

import type { DialingControl } from "../calls/control.ts";
import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { AppError, invalid, notFound } from "../errors.ts";
import { campaignsOfOrphans, countLeads, deleteLeads, deleteOpenLeads } from "../leads/store.ts";
import type { Clock, EpochMs } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import type { Log } from "../runtime/log.ts";
import { nextTurn } from "../runtime/turn.ts";
import { closedReason, guardedTrunkOf } from "../trunks/prefix-guard.ts";
import { findTrunk, standInsOf } from "../trunks/store.ts";
import { announce } from "../webhooks/events/announcement.ts";
import { type CampaignMove, campaignMoved } from "../webhooks/events/event.ts";
import type { HolidayCalendar } from "./holidays.ts";
import { type CampaignCommand, CampaignStatus, refusalOf, statusesFor } from "./lifecycle.ts";
import { type CampaignRow, deleteCampaign, findCampaign, findReferences, findTrunksOf, updateCampaign } from "./store.ts";
import type { Calendar } from "./window.ts";

export interface CampaignDependencies {
  db: Db;
  clock: Pick<Clock, "now">;
  newId: NewId;
  log: Log;
  control: DialingControl;
  /** Why webhooks may not be sent to a URL, as a sentence; undefined when they may. */
  checkTarget: (url: string) => string | undefined;
  /** Why the credit that is left does not cover a call of the campaign, as a sentence; undefined when it does. */
  checkCredit: (campaignId: string) => string | undefined;
  /** Whose public holidays can be kept. */
  holidays: Pick<HolidayCalendar, "problemOf">;
  /** What schedules come to; the machine's own. */
  calendar: Calendar;
}

/** Throws 404. */
export function getCampaign(db: Db, id: string): CampaignRow {
  const row = findCampaign(db, id);
  if (row === undefined) throw notFound("campaign", id);
  return row;
}

/** Throws 409 when `command` is not allowed in the status of `row`. */
export function requireAllowed(command: CampaignCommand, row: CampaignRow): void {
  const refusal = refusalOf(command, row.status);
  if (refusal !== undefined) throw new AppError("wrong_state", refusal);
}

/** The compare-and-set of a command; throws 404 or 409 when it did not take. To be called in a transaction. */
export function carryOut(db: Db, command: CampaignCommand, id: string, change: Partial<CampaignRow>): CampaignRow {
  const changed = updateCampaign(db, id, statusesFor(command), change);
  if (changed !== undefined) return changed;
  requireAllowed(command, getCampaign(db, id));
  throw new Error(`campaign ${id} refused '${command}' in a status that allows it`);
}

/**
 * To `scheduled` when a draft's start is still to come, else to `running`. With `preflight` it first asks whether calls can
 * leave through the trunks of its numbers, and whether the agent's bot is there to talk.
 */
export async function startCampaign(deps: CampaignDependencies, id: string, { preflight }: { preflight: boolean }): Promise<CampaignRow> {
  const { db, clock, control } = deps;
  const { row, trunkIds } = checkStart(deps, id);
  if (preflight) {
    const [botFault, ...trunkFaults] = await Promise.all([control.checkBot(row), ...trunkIds.map((trunkId) => faultOf(deps, trunkId))]);
    const trunkFault = trunkFaults.find((each) => each !== undefined);
    if (trunkFault !== undefined) throw new AppError("sip_failure", `the campaign was not started: ${trunkFault}`);
    if (botFault !== undefined) throw new AppError("bot_unreachable", `the campaign was not started: ${botFault}`);
  }
  const started = transact(db, () => {
    // Once more: the campaign may have changed while they were asked.
    const { row } = checkStart(deps, id);
    const now = clock.now();
    const isAhead = row.status === CampaignStatus.draft && row.scheduledStartAt !== null && row.scheduledStartAt > now;
    const change = isAhead ? { status: CampaignStatus.scheduled } : { status: CampaignStatus.running, startedAt: now };
    const started = carryOut(db, "start", id, { ...change, statusReason: null, updatedAt: now });
    if (!isAhead) tell(deps, "campaign.started", started);
    return started;
  });
  control.nudge();
  return started;
}

/** Why no call can leave through the trunk, nor through one that stands in for it, as a sentence; undefined when one can. */
async function faultOf({ db, control }: CampaignDependencies, trunkId: string): Promise<string | undefined> {
  const fault = await control.checkTrunk(trunkId);
  if (fault === undefined) return undefined;
  const standIns = standInsOf(db, trunkId).filter((trunk) => closedReason(guardedTrunkOf(trunk)) === undefined);
  const faults = await Promise.all(standIns.map(({ id }) => control.checkTrunk(id)));
  return faults.includes(undefined) ? undefined : fault;
}

/** Throws unless everything that a start needs is there; whether trunks and bot answer is asked apart. */
function checkStart({ db, clock, checkCredit }: CampaignDependencies, id: string): { row: CampaignRow; trunkIds: readonly string[] } {
  const row = getCampaign(db, id);
  requireAllowed("start", row);
  requireTimeLeft(row, clock.now());
  if (countLeads(db, id) === 0)
    throw new AppError("validation_failed", `the campaign '${id}' has no leads; add at least one before it starts`);
  const { trunkIds } = requireReferences(db, { ...row, phoneNumberIds: JSON.parse(row.phoneNumberIds) as string[] });
  for (const trunkId of trunkIds) requireOpenTrunk(db, trunkId);
  requireCredit(checkCredit, "started", id);
  return { row, trunkIds };
}

/** Throws 400 when the trunk may call nobody. */
function requireOpenTrunk(db: Db, trunkId: string): void {
  const trunk = findTrunk(db, trunkId);
  const closed = trunk === undefined ? undefined : closedReason(guardedTrunkOf(trunk));
  if (closed !== undefined) throw new AppError("validation_failed", `the campaign was not started: ${closed}`);
}

/** Throws 402. */
function requireCredit(checkCredit: CampaignDependencies["checkCredit"], done: string, id: string): void {
  const shortage = checkCredit(id);
  if (shortage !== undefined) throw new AppError("insufficient_credits", `the campaign was not ${done}: ${shortage}`);
}

/** Throws 400 when the campaign would be over before it began. */
function requireTimeLeft({ endAt }: CampaignRow, now: EpochMs): void {
  if (endAt !== null && endAt <= now)
    throw invalid("endAt", `endAt is ${new Date(endAt).toISOString()}, which is past; it must be in the future when the campaign starts`);
}

/** Throws 404 for an agent, a version or a number that does not exist; no version asks for the current one. Gives each trunk once. */
export function requireReferences(
  db: Db,
  named: { agentId: string; agentVersion: number | undefined; phoneNumberId: string; phoneNumberIds: readonly string[] },
): { agentVersion: number; trunkIds: readonly string[] } {
  const { currentVersion, version, trunkId } = findReferences(db, named.agentId, named.agentVersion ?? null, named.phoneNumberId);
  if (currentVersion === null) throw notFound("agent", named.agentId);
  if (named.agentVersion !== undefined && version === null) {
    throw new AppError(
      "not_found",
      `the agent '${named.agentId}' has no version ${named.agentVersion}; its current version is ${currentVersion}`,
    );
  }
  const trunksOfPool = findTrunksOf(db, named.phoneNumberIds);
  const missing = trunkId === null ? named.phoneNumberId : named.phoneNumberIds[trunksOfPool.indexOf(undefined)];
  if (trunkId === null || missing !== undefined) throw notFound("phone number", missing ?? named.phoneNumberId);
  return { agentVersion: version ?? currentVersion, trunkIds: [...new Set([trunkId, ...trunksOfPool.flatMap((id) => id ?? [])])] };
}

/** No call leaves once this has returned; the ones in progress go on. */
export function pauseCampaign(deps: CampaignDependencies, id: string): CampaignRow {
  return moveNow(deps, "pause", id, { status: CampaignStatus.paused, statusReason: null }, (row) => tell(deps, "campaign.paused", row));
}

/** Goes on where it was paused: leads that fell due meanwhile are called first. Throws 402 without the credit for a call. */
export function resumeCampaign(deps: CampaignDependencies, id: string): CampaignRow {
  return moveNow(deps, "resume", id, { status: CampaignStatus.running, statusReason: null }, () =>
    requireCredit(deps.checkCredit, "resumed", id),
  );
}

/** Calls in progress finish, or are ended with `hangup`; the machine settles the leads that wait for a retry. */
export function stopCampaign(deps: CampaignDependencies, id: string, inFlight: "finish" | "hangup"): CampaignRow {
  const change = { status: CampaignStatus.completed, statusReason: "stopped by request", completedAt: deps.clock.now() };
  const stopped = moveNow(deps, "stop", id, change, (row) => tell(deps, "campaign.completed", row));
  if (inFlight === "hangup") deps.control.hangUp({ campaignId: id });
  return stopped;
}

/** `then` runs in the transaction: it tells of the change, or refuses what the status allows, and what it throws undoes the change. */
function moveNow(
  { db, clock, control }: CampaignDependencies,
  command: CampaignCommand,
  id: string,
  change: Partial<CampaignRow>,
  then: (row: CampaignRow) => void,
): CampaignRow {
  const moved = transact(db, () => {
    const row = carryOut(db, command, id, { ...change, updatedAt: clock.now() });
    then(row);
    return row;
  });
  control.nudge();
  return moved;
}

function tell(deps: CampaignDependencies, move: CampaignMove, row: CampaignRow): void {
  const now = deps.clock.now();
  announce(deps, campaignMoved(move, row, now), now);
}

/** Leads deleted in one transaction. */
const SLICE_LEADS = 500;

/**
 * The campaign is gone at once, in one transaction; its leads, which nobody sees any more, follow in slices before this
 * resolves. A crash in between leaves them to `purgeDeletedCampaigns`.
 */
export async function removeCampaign({ db, log }: CampaignDependencies, id: string): Promise<void> {
  transact(db, () => {
    requireAllowed("delete", getCampaign(db, id));
    // A stopped campaign may still have calls open; once their leads are gone, nothing writes to the others any more.
    deleteOpenLeads(db, id);
    deleteCampaign(db, id, statusesFor("delete"));
  });
  try {
    await purgeLeads(db, id);
  } catch (error) {
    log.warn("campaign.purge_interrupted", { campaignId: id, error });
  }
}

/** At start: removes the leads of campaigns whose deletion a crash cut short. */
export async function purgeDeletedCampaigns(db: Db): Promise<void> {
  for (const id of campaignsOfOrphans(db)) await purgeLeads(db, id);
}

/** Removes the leads of a campaign that is not there, in slices. */
export async function purgeLeads(db: Db, campaignId: string): Promise<void> {
  while (transact(db, () => deleteLeads(db, campaignId, SLICE_LEADS)) > 0) await nextTurn();
}
