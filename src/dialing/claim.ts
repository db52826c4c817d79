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
import { type AgentBot, botFact, botOf, type BotReach, unreachableWords } from "./bot-reach.ts";
import { chooseNumber } from "./caller-id.ts";
import type { ContactLimit } from "./contact.ts";
import { keepDecision } from "./decisions.ts";
import { factsOf } from "./facts.ts";
import { finishLead, pauseCampaign } from "./finish.ts";
import { type Decision, gateBot, gateLead, gateShort, gateWindow, type LeadFacts, PRE_DIAL_REFUSED, PRE_DIAL_UNASKED } from "./gate.ts";
import { forbiddenBy } from "./forbidden.ts";
import { aheadOf, type PreDialAnswers, preDialFact, type Upcoming, upcomingOf } from "./pre-dial.ts";
import { type DueLead, pickDue } from "./queue.ts";
import { type Claim, type ClaimContext, reserveCall } from "./reserve.ts";
import type { CallerNumber, RosterEntry } from "./roster.ts";
import type { Room } from "./room.ts";
import { creditFacts } from "./spending.ts";

/** What a claim for one campaign found. */
export interface ClaimedSlots {
  claims: Claim[];
  /** No further lead can be claimed now. */
  exhausted: boolean;
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
  /** Of the settings: they hold for every number. */
  contactLimits: readonly ContactLimit[];
  /** Without it no lead of a campaign with a pre-dial hook is called. */
  preDial?: PreDialAnswers;
  /** Without it bots are taken to be there. */
  reach?: BotReach;
}

/** Leads looked at for one campaign in one transaction, blocked and waiting ones included. */
const MOST_LOOKED_AT = 500;

/**
 * Claims up to `slots` leads whose window and gate are open. Leads that may not be dialed leave the head of the queue:
 * blocked ones and those without an attempt left end, waiting ones get a later due time. Those that the credit does not
 * cover, and those about whom the pre-dial hook has not answered yet, keep their place and are stepped over.
 */
export function claimLeads(deps: ClaimDependencies, entry: RosterEntry, slots: number, now: EpochMs): ClaimedSlots {
  const { db } = deps;
  const { open } = sortLanes(entry, readLanes(db, entry.campaignId), now);
  const claims: Claim[] = [];
  const tooDear: Quote[] = [];
  let unasked = 0;
  let lookedAt = 0;
  let blocked = 0;
  // Nobody due in an open window: known without a slot, so that such a campaign keeps none from others.
  let exhausted = open.every((lane) => lane.dueAt > now);
  const bot = exhausted ? undefined : botOf(entry);
  const waiting = bot === undefined ? undefined : waitForBot(deps, entry, bot);
  if (waiting !== undefined) return waiting;
  while (!exhausted && claims.length < slots && lookedAt < MOST_LOOKED_AT) {
    const wanted = slots - claims.length;
    const due = pickDue(db, entry.campaignId, open, now, wanted, tooDear.length + unasked);
    lookedAt += due.length;
    for (const lead of due) {
      const quote = quoteCall(db, lead.phoneNumber, termsOf(entry.agent));
      const facts = factsOf(db, entry, lead, quote, deps.contactLimits, preDialFact(deps.preDial, entry, lead), now);
      const decision = gateLead(facts, now);
      if (decision.kind === "dial") claims.push(reserve(deps, entry, lead, { quote, facts }, now));
      else if (decision.kind === "block") blocked += finish(deps, lead.id, LeadStatus.dncBlocked, now);
      else if (decision.kind === "end") blocked += finish(deps, lead.id, finalStatusOf(lead.lastEnding ?? CallEnding.failed), now);
      else if (decision.kind === "wait") postpone(db, lead.id, decision.until);
      else if (decision.reason === PRE_DIAL_UNASKED) unasked += 1;
      else tooDear.push(quote);
      note(deps, lead.id, decision, facts, now);
    }
    exhausted = due.length < wanted || tooDear.length >= MOST_COMPARED || unasked >= aheadOf(entry);
  }
  // Looked at anew: the queue is another one now. With leads left over it is a freed slot that wakes, not the time.
  const wakeAt = exhausted ? sortLanes(entry, readLanes(db, entry.campaignId), now).wakeAt : undefined;
  return { claims, blocked, exhausted, wakeAt, reason: shortageOf(db, entry, tooDear, claims.length > 0, now), upcoming: upcomingOf(db, entry, open, now), bot };
}

/** Nobody is called for a bot that is not known to be there; undefined when it is. */
function waitForBot({ reach }: ClaimDependencies, entry: RosterEntry, bot: AgentBot): ClaimedSlots | undefined {
  const fact = botFact(reach, bot);
  const decision = gateBot(fact);
  if (decision.kind === "dial") return undefined;
  const wakeAt = decision.kind === "hold" ? decision.until : undefined;
  return { claims: [], exhausted: true, wakeAt, reason: unreachableWords(entry, fact), blocked: 0, upcoming: undefined, bot };
}

/** Keeps why a lead is not called, and forgets the answer of a hook that was used. That there is none yet is no story: it takes moments. */
function note({ db, preDial }: ClaimDependencies, leadId: string, decision: Decision, facts: LeadFacts, now: EpochMs): void {
  const isRefused = typeof facts.preDial === "object" && "reason" in decision && decision.reason === PRE_DIAL_REFUSED;
  if (facts.preDial !== undefined && (isRefused || decision.kind === "dial")) preDial?.forget(leadId);
  if ("reason" in decision && decision.reason === PRE_DIAL_UNASKED) return;
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

/** The first of the instants that are known. */
export function earliest(instants: readonly (number | undefined)[]): number | undefined {
  return instants.reduce((best, at) => (best === undefined || (at !== undefined && at < best) ? at : best), undefined);
}

/** Why leads were left for want of credit; pauses the campaign when that will not change by itself. */
function shortageOf(db: Db, entry: RosterEntry, tooDear: readonly Quote[], hasClaimed: boolean, now: EpochMs): string | undefined {
  const [first] = tooDear;
  if (first === undefined) return undefined;
  const isDialing = hasClaimed || hasOpenCalls(db, entry.campaignId);
  const quote = (isDialing ? undefined : cheapestQuote(db, entry.campaignId, termsOf(entry.agent))) ?? first;
  const credit = creditFacts(db, quote);
  if (credit === undefined) return undefined;
  const decision = gateShort({ credit, hasOpenCalls: isDialing });
  if (decision.kind !== "pause") return waitingReason({ ...credit, ...first });
  const reason = pausedReason({ ...credit, ...quote });
  pauseCampaign(db, entry.campaignId, reason, now);
  return reason;
}

function hasOpenCalls(db: Db, campaignId: string): boolean {
  const sql = `SELECT 1 AS found FROM calls WHERE campaign_id = ?1 AND status IN (${quoted(openCallStatuses)}) LIMIT 1`;
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
}

function reserve(deps: ClaimDependencies, entry: RosterEntry, lead: DueLead, { quote, facts }: Grounds, now: EpochMs): Claim {
  const number = chooseFrom(deps.room, entry, lead.phoneNumber);
  const attempt = lead.attempts + 1;
  const variables = JSON.parse(lead.variables) as Record<string, unknown>;
  const campaign = { id: entry.campaignId, name: entry.name };
  const line = { ...entry, phoneNumberId: number.id, from: number.from };
  const seen = JSON.stringify({ ...facts, zones: lead.zones, zoneFrom: zoneSource(entry, lead), window: entry.windowFor(lead.zones), inFlight: deps.room.inFlight(entry) });
  const order = reserveCall(deps, line, { to: lead.phoneNumber, attempt, variables, campaign, leadId: lead.id, timezone: entry.timezone, quote, facts: seen }, now);
  deps.db.sqlite
    .query(`UPDATE leads SET status = '${LeadStatus.dialing}', attempts = ?2, call_id = ?3, last_attempt_at = ?4, updated_at = ?4 WHERE id = ?1 AND status IN (${quoted(waitingStatuses)})`)
    .run(lead.id, attempt, order.callId, now);
  return { order, agentId: entry.agentId, campaignId: entry.campaignId, leadId: lead.id, ticket: deps.room.take(entry, number), forbidden: forbiddenBy(entry.trunk, lead.phoneNumber) };
}

/** The allotment has seen to it that one of the numbers has room; the campaign's own when several reach for the last one. */
function chooseFrom(room: Room, entry: RosterEntry, to: string): CallerNumber {
  const [own] = entry.numbers;
  if (own === undefined) throw new Error(`campaign ${entry.campaignId} has no number to call from`);
  if (entry.numbers.length === 1) return own;
  const free = entry.numbers.filter((number) => room.ofNumber(number) > 0);
  return chooseNumber(free.map((number) => ({ ...number, used: room.usedSince(number.id) })), countryOf(to)) ?? own;
}

/** Whose zone decided, for the story of the lead. */
function zoneSource(entry: RosterEntry, lead: DueLead): "campaign" | "lead" | "number" {
  if (!entry.isInRecipientsZone) return "campaign";
  return lead.timezone === null ? "number" : "lead";
}
