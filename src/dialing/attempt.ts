// Attempts: each reserved call is handed to its dialer here and nowhere else, and watched until it is settled.

import type { BotWord, TwimlOrder } from "../calls/bot.ts";
import { CallEnding } from "../calls/call.ts";
import type { RedirectAnswer, TransferAnswer } from "../calls/control.ts";
import type { ActiveCall, CallEvents, Dialer, DialTrunk } from "../calls/dialer.ts";
import type { DialResult } from "../calls/ending.ts";
import { type Cancel, MINUTE, SECOND } from "../runtime/clock.ts";
import { type CallRecord, createCallRecord, type RecordDependencies } from "./ending/record.ts";
import type { Claim } from "./reserve.ts";
import type { Settled } from "./ending/settle.ts";
import { handOver, type TransferableCall, type TransferDependencies } from "./transfer.ts";

/** Which calls to end; all that are open when empty. */
export interface HangUpFilter {
  campaignId?: string;
  phoneNumber?: string;
  /** Leaves conversations alone. */
  ringingOnly?: boolean;
}

export interface AttemptDependencies extends RecordDependencies, TransferDependencies {
  dialers: Partial<Record<DialTrunk["driver"], Dialer>>;
  /** The dialer has reported: trunk and bot are known to work or not, and the slot is free in the next transaction. */
  onResult: (claim: Claim, result: DialResult) => void;
  /** The result is on disk; undefined when it was there before, as after a commit in doubt, and nobody has heard of it. */
  onSettled: (settled: Settled | undefined) => void;
}

export interface Attempts {
  /** Sends the call. Must be called right after the claim's commit, in the same turn. */
  place(claim: Claim): void;
  hangUp(filter: HangUpFilter, reason: string): void;
  /** False when no such call is in progress. */
  hangUpCall(callId: string, reason: string): boolean;
  transfer(callId: string, destination: string): TransferAnswer;
  /** TwiML takes over a call that was answered. */
  redirect(callId: string, order: TwimlOrder): RedirectAnswer;
  /** The ids of calls that were handed to a dialer and are not settled yet. */
  open(): ReadonlySet<string>;
  /** Resolves with whether no call is open any more, after `timeoutMs` at most. */
  whenIdle(timeoutMs: number): Promise<boolean>;
}

interface Open {
  claim: Claim;
  call: ActiveCall | undefined;
  answered: boolean;
  ended: boolean;
  /** Where another line is called for the person, or they talk on one. */
  handedOverTo: string | undefined;
  cancelWatch: Cancel;
}

/** What is done to one call needs. */
interface Parts {
  deps: AttemptDependencies;
  record: CallRecord;
  open: ReadonlyMap<string, Open>;
}

/** A dialer that has not reported an end this long after the longest possible call is taken for broken. */
const OVERDUE_AFTER_MS = MINUTE;
const OVERDUE_GRACE_MS = 30 * SECOND;

/** One for the whole machine; it knows the calls of this process alone. */
export function createAttempts(deps: AttemptDependencies): Attempts {
  const record = createCallRecord(deps);
  const open = new Map<string, Open>();
  const parts: Parts = { deps, record, open };
  const waiters = new Set<() => void>();

  const end = (entry: Open, result: DialResult) => {
    if (entry.ended) return;
    entry.ended = true;
    const { order } = entry.claim;
    record.ended(order.callId, result, (settled) => {
      entry.cancelWatch();
      open.delete(order.callId);
      deps.onSettled(settled);
      if (open.size === 0) for (const wake of [...waiters]) wake();
    });
    // Of a call that never left, the trunk has nothing to say.
    if (entry.claim.forbidden === undefined) deps.onResult(entry.claim, result);
  };

  return {
    place(claim) {
      const entry: Open = { claim, call: undefined, answered: false, ended: false, handedOverTo: undefined, cancelWatch: () => undefined };
      open.set(claim.order.callId, entry);
      watch(deps, entry, (result) => end(entry, result));
      if (claim.forbidden !== undefined) {
        claim.ticket?.cancel();
        return end(entry, claim.forbidden);
      }
      send(parts, entry, (result) => end(entry, result));
    },
    hangUp(filter, reason) {
      for (const entry of open.values()) if (fits(entry, filter)) entry.call?.hangUp(reason);
    },
    ...actOn(parts),
    open: () => new Set(open.keys()),
    whenIdle: (timeoutMs) =>
      new Promise((resolve) => {
        if (open.size === 0) return resolve(true);
        const done = () => {
          waiters.delete(done);
          cancel();
          resolve(open.size === 0);
        };
        const cancel = deps.clock.after(timeoutMs, done);
        waiters.add(done);
      }),
  };
}

/** What is asked of one call in progress. */
function actOn(parts: Parts): Pick<Attempts, "hangUpCall" | "transfer" | "redirect"> {
  const { open } = parts;
  return {
    hangUpCall(callId, reason) {
      const entry = open.get(callId);
      if (entry === undefined || entry.ended) return false;
      entry.call?.hangUp(reason);
      return true;
    },
    transfer(callId, destination) {
      const entry = open.get(callId);
      if (entry === undefined || entry.ended) return "not_in_progress";
      return entry.answered ? transfer(parts, entry, destination) : "not_answered";
    },
    redirect(callId, order) {
      const entry = open.get(callId);
      if (entry === undefined || entry.ended) return "not_in_progress";
      if (!entry.answered) return "not_answered";
      if (entry.call?.redirect === undefined) return "not_able";
      entry.call.redirect(order);
      return "asked";
    },
  };
}

function send(parts: Parts, entry: Open, end: (result: DialResult) => void): void {
  const { deps, record } = parts;
  const { dialers, clock, log } = deps;
  const { order, leadId, ticket } = entry.claim;
  const dialer = dialers[order.trunk.driver];
  if (dialer === undefined) return end({ ...unheard("no_dialer"), retry: "requeue" });
  const events: CallEvents = {
    ringing: (at) => record.ringing(order.callId, at),
    answered(at) {
      entry.answered = true;
      record.answered(order.callId, leadId, at);
    },
    trace: (state, stored) => record.trace(order.callId, state, stored),
    told: (word) => hear(parts, entry, word),
    ended: end,
  };
  try {
    ticket?.sent(clock.monotonicMs());
    entry.call = dialer.place(order, events);
  } catch (error) {
    // A packet may have left before it threw: the attempt counts.
    log.error("call.dialer_threw", { callId: order.callId, error });
    end(lost("dialer_threw"));
  }
}

/** What is said of a call is written down; only a transfer is done at once, and the bot hears when it may not be. */
function hear(parts: Parts, entry: Open, word: BotWord): void {
  const { deps, record } = parts;
  const { callId } = entry.claim.order;
  if (word.type === "transfer_failed") return noteTransfer(record, entry, word);
  if (word.type !== "transfer") return record.told(callId, word);
  const answer = transfer(parts, entry, word.to);
  if (answer === "asked") return;
  const reason = wordOf(answer);
  deps.log.warn("call.transfer_refused", { callId, reason });
  entry.call?.refuseTransfer?.(reason);
}

function noteTransfer(record: CallRecord, entry: Open, word: BotWord & { type: "transfer" | "transfer_failed" }): void {
  entry.handedOverTo = word.type === "transfer" ? word.to : undefined;
  record.told(entry.claim.order.callId, word);
}

function wordOf(answer: TransferAnswer): string {
  if (typeof answer === "string") return answer;
  return "problem" in answer ? answer.problem : answer.refusal;
}

/** The one way to a second line. */
function transfer({ deps, record, open }: Parts, entry: Open, to: string): TransferAnswer {
  const { claim, call } = entry;
  const { trunk } = claim.order;
  const note: TransferableCall["note"] = (word) => noteTransfer(record, entry, word);
  if (entry.handedOverTo !== undefined) return { problem: "the person is being handed over, or was before" };
  return handOver(deps, { trunkId: trunk.id, channelsTaken: channelsOf(open, trunk.id), call, isOver: () => entry.ended, note }, to);
}

/** A number that a person is handed over to takes one as well. */
function channelsOf(open: Parts["open"], trunkId: string): number {
  const calls = [...open.values()].filter(({ claim }) => claim.order.trunk.id === trunkId);
  return calls.length + calls.filter(({ handedOverTo }) => handedOverTo?.startsWith("+") === true).length;
}

function watch({ clock, log }: AttemptDependencies, entry: Open, end: (result: DialResult) => void): void {
  const { callId, ringTimeoutMs, maxDurationMs } = entry.claim.order;
  entry.cancelWatch = clock.after(ringTimeoutMs + maxDurationMs + OVERDUE_AFTER_MS, () => {
    log.error("call.overdue", { callId });
    entry.call?.hangUp("overdue");
    entry.cancelWatch = clock.after(OVERDUE_GRACE_MS, () => end(lost("dialer_silent")));
  });
}

function fits({ claim, answered }: Open, { campaignId, phoneNumber, ringingOnly }: HangUpFilter): boolean {
  if (campaignId !== undefined && campaignId !== claim.campaignId) return false;
  if (phoneNumber !== undefined && phoneNumber !== claim.order.to) return false;
  return !(ringingOnly === true && answered);
}

/** A call of which nothing is known but that it is over. */
function lost(reason: string): DialResult {
  return { ...unheard(reason), isTalkUnknown: true };
}

/** Nobody picked up. */
function unheard(reason: string): DialResult {
  return { ending: CallEnding.failed, retry: "policy", reason, ringMs: 0, talkMs: 0 };
}
