// Asks a campaign's pre-dial hook about leads that are about to be due, ahead of time, so that the gate never waits: it
// reads the answer that is there, or that there is none yet. Nothing is stored; after a restart everything is asked anew.

import { type Cancel, type Clock, SECOND } from "../../runtime/clock.ts";
import type { NewId } from "../../runtime/ids.ts";
import type { Log } from "../../runtime/log.ts";
import { preDialQuestion, type UpcomingCall } from "../events/event.ts";
import { type PreDialAnswer, readAnswer } from "./answer.ts";
import type { Sender } from "../sender.ts";
import { chooseStarts } from "../slots.ts";

/** A campaign with its hook. */
export type HookedCampaign = UpcomingCall["campaign"] & { hook: { url: string; timeoutSeconds: number } };
/** `attempt` is the one that the call would be, from 1. */
export type UpcomingLead = UpcomingCall["lead"];

/** `unasked`: no answer that is still good; ask, and do not dial. */
export type Verdict = PreDialAnswer | { kind: "unasked" };

export interface PreDialDependencies {
  sender: Sender;
  clock: Clock;
  log: Log;
  newId: NewId;
  /** The live secrets, newest first. */
  secrets: () => readonly string[];
  /** An answer has come in: a lead may be dialed now that could not be. */
  onAnswer: () => void;
  maxInFlight?: number;
  maxPerHost?: number;
}

export interface PreDial {
  /**
   * These leads of the campaign are due next, in this order: asks about those without a good answer, and no longer about
   * others that were still to be asked. Returns at once.
   */
  prefetch(campaign: HookedCampaign, leads: readonly UpcomingLead[]): void;
  /** What is known now. An answer about another number, attempt or hook counts for nothing. */
  verdict(campaign: HookedCampaign, lead: Pick<UpcomingLead, "id" | "phoneNumber" | "attempt">): Verdict;
  /** An answer is good for one call: forget it when the call was claimed. */
  forget(leadId: string): void;
  /** Asks nothing more and waits for the questions in flight, 5 s at most. */
  stop(): Promise<void>;
}

/** An answer is no longer good when its question was asked so long ago. */
const LONGEST_AGE_MS = 60 * SECOND;
/** A hook that failed is asked again sooner. */
const LONGEST_FAULT_AGE_MS = 15 * SECOND;
/** Leads of one campaign that are asked about ahead. */
const MOST_AHEAD = 500;
const STOP_WAIT_MS = 5 * SECOND;

interface Question {
  id: string;
  host: string;
  /** Its place in the line: the fairness of slots.ts goes by it. */
  nextAttemptAt: number;
  campaign: HookedCampaign;
  lead: UpcomingLead;
  /** Nobody waits for the answer any more. */
  isForgotten: boolean;
}

interface Known {
  answer: PreDialAnswer;
  about: string;
  askedMs: number;
}

interface State {
  deps: PreDialDependencies;
  /** By lead, as the questions in flight are. */
  answers: Map<string, Known>;
  inFlight: Map<string, Question>;
  waiting: Question[];
  /** Questions so far. */
  line: number;
  isStopped: boolean;
  whenIdle: () => void;
}

/** One for the whole machine. */
export function createPreDial(deps: PreDialDependencies): PreDial {
  const state: State = { deps, answers: new Map(), inFlight: new Map(), waiting: [], line: 0, isStopped: false, whenIdle: () => undefined };
  return {
    prefetch: (campaign, leads) => prefetch(state, campaign, leads),
    verdict: (campaign, lead) => verdict(state, campaign, lead),
    forget(leadId) {
      state.answers.delete(leadId);
      const asked = state.inFlight.get(leadId);
      if (asked !== undefined) asked.isForgotten = true;
      state.waiting = state.waiting.filter((question) => question.id !== leadId);
    },
    async stop() {
      state.isStopped = true;
      state.waiting = [];
      let cancel: Cancel = () => undefined;
      await new Promise<void>((resolve) => {
        if (state.inFlight.size === 0) return resolve();
        state.whenIdle = resolve;
        cancel = deps.clock.after(STOP_WAIT_MS, resolve);
      });
      cancel();
    },
  };
}

function prefetch(state: State, campaign: HookedCampaign, leads: readonly UpcomingLead[]): void {
  const now = state.deps.clock.monotonicMs();
  for (const [leadId, known] of state.answers) if (isStale(known, now)) state.answers.delete(leadId);
  const isAsking = (lead: UpcomingLead) => {
    const asked = state.inFlight.get(lead.id);
    return asked !== undefined && !asked.isForgotten && about(asked.campaign, asked.lead) === about(campaign, lead);
  };
  const open = leads.slice(0, MOST_AHEAD).filter((lead) => verdict(state, campaign, lead).kind === "unasked" && !isAsking(lead));
  const questions = open.map((lead) => ({
    id: lead.id,
    host: hostOf(campaign),
    nextAttemptAt: (state.line += 1),
    campaign,
    lead,
    isForgotten: false,
  }));
  state.waiting = [...state.waiting.filter((question) => question.campaign.id !== campaign.id), ...questions];
  start(state);
}

function verdict({ answers, deps }: State, campaign: HookedCampaign, lead: Pick<UpcomingLead, "id" | "phoneNumber" | "attempt">): Verdict {
  const known = answers.get(lead.id);
  const isGood = known !== undefined && known.about === about(campaign, lead) && !isStale(known, deps.clock.monotonicMs());
  return isGood ? known.answer : { kind: "unasked" };
}

function start(state: State): void {
  const { maxInFlight = 50, maxPerHost = 20 } = state.deps;
  const hosts = new Map([...state.inFlight.values()].map(({ id, host }) => [id, host]));
  const chosen = state.isStopped ? [] : chooseStarts(state.waiting, hosts, { maxInFlight, maxPerHost });
  state.waiting = state.waiting.filter((question) => !chosen.includes(question));
  for (const question of chosen) void ask(state, question);
}

async function ask(state: State, question: Question): Promise<void> {
  const { answers, inFlight, deps } = state;
  const askedMs = deps.clock.monotonicMs();
  inFlight.set(question.id, question);
  const answer = await askHook(deps, question).catch((error) => failed(deps.log, question, error));
  inFlight.delete(question.id);
  if (!question.isForgotten && !state.isStopped) {
    answers.set(question.id, { answer, about: about(question.campaign, question.lead), askedMs });
    tell(deps.log, question, answer);
    deps.onAnswer();
  }
  start(state);
  if (inFlight.size === 0) state.whenIdle();
}

async function askHook({ sender, clock, newId, secrets }: PreDialDependencies, { campaign, lead }: Question): Promise<PreDialAnswer> {
  const timeoutMs = campaign.hook.timeoutSeconds * SECOND;
  const startedMs = clock.monotonicMs();
  const body = preDialQuestion({ campaign, lead }, clock.now());
  const result = await sender.send({ id: newId("whd"), url: campaign.hook.url, body, secrets: secrets(), timeoutMs, wantsBody: true });
  return readAnswer(result, clock.monotonicMs() - startedMs, timeoutMs);
}

/** A fault of ours; in doubt, no call. */
function failed(log: Log, { id }: Question, error: unknown): PreDialAnswer {
  log.error("pre_dial.broken", { leadId: id, error });
  return { kind: "refused", reason: "the pre-dial hook could not be asked", isFault: true };
}

/** What an answer is about: it says nothing about another number or attempt, nor for another hook. */
function about({ hook }: HookedCampaign, { phoneNumber, attempt }: Pick<UpcomingLead, "phoneNumber" | "attempt">): string {
  return `${attempt} ${phoneNumber} ${hook.url}`;
}

function isStale({ answer, askedMs }: Known, nowMs: number): boolean {
  const isFault = answer.kind === "refused" && answer.isFault;
  return nowMs - askedMs > (isFault ? LONGEST_FAULT_AGE_MS : LONGEST_AGE_MS);
}

function hostOf({ hook }: HookedCampaign): string {
  return URL.canParse(hook.url) ? new URL(hook.url).host : "-";
}

/** The host, never the URL: its path or query may hold a token. */
function tell(log: Log, { id, host, campaign }: Question, answer: PreDialAnswer): void {
  const fields = { campaignId: campaign.id, leadId: id, host };
  if (answer.kind === "eligible") return log.debug("pre_dial.eligible", fields);
  if (answer.isFault) return log.warn("pre_dial.failed", { ...fields, reason: answer.reason });
  return log.info("pre_dial.refused", { ...fields, reason: answer.reason });
}
