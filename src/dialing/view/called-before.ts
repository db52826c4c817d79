// Who of those that wait was called before, as far as contact limits look back: they stand apart from the groups of a forecast that
// they were counted in, because the limits may put them off. Used by forecast-facts.ts; read in slices.

import type { Db } from "../../database/open.ts";
import { quoted } from "../../database/transaction.ts";
import { waitingStatuses } from "../../leads/status.ts";
import { type EpochMs, HOUR } from "../../runtime/clock.ts";
import { nextTurn } from "../../runtime/turn.ts";
import { type Group, latestOf } from "../rules/comebacks.ts";
import { type ContactLimit, historyNeeded } from "../rules/contact.ts";

const SLICE = 1_000;
/** Pieces of the time that the limits look back: those who were called in the same one, as often, are a group. */
const PIECES = 24;
/** Groups apart; beyond them it does not matter any more when their people were called. */
const MOST_APART = 500;

const WAITING = quoted(waitingStatuses);

interface CalledLead {
  id: string;
  zones: string;
  rank: number;
  dueAt: EpochMs;
  isPromised: 0 | 1;
  /** Instants with a comma between, newest first; null for who was not called. */
  placed: string | null;
}

// The same calls as those that the gate is told of (facts.ts).
const CALLED = `
  SELECT id, zones, rank, due_at AS dueAt, callback_at IS NOT NULL AS isPromised,
         (SELECT group_concat(placed_at) FROM (
            SELECT placed_at FROM calls WHERE to_number = lead.phone_number AND placed_at > ?3 AND (uses_attempt = 1 OR ringing_at IS NOT NULL OR answered_at IS NOT NULL)
             ORDER BY placed_at DESC LIMIT ?4)) AS placed
    FROM leads AS lead INDEXED BY leads_list WHERE campaign_id = ?1 AND id > ?2 AND status IN (${WAITING}) ORDER BY id LIMIT ${SLICE}`;

/** The groups, and apart from them those who were called before; the groups themselves where there are no limits. */
export async function withHistory(
  db: Db,
  campaignId: string,
  groups: readonly Group[],
  limits: readonly ContactLimit[],
  now: EpochMs,
): Promise<Group[]> {
  if (limits.length === 0) return [...groups];
  const lookBackMs = Math.max(...limits.map(({ perHours }) => perHours)) * HOUR;
  const fresh = groups.map((group) => ({ ...group })).sort((a, b) => a.dueAt - b.dueAt);
  const lanes = Map.groupBy(fresh, ({ zones, rank, isPromised }) => laneOf(zones, rank, isPromised === true));
  const called = new Map<string, Group>();
  for (let after = ""; ; await nextTurn()) {
    const slice = db.sqlite
      .query<CalledLead, [string, string, EpochMs, number]>(CALLED)
      .all(campaignId, after, now - lookBackMs, historyNeeded(limits));
    for (const lead of slice) if (lead.placed !== null) setApart(lanes, called, lead, lookBackMs / PIECES);
    const last = slice.at(-1);
    if (last === undefined || slice.length < SLICE) return [...fresh.filter(({ leads }) => leads > 0), ...called.values()];
    after = last.id;
  }
}

function laneOf(zones: string, rank: number, isPromised: boolean): string {
  return `${rank} ${isPromised} ${zones}`;
}

/** A piece of a lane's time ends with the last who falls due in it: the first that ends no earlier is the lead's. */
function setApart(
  lanes: ReadonlyMap<string, readonly Group[]>,
  called: Map<string, Group>,
  { zones, rank, dueAt, isPromised, placed }: CalledLead,
  pieceMs: number,
): void {
  const lane = laneOf(zones, rank, isPromised === 1);
  const home = lanes.get(lane)?.find((group) => group.dueAt >= dueAt && group.leads > 0);
  // It has come to wait since the groups were read.
  if (home === undefined) return;
  home.leads -= 1;
  const placedAt = (placed ?? "").split(",").map(Number);
  const asOften = `${placedAt.length} ${lane}`;
  const key = called.size < MOST_APART ? `${home.dueAt} ${Math.floor((placedAt[0] ?? 0) / pieceMs)} ${asOften}` : asOften;
  const known = called.get(key);
  called.set(key, {
    ...home,
    leads: (known?.leads ?? 0) + 1,
    dueAt: Math.max(home.dueAt, known?.dueAt ?? 0),
    placedAt: latestOf(known?.placedAt ?? [], placedAt),
  });
}
