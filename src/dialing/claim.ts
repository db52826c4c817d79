// The claim: picks due leads of one campaign, asks the gate, and reserves the call of each that may be dialed, in the
// transaction that is open. What it returns may be placed once that is on disk, in the same turn, and never otherwise.

import { CallEnding, openCallStatuses } from "../calls/call.ts";
import { cheapestQuote, MOST_COMPARED, type Quote, quoteCall, termsOf } from "../credits/quote.ts";
import { pausedReason, waitingReason } from "../credits/shortage.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import { type Lane, readLanes } from "../leads/lanes.ts";
import { countryOf } from "../leads/phone-number.ts";
import { finalStatusOf, LeadStatus, waitingStatuses } from "../leads/status.ts";
import { type EpochMs, SECOND } from "../runtime/clock.ts";
import { type AgentBot, botFact, botOf, type BotReach, unreachableWords } from "./view/bot-reach.ts";
import { chooseNumber } from "./rules/caller-id.ts";
import type { ContactLimit } from "./rules/contact.ts";
import { avoiding } from "./rules/detour.ts";
import { keepDecision } from "./view/decisions.ts";
import { factsOf } from "./view/facts.ts";
import { finishLead, pauseCampaign } from "./ending/finish.ts";
import {
  type Decision,
  gateBot,
  gateLead,
  gateShort,
  gateWindow,
  type LeadFacts,
  LINE_BUSY,
  PRE_DIAL_REFUSED,
  PRE_DIAL_UNASKED,
} from "./rules/gate.ts";
import { earliest } from "./rules/earliest.ts";
import { forbiddenBy } from "./rules/forbidden.ts";
import type { CallerNumber } from "./view/lines.ts";
import { aheadOf, type PreDialAnswers, preDialFact, type Upcoming, upcomingOf } from "./view/pre-dial.ts";
import { type DueLead, pickDue } from "./view/queue.ts";
import { type Claim, type ClaimContext, reserveCall } from "./reserve.ts";
import type { RosterEntry } from "./view/roster.ts";
import type { Room } from "./view/room.ts";
import type { LineHealth } from "./view/health.ts";
import { creditFacts } from "./ending/spending.ts";

/** What a claim for one campaign found. */
export interface ClaimedSlots {
  claims: Claim[];
  /** No further lead can be claimed now. */
  exhausted: boolean;
  /** Leads are due whom only numbers may call that have no room now. */
  waitsForLine: boolean;
  /** When time alone may change that; undefined when it cannot. */
  wakeAt: EpochMs | undefined;
  /** Why leads that are due were left waiting, for want of credit or of the bot; for people. */
  reason: string | undefined;
  /** Leads that ended without a call. */
  blocked: number;
  /** Whom the campaign's hook is to be asked about. */
  upcoming: Upcoming | undefined;
  /** The bot to be asked about. */
  bot: AgentBot | undefined;
}

export interface ClaimDependencies extends ClaimContext {
  /** Caps, rates and calls in the air, as the round keeps them. */
  room: Room;
  health: Pick<LineHealth, "trunks">;
  /** Of the settings: they hold for every number. */
  contactLimits: readonly ContactLimit[];
  /** Without it no lead of a campaign with a pre-dial hook is called. */
  preDial?: PreDialAnswers;
  /** Without it bots are taken to be there. */
  reach?: BotReach;
}

/** Leads looked at for one campaign in one transaction, blocked and waiting ones included. */
const MOST_LOOKED_AT = 500;
/** Leads stepped over in one round because those of the pool's numbers that may call them are taken. */
const MOST_WITHOUT_LINE = 50;

/**
 * Claims up to `slots` leads whose window and gate are open. Leads that may not be dialed leave the head of the queue:
 * blocked ones and those without an attempt left end, waiting ones get a later due time. Those that the credit does not
 * cover, whom no number with room may call, and about whom the pre-dial hook has not answered yet, keep their place and are
 * stepped over.
 */
export function claimLeads(deps: ClaimDependencies, entry: RosterEntry, slots: number, now: EpochMs): ClaimedSlots {
  const { db } = deps;
  const { open, wakeAt: firstWakeAt } = sortLanes(entry, readLanes(db, entry.campaignId), now);
  const claims: Claim[] = [];
  const tooDear: Quote[] = [];
  let unasked = 0;
  let withoutLine = 0;
  let lookedAt = 0;
  let blocked = 0;
  // Nobody due in an open window: known without a slot, so that such a campaign keeps none from others.
  let exhausted = open.every((lane) => lane.dueAt > now);
  const bot = exhausted
    ? undefined
    : botOf(
        entry,
        entry.numbers.map(({ trunk }) => trunk),
      );
  const waiting = bot === undefined ? undefined : waitForBot(deps, entry, bot);
  if (waiting !== undefined) return waiting;
  while (!exhausted && claims.length < slots && lookedAt < MOST_LOOKED_AT) {
    const wanted = slots - claims.length;
    const due = pickDue(db, entry.campaignId, open, now, wanted, tooDear.length + unasked + withoutLine);
    lookedAt += due.length;
    for (const lead of due) {
      const quote = quoteCall(db, lead.phoneNumber, termsOf(entry.agent));
      const number = numberFor(deps, entry, lead, now);
      const facts = factsOf(
        db,
        entry,
        lead,
        { quote, limits: deps.contactLimits, hasLine: number !== undefined, preDial: preDialFact(deps.preDial, entry, lead) },
        now,
      );
      const decision = gateLead(facts, now);
      if (decision.kind === "dial" && number !== undefined) claims.push(reserve(deps, entry, lead, { quote, facts, number }, now));
      else if (decision.kind === "block") blocked += finish(deps, lead.id, LeadStatus.dncBlocked, now);
      else if (decision.kind === "end") blocked += finish(deps, lead.id, finalStatusOf(lead.lastEnding ?? CallEnding.failed), now);
      else if (decision.kind === "wait") postpone(db, lead.id, decision.until);
      else if (number === undefined) withoutLine += 1;
      else if ("reason" in decision && decision.reason === PRE_DIAL_UNASKED) unasked += 1;
      else tooDear.push(quote);
      note(deps, lead.id, decision, facts, now);
    }
    exhausted = due.length < wanted || tooDear.length >= MOST_COMPARED || unasked >= aheadOf(entry) || withoutLine >= MOST_WITHOUT_LINE;
  }
  // Looked at anew where the queue is another one now. With leads left over it is a freed slot that wakes, not the time.
  const laterWakeAt = () => (lookedAt === 0 ? firstWakeAt : sortLanes(entry, readLanes(db, entry.campaignId), now).wakeAt);
  const wakeAt = exhausted ? laterWakeAt() : undefined;
  return {
    claims,
    blocked,
    exhausted,
    waitsForLine: withoutLine > 0,
    wakeAt,
    reason: shortageOf(deps, entry, tooDear, claims.length > 0, now),
    upcoming: upcomingOf(db, entry, open, now),
    bot,
  };
}

/** Nobody is called for a bot that is not known to be there; undefined when it is. */
function waitForBot({ reach }: ClaimDependencies, entry: RosterEntry, bot: AgentBot): ClaimedSlots | undefined {
  const fact = botFact(reach, bot);
  const decision = gateBot(fact);
  if (decision.kind === "dial") return undefined;
  const wakeAt = decision.kind === "hold" ? decision.until : undefined;
  return {
    claims: [],
    exhausted: true,
    waitsForLine: false,
    wakeAt,
    reason: unreachableWords(entry, fact),
    blocked: 0,
    upcoming: undefined,
    bot,
  };
}

/** Keeps why a lead is not called, and forgets the answer of a hook that was used. What takes moments is no story: no answer yet, no line free. */
function note({ db, preDial }: ClaimDependencies, leadId: string, decision: Decision, facts: LeadFacts, now: EpochMs): void {
  const isRefused = typeof facts.preDial === "object" && "reason" in decision && decision.reason === PRE_DIAL_REFUSED;
  if (facts.preDial !== undefined && (isRefused || decision.kind === "dial")) preDial?.forget(leadId);
  if ("reason" in decision && (decision.reason === PRE_DIAL_UNASKED || decision.reason === LINE_BUSY)) return;
  keepDecision(db, leadId, decision, now, isRefused ? { preDial: facts.preDial } : undefined);
}

/** The lanes whose window is open now, and when the next of the others may be looked at: as it opens, or as its first lead falls due. */
function sortLanes(entry: RosterEntry, lanes: readonly Lane[], now: EpochMs): { open: Lane[]; wakeAt: EpochMs | undefined } {
  const ringTimeoutMs = entry.agent.callPolicy.ringTimeoutSeconds * SECOND;
  const open: Lane[] = [];
  const wakes: (EpochMs | undefined)[] = [];
  for (const lane of lanes) {
    const decision = gateWindow({ zones: lane.zones, window: entry.windowFor(lane.zones), ringTimeoutMs }, now);
    if (decision.kind === "dial") open.push(lane);
    if (decision.kind === "dial" && lane.dueAt > now) wakes.push(lane.dueAt);
    if (decision.kind === "hold" && decision.until !== undefined) wakes.push(Math.max(decision.until, lane.dueAt));
  }
  return { open, wakeAt: earliest(wakes) };
}

/** Why leads were left for want of credit; pauses the campaign when that will not change by itself. */
function shortageOf(
  deps: ClaimDependencies,
  entry: RosterEntry,
  tooDear: readonly Quote[],
  hasClaimed: boolean,
  now: EpochMs,
): string | undefined {
  const { db } = deps;
  const [first] = tooDear;
  if (first === undefined) return undefined;
  const isDialing = hasClaimed || hasOpenCalls(db, entry.campaignId);
  const quote = (isDialing ? undefined : cheapestQuote(db, entry.campaignId, termsOf(entry.agent))) ?? first;
  const credit = creditFacts(db, quote);
  if (credit === undefined) return undefined;
  const decision = gateShort({ credit, hasOpenCalls: isDialing });
  if (decision.kind !== "pause") return waitingReason({ ...credit, ...first });
  const reason = pausedReason({ ...credit, ...quote });
  pauseCampaign(deps, entry.campaignId, reason, now);
  return reason;
}

function hasOpenCalls(db: Db, campaignId: string): boolean {
  const sql = `SELECT 1 AS found FROM calls INDEXED BY calls_open WHERE campaign_id = ?1 AND status IN (${quoted(openCallStatuses)}) LIMIT 1`;
  return db.sqlite.query<{ found: number }, [string]>(sql).get(campaignId) !== null;
}

function finish(deps: ClaimContext, leadId: string, status: LeadStatus, now: EpochMs): number {
  return finishLead(deps, { leadId, from: waitingStatuses, status }, now) ? 1 : 0;
}

function postpone(db: Db, leadId: string, until: EpochMs): void {
  db.sqlite.query(`UPDATE leads SET due_at = ?2 WHERE id = ?1 AND status IN (${quoted(waitingStatuses)})`).run(leadId, until);
}

/** What the gate said yes to. */
interface Grounds {
  quote: Quote;
  facts: LeadFacts;
  number: CallerNumber;
}

function reserve(deps: ClaimDependencies, entry: RosterEntry, lead: DueLead, { quote, facts, number }: Grounds, now: EpochMs): Claim {
  const attempt = lead.attempts + 1;
  const variables = JSON.parse(lead.variables) as Record<string, unknown>;
  const campaign = { id: entry.campaignId, name: entry.name };
  const line = { ...entry, phoneNumberId: number.id, from: number.from, trunk: number.trunk };
  const seen = JSON.stringify({
    ...facts,
    zones: lead.zones,
    zoneFrom: zoneSource(entry, lead),
    window: entry.windowFor(lead.zones),
    inFlight: deps.room.inFlight(entry),
  });
  const order = reserveCall(
    deps,
    line,
    { to: lead.phoneNumber, attempt, variables, campaign, leadId: lead.id, timezone: entry.timezone, quote, facts: seen },
    now,
  );
  deps.db.sqlite
    .query(
      `UPDATE leads SET status = '${LeadStatus.dialing}', attempts = ?2, call_id = ?3, last_attempt_at = ?4, updated_at = ?4 WHERE id = ?1 AND status IN (${quoted(waitingStatuses)})`,
    )
    .run(lead.id, attempt, order.callId, now);
  return {
    order,
    agentId: entry.agentId,
    campaignId: entry.campaignId,
    leadId: lead.id,
    ticket: deps.room.take(entry, number),
    forbidden: forbiddenBy(number.trunk, lead.phoneNumber),
  };
}

/**
 * The number that calls a person: of those with room whose trunk may call them. Where no trunk of the pool may, the campaign's
 * own, whose guard then ends the call. Undefined while all of them are taken, or while only trunks that stand in for another
 * forbid it: they have no say over whom nobody may call.
 */
function numberFor({ db, room, health }: ClaimDependencies, entry: RosterEntry, lead: DueLead, now: EpochMs): CallerNumber | undefined {
  const to = lead.phoneNumber;
  const faulty = lead.requeues > 0 ? trunkThatGaveBack(db, lead.id) : undefined;
  const numbers = faulty === undefined ? entry.numbers : avoiding(entry.numbers, faulty, (id) => health.trunks.stateOf(id, now));
  const allowed = [numbers, entry.numbers]
    .map((some) => some.filter(({ trunk }) => forbiddenBy(trunk, to) === undefined))
    .find((some) => some.length > 0);
  if (allowed === undefined && entry.numbers.some(({ standsInFor }) => standsInFor !== undefined)) return undefined;
  const free = (allowed ?? entry.numbers.slice(0, 1)).filter((number) => room.ofLine(number) > 0);
  if (free.length < 2) return free[0];
  return chooseNumber(
    free.map((number) => ({ ...number, used: room.usedSince(number.id) })),
    countryOf(to),
  );
}

/** The trunk of the lead's last call, when that was given back for a fault of the trunk's before anybody's telephone rang. */
function trunkThatGaveBack(db: Db, leadId: string): string | undefined {
  const sql =
    "SELECT c.trunk_id AS trunkId, c.reason FROM leads l JOIN calls c ON c.id = l.call_id WHERE l.id = ?1 AND c.uses_attempt = 0 AND c.ringing_at IS NULL AND c.answered_at IS NULL";
  const last = db.sqlite.query<{ trunkId: string; reason: string | null }, [string]>(sql).get(leadId);
  return last === null || last.reason?.startsWith("bot_") === true ? undefined : last.trunkId;
}

/** Whose zone decided, for the story of the lead. */
function zoneSource(entry: RosterEntry, lead: DueLead): "campaign" | "lead" | "number" {
  if (!entry.isInRecipientsZone) return "campaign";
  return lead.timezone === null ? "number" : "lead";
}
