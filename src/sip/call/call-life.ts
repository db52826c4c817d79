// What one outbound call is at a moment, and what it does next: give up, pick up, leave, finish. invite-call.ts puts the parts
// together and hears the peer; every way in which the two ends may cross is decided here.

import type { HungUpBy } from "../../calls/call.ts";
import type { Analysis } from "../../calls/disposition.ts";
import type { Cancel } from "../../runtime/clock.ts";
import type { CallMedia } from "./call-media.ts";
import { resultOf, type Timeline } from "./call-timeline.ts";
import type { Destination } from "./call-trace.ts";
import { confirmDialog, type Dialog, openDialog } from "../dialog/dialog.ts";
import type { DialogRequests } from "../dialog/dialog-requests.ts";
import type { DialogServer } from "../dialog/dialog-server.ts";
import { parseReason } from "../message/header-values.ts";
import type { InviteCallOptions } from "./invite-call.ts";
import type { InviteLeg } from "./invite-leg.ts";
import { headerOf, type IncomingRequest, type IncomingResponse, listOf } from "../message/message.ts";
import { noteProvisional, type ReliableState } from "../dialog/reliable-provisional.ts";
import type { SessionKeeper } from "../dialog/session-keeper.ts";
import { patienceMs } from "../transaction/timers.ts";
import { refusalVerdict, silentVerdicts, talkedVerdict, type Verdict } from "../status.ts";

/** - `inviting` until answered, `cancelling` once given up, `talking`, `leaving` once our BYE is out, `over`. */
export type Stage = "inviting" | "cancelling" | "talking" | "leaving" | "over";

export interface CallLife {
  options: InviteCallOptions;
  stage: Stage;
  timeline: Timeline;
  /** By remote tag: early ones, then the confirmed one and legs of forks. */
  dialogs: Map<string, Dialog>;
  acks: Map<string, { bytes: Uint8Array; to: Destination; at: number }>;
  /** Sends the conversation's ACK, which waits until its dialog is stored; undefined once it has left. */
  owedAck: (() => void) | undefined;
  reliable: ReliableState;
  /** The remote tag of the conversation. */
  confirmed: string | undefined;
  heard: boolean;
  /** An offer of ours inside the conversation waits for its answer. */
  offering: boolean;
  /** BYEs without an answer yet. */
  openByes: number;
  stopTimer: Cancel;
  media: CallMedia;
  requests: DialogRequests;
  server: DialogServer;
  session: SessionKeeper;
  leg: InviteLeg;
}

/** An ACK is repeated no more often than this: a peer that answers each with another 200 would never stop. */
const ACK_PAUSE_MS = 250;
/** How long the end waits for the answer to our BYE; the BYE itself is repeated longer. */
const BYE_PATIENCE_MS = 2_000;
/** Between two tries to send a BYE that could not leave. */
const BYE_PAUSE_MS = 1_000;
/** Forks beyond this are ended by their own proxy. */
const MOST_DIALOGS = 16;

function note(life: CallLife, facts: Partial<Timeline>): void {
  Object.assign(life.timeline, facts);
}

/** Phrases are free text of the peer's: a record holds as much as a person reads. */
const LONGEST_PHRASE = 200;

function codeOf({ status, reason }: IncomingResponse): Pick<Timeline, "sipCode" | "sipReason"> {
  return { sipCode: status, sipReason: reason === "" ? undefined : reason.slice(0, LONGEST_PHRASE) };
}

function nowMs({ options }: CallLife): number {
  return options.clock.monotonicMs();
}

/** Reports what a later process would need to end the call. */
export function trace({ leg, dialogs, confirmed, options }: CallLife, stored: () => void = () => undefined): void {
  const { facts, destination, cseq, invite } = leg.current();
  const known = [...dialogs.values()].filter((dialog) => confirmed === undefined || dialog.remoteTag === confirmed);
  options.events.trace({ facts, destination, cseq, invite, dialogs: known }, stored);
}

/** The call is over; `fallback` holds when nothing before said how. Once. */
export function finish(life: CallLife, fallback: Verdict): void {
  if (life.stage === "over") return;
  life.stage = "over";
  life.stopTimer();
  life.session.stop();
  life.media.close();
  const verdict = life.timeline.verdict ?? fallback;
  life.options.events.ended(resultOf(life.timeline, verdict, nowMs(life)), verdict);
}

/** Gives up a call that nobody has answered yet. */
export function giveUp(life: CallLife, verdict: Verdict, hungUpBy: HungUpBy): void {
  if (life.stage !== "inviting") return;
  life.stage = "cancelling";
  life.stopTimer();
  note(life, { verdict, hungUpBy, stoppedAt: nowMs(life) });
  life.leg.cancel();
}

/** Ends a conversation from our side. */
export function leave(life: CallLife, verdict: Verdict, hungUpBy: HungUpBy, analysis?: Analysis): void {
  if (life.stage !== "talking") return;
  life.session.stop();
  note(life, { verdict, hungUpBy, stoppedAt: nowMs(life), analysis });
  life.media.close();
  endLeg(life, life.confirmed ?? "", verdict);
}

/** A BYE on the call's own leg, and the end with its answer, or without one after a while. */
function endLeg(life: CallLife, remoteTag: string, fallback: Verdict): void {
  life.stage = "leaving";
  life.stopTimer();
  sendBye(life, remoteTag, () => finish(life, fallback));
  life.stopTimer = life.options.clock.after(BYE_PATIENCE_MS, () => finish(life, fallback));
}

function sendBye(life: CallLife, remoteTag: string, done: () => void, sinceMs = nowMs(life)): void {
  const { clock, timers } = life.options;
  // No BYE goes before its ACK.
  if (remoteTag === life.confirmed) life.owedAck?.();
  life.openByes += 1;
  const over = () => {
    life.openByes -= 1;
    done();
  };
  life.requests.send({
    method: "BYE",
    remoteTag,
    done(response) {
      // It may not even have left: a connection that broke is opened again meanwhile, and the far end would stay on a silent line.
      if (response !== undefined || nowMs(life) - sinceMs + BYE_PAUSE_MS >= patienceMs(timers)) return over();
      clock.after(BYE_PAUSE_MS, () => {
        life.openByes -= 1;
        sendBye(life, remoteTag, done, sinceMs);
      });
    },
  });
}

/** A 1xx: early dialogs and media, the PRACK that it may want, and the first ring. */
export function hearProvisional(life: CallLife, response: IncomingResponse): void {
  life.heard = true;
  const step = noteProvisional(life.reliable, response);
  if (step.ignore || life.stage === "over") return;
  life.reliable = step.state;
  const dialog = dialogOf(life, response);
  if (dialog !== undefined && !life.dialogs.has(dialog.remoteTag) && life.dialogs.size < MOST_DIALOGS) {
    life.dialogs.set(dialog.remoteTag, dialog);
    trace(life);
  }
  if (step.rack !== undefined && dialog !== undefined)
    life.requests.send({ method: "PRACK", remoteTag: dialog.remoteTag, headers: [["RAck", step.rack]], done: () => undefined });
  if (life.stage !== "inviting") return;
  life.media.early(response);
  if (response.status < 180 || response.status >= 190 || life.timeline.ringingAt !== undefined) return;
  note(life, { ringingAt: nowMs(life) });
  life.options.events.ringing(life.options.clock.now());
}

function dialogOf({ leg, options }: CallLife, response: IncomingResponse): Dialog | undefined {
  const { facts, cseq } = leg.current();
  return openDialog(response, { localTag: options.identity.fromTag, from: facts.from, requestUri: facts.requestUri, inviteCSeq: cseq });
}

/** A 2xx: the first is the call's; repeats are acknowledged again, other legs are ended. */
export function hearAccepted(life: CallLife, response: IncomingResponse): void {
  const tag = response.to.parameters.get("tag") ?? "";
  if (tag === life.confirmed && life.owedAck !== undefined) return;
  const last = life.acks.get(tag);
  if (last !== undefined) {
    if (nowMs(life) - last.at < ACK_PAUSE_MS) return;
    last.at = nowMs(life);
    return void life.options.wire.send(last.bytes, last.to);
  }
  const early = life.dialogs.get(tag);
  const dialog = early === undefined ? dialogOf(life, response) : confirmDialog(early, response);
  if (dialog === undefined) return;
  life.dialogs.set(tag, dialog);
  if (life.stage === "inviting") return pickUp(life, response, tag);
  acknowledge(life, tag);
  // A second leg of a fork, or an answer that crossed our CANCEL: acknowledged, and ended at once (§13.2.2.4, §15).
  if (life.stage !== "cancelling") return sendBye(life, tag, () => undefined);
  life.confirmed = tag;
  note(life, codeOf(response));
  endLeg(life, tag, silentVerdicts.ringTimeout);
}

function acknowledge(life: CallLife, tag: string): void {
  const { cseq, credentials } = life.leg.current();
  const sent = life.requests.acknowledge(tag, cseq, credentials);
  if (sent !== undefined) life.acks.set(tag, { ...sent, at: nowMs(life) });
}

/**
 * The ACK waits for the disk: until it comes the peer repeats its answer, so that a process that died in between leaves a
 * call that the next one hears of and can end. Afterwards only what was stored could tell it whom to send a BYE.
 */
function acknowledgeWhenStored(life: CallLife, tag: string): void {
  life.owedAck = () => {
    life.owedAck = undefined;
    acknowledge(life, tag);
  };
  trace(life, () => life.owedAck?.());
}

function pickUp(life: CallLife, response: IncomingResponse, tag: string): void {
  const { clock, log, identity, maxDurationMs, events } = life.options;
  life.stage = "talking";
  life.confirmed = tag;
  life.stopTimer();
  note(life, { answeredAt: nowMs(life), ...codeOf(response) });
  acknowledgeWhenStored(life, tag);
  const refused = life.media.answered(response);
  if (refused !== undefined) {
    log.warn("sip.media_refused", { callId: identity.callId, reason: refused });
    return leave(life, silentVerdicts.mediaRefused, "us");
  }
  life.session.begin(response, tag);
  life.stopTimer = clock.after(maxDurationMs, () => leave(life, talkedVerdict("max_duration"), "us"));
  // Last, because whoever hears of it may hang up at once.
  events.answered(clock.now());
}

/** A final response of 300 or more that no other INVITE answers. */
export function hearRefused(life: CallLife, response: IncomingResponse): void {
  const { cause, text } = parseReason(listOf(response, "Reason"));
  const verdict = refusalVerdict({
    status: response.status,
    text: `${response.reason} ${text} ${headerOf(response, "Warning") ?? ""}`,
    cause,
    rang: life.timeline.ringingAt !== undefined,
    retryAfter: headerOf(response, "Retry-After") !== undefined,
    providerCode: headerOf(response, "X-Twilio-Error"),
  });
  note(life, { ...codeOf(response), q850Cause: cause, stoppedAt: life.timeline.stoppedAt ?? nowMs(life) });
  // A refusal that crossed our CANCEL says more than that we gave up.
  if (life.stage !== "cancelling" || response.status !== 487) note(life, { verdict, hungUpBy: "them" });
  finish(life, verdict);
}

/** No final response came, or none will. */
export function hearNothing(life: CallLife, kind: "timeout" | "unreachable" | "cancel"): void {
  // Given up before anything was heard, it is still the trunk that did not answer.
  if (kind !== "cancel" && !life.heard) note(life, { verdict: silentVerdicts.unreachable, hungUpBy: undefined });
  finish(life, silentVerdicts.trunkSilent);
}

/** The far end hung up; a BYE on another leg than the call's means nothing to it. */
export function hearBye(life: CallLife, request: IncomingRequest): void {
  const tag = request.from.parameters.get("tag") ?? "";
  if (tag !== life.confirmed || (life.stage !== "talking" && life.stage !== "leaving")) return;
  const { cause } = parseReason(listOf(request, "Reason"));
  if (life.stage === "talking")
    note(life, { verdict: talkedVerdict("normal_clearing"), hungUpBy: "them", stoppedAt: nowMs(life), q850Cause: cause });
  finish(life, talkedVerdict("normal_clearing"));
}
