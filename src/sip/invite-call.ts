// The life of one outbound call: from the INVITE over ringing and talking to the end, with every way in which the two ends
// may cross. Decides; what it decides about stands in the pure files beside it. sip-dialer.ts starts one for each order.

import type { HungUpBy } from "../calls/call.ts";
import type { Analysis } from "../calls/disposition.ts";
import type { DialResult } from "../calls/ending.ts";
import type { Cancel, Clock, EpochMs } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { callMedia } from "./call-media.ts";
import { callFacts } from "./call-requests.ts";
import { emptyTimeline, resultOf, type Timeline } from "./call-timeline.ts";
import { type Destination, writeTrace } from "./call-trace.ts";
import { confirmDialog, type Dialog, openDialog } from "./dialog.ts";
import { createDialogRequests } from "./dialog-requests.ts";
import { createDialogServer } from "./dialog-server.ts";
import { parseReason } from "./header-values.ts";
import type { CallIdentity } from "./identity.ts";
import { startInviteLeg } from "./invite-leg.ts";
import type { MediaSession } from "./media-port.ts";
import { headerOf, type IncomingMessage, type IncomingRequest, type IncomingResponse, listOf } from "./message.ts";
import type { Remains } from "./remnant.ts";
import { noteProvisional, type ReliableState } from "./reliable-provisional.ts";
import { keepSession } from "./session-keeper.ts";
import { botVerdict, refusalVerdict, silentVerdicts, talkedVerdict, type Verdict } from "./status.ts";
import type { SipTimers } from "./timers.ts";
import type { TrunkAccount } from "./trunk-account.ts";
import type { TrunkOptions } from "./trunk-options.ts";
import { parseUri } from "./uri.ts";
import type { Wire } from "./wire.ts";

export interface InviteCallOptions {
  clock: Clock;
  wire: Wire;
  timers: SipTimers;
  log: Log;
  account: TrunkAccount;
  trunk: TrunkOptions;
  identity: CallIdentity;
  numbers: { from: string; to: string };
  destinations: readonly Destination[];
  media: MediaSession;
  ringTimeoutMs: number;
  maxDurationMs: number;
  events: InviteCallEvents;
}

export interface InviteCallEvents {
  ringing(at: EpochMs): void;
  answered(at: EpochMs): void;
  trace(state: string): void;
  /** Exactly once, and never while the call is being started. */
  ended(result: DialResult, verdict: Verdict): void;
  faulty(destination: Destination): void;
}

export interface InviteCall {
  hangUp(reason: string): void;
  botEnded(end: { reason: string; analysis?: Analysis }): void;
  noRtp(): void;
  receive(message: IncomingMessage, from: Destination): void;
  /** Whether the peer of the conversation may speak from this address, besides the trunk: its Contact is there. */
  mayHear(address: string): boolean;
  /** What must be remembered of a call that is over; undefined while something of it is still under way. */
  remains(): Remains | undefined;
  /** Forgets the call at once, whatever may still come; one that is not over ends with it. */
  stop(): void;
}

/** - `inviting` until answered, `cancelling` once given up, `talking`, `leaving` once our BYE is out, `over`. */
type Stage = "inviting" | "cancelling" | "talking" | "leaving" | "over";

/** An ACK is repeated no more often than this: a peer that answers each with another 200 would never stop. */
const ACK_PAUSE_MS = 250;
/** How long the end waits for the answer to our BYE; the BYE itself is repeated longer. */
const BYE_PATIENCE_MS = 2_000;
/** Forks beyond this are ended by their own proxy. */
const MOST_DIALOGS = 16;

/** The INVITE leaves before this returns; no event comes from within. */
export function startInviteCall(options: InviteCallOptions): InviteCall {
  const { clock, wire, timers, trunk, identity, events } = options;
  const dialogs = new Map<string, Dialog>();
  const acks = new Map<string, { bytes: Uint8Array; to: Destination; at: number }>();
  let stage: Stage = "inviting";
  let timeline: Timeline = emptyTimeline;
  let reliable: ReliableState = new Map();
  let confirmed: string | undefined;
  let branches = 0;
  let heard = false;
  let openByes = 0;
  let stopTimer: Cancel = () => undefined;

  const media = callMedia({ session: options.media, trunk, sessionId: Number.parseInt(identity.callId.slice(0, 12), 16), source: () => leg.current().destination });
  const requests = createDialogRequests({
    ...{ clock, wire, timers, account: options.account, contact: trunk.contact, dialogs },
    facts: () => leg.current().facts,
    source: () => leg.current().destination,
    newBranch: () => `${identity.branch(0)}d${(branches += 1)}`,
  });
  const note = (facts: Partial<Timeline>): void => void (timeline = { ...timeline, ...facts });
  const trace = (): void => {
    const { facts, destination, cseq, invite } = leg.current();
    const known = confirmed === undefined ? [...dialogs.values()] : [...dialogs.values()].filter((dialog) => dialog.remoteTag === confirmed);
    events.trace(writeTrace({ facts, destination, cseq, invite, dialogs: known }));
  };

  const finish = (fallback: Verdict): void => {
    if (stage === "over") return;
    stage = "over";
    stopTimer();
    session.stop();
    media.close();
    const verdict = timeline.verdict ?? fallback;
    events.ended(resultOf(timeline, verdict, clock.monotonicMs()), verdict);
  };

  /** Gives up a call that nobody has answered yet. */
  const giveUp = (verdict: Verdict, hungUpBy: HungUpBy): void => {
    if (stage !== "inviting") return;
    stage = "cancelling";
    stopTimer();
    note({ verdict, hungUpBy, stoppedAt: clock.monotonicMs() });
    leg.cancel();
  };

  /** Ends a conversation from our side. */
  const leave = (verdict: Verdict, hungUpBy: HungUpBy, analysis?: Analysis): void => {
    if (stage !== "talking") return;
    stage = "leaving";
    stopTimer();
    session.stop();
    note({ verdict, hungUpBy, stoppedAt: clock.monotonicMs(), analysis });
    media.close();
    sendBye(confirmed ?? "", () => finish(verdict));
    stopTimer = clock.after(BYE_PATIENCE_MS, () => finish(verdict));
  };
  const sendBye = (remoteTag: string, done: () => void): void => {
    openByes += 1;
    requests.send({ method: "BYE", remoteTag, done: () => {
      openByes -= 1;
      done();
    } });
  };

  const session = keepSession({ clock, requests, sdp: () => media.description(), asked: trunk.sessionSeconds, expired: () => leave(talkedVerdict("session_expired"), "us") });

  const onProvisional = (response: IncomingResponse): void => {
    heard = true;
    const step = noteProvisional(reliable, response);
    if (step.ignore || stage === "over") return;
    reliable = step.state;
    const dialog = openDialog(response, { ...leg.current(), ...leg.current().facts, localTag: identity.fromTag, inviteCSeq: leg.current().cseq });
    if (dialog !== undefined && !dialogs.has(dialog.remoteTag) && dialogs.size < MOST_DIALOGS) {
      dialogs.set(dialog.remoteTag, dialog);
      trace();
    }
    if (step.rack !== undefined && dialog !== undefined) requests.send({ method: "PRACK", remoteTag: dialog.remoteTag, headers: [["RAck", step.rack]], done: () => undefined });
    if (stage !== "inviting") return;
    media.early(response);
    if (response.status >= 180 && response.status < 190 && timeline.ringingAt === undefined) {
      note({ ringingAt: clock.monotonicMs() });
      events.ringing(clock.now());
    }
  };

  const onAccepted = (response: IncomingResponse): void => {
    const tag = response.to.parameters.get("tag") ?? "";
    const last = acks.get(tag);
    if (last !== undefined) {
      if (clock.monotonicMs() - last.at < ACK_PAUSE_MS) return;
      last.at = clock.monotonicMs();
      return void wire.send(last.bytes, last.to);
    }
    const { facts, cseq, credentials } = leg.current();
    const early = dialogs.get(tag);
    const dialog = early === undefined ? openDialog(response, { localTag: identity.fromTag, from: facts.from, requestUri: facts.requestUri, inviteCSeq: cseq }) : confirmDialog(early, response);
    if (dialog === undefined) return;
    dialogs.set(tag, dialog);
    const sent = requests.acknowledge(tag, cseq, credentials);
    if (sent !== undefined) acks.set(tag, { ...sent, at: clock.monotonicMs() });
    if (stage === "inviting") return pickUp(response, tag);
    // A second leg of a fork, or an answer that crossed our CANCEL: acknowledged, and ended at once (§13.2.2.4, §15).
    if (stage !== "cancelling") return sendBye(tag, () => undefined);
    stage = "leaving";
    confirmed = tag;
    note({ sipCode: 200 });
    stopTimer();
    stopTimer = clock.after(BYE_PATIENCE_MS, () => finish(silentVerdicts.ringTimeout));
    sendBye(tag, () => finish(silentVerdicts.ringTimeout));
  };

  const pickUp = (response: IncomingResponse, tag: string): void => {
    stage = "talking";
    confirmed = tag;
    stopTimer();
    note({ answeredAt: clock.monotonicMs(), sipCode: response.status });
    trace();
    const refused = media.answered(response);
    if (refused !== undefined) {
      options.log.warn("sip.media_refused", { callId: identity.callId, reason: refused });
      return leave(silentVerdicts.mediaRefused, "us");
    }
    session.begin(response, tag);
    stopTimer = clock.after(options.maxDurationMs, () => leave(talkedVerdict("max_duration"), "us"));
    // Last, because whoever hears of it may hang up at once.
    events.answered(clock.now());
  };

  const onRefused = (response: IncomingResponse): void => {
    const { cause, text } = parseReason(listOf(response, "Reason"));
    const words = `${response.reason} ${text} ${headerOf(response, "Warning") ?? ""}`;
    const verdict = refusalVerdict({ status: response.status, text: words, cause, rang: timeline.ringingAt !== undefined, retryAfter: headerOf(response, "Retry-After") !== undefined, providerCode: headerOf(response, "X-Twilio-Error") });
    note({ sipCode: response.status, q850Cause: cause, stoppedAt: timeline.stoppedAt ?? clock.monotonicMs() });
    // A refusal that crossed our CANCEL says more than that we gave up.
    if (stage !== "cancelling" || response.status !== 487) note({ verdict, hungUpBy: "them" });
    finish(verdict);
  };

  const onSilent = (kind: "timeout" | "unreachable" | "cancel"): void => {
    // Given up before anything was heard, it is still the trunk that did not answer.
    if (kind !== "cancel" && !heard) note({ verdict: silentVerdicts.unreachable, hungUpBy: undefined });
    finish(silentVerdicts.trunkSilent);
  };

  const onBye = (request: IncomingRequest): void => {
    const tag = request.from.parameters.get("tag") ?? "";
    if (tag !== confirmed || (stage !== "talking" && stage !== "leaving")) return;
    const { cause } = parseReason(listOf(request, "Reason"));
    if (stage === "talking") note({ verdict: talkedVerdict("normal_clearing"), hungUpBy: "them", stoppedAt: clock.monotonicMs(), q850Cause: cause });
    finish(talkedVerdict("normal_clearing"));
  };

  const server = createDialogServer({
    ...{ clock, wire, timers, dialogs },
    facts: () => leg.current().facts,
    events: {
      bye: onBye,
      renegotiate: (sdp) => (stage === "talking" ? media.renegotiate(sdp) : { status: 488 }),
      answered: (sdp) => media.lateAnswer(sdp),
      refreshed: (settled) => session.refreshed(settled),
      lost: () => leave(talkedVerdict("peer_lost"), "us"),
    },
  });

  const leg = startInviteLeg({
    ...{ clock, wire, timers, account: options.account, destinations: options.destinations },
    factsFor: (destination) => callFacts(identity, options.numbers, trunk, wire.own(destination) ?? { address: "0.0.0.0", port: 5_060 }),
    branch: identity.branch,
    sdpFor: (destination) => media.offer(wire.own(destination)?.address ?? "0.0.0.0"),
    sessionSeconds: trunk.sessionSeconds,
    reliableProvisional: trunk.reliableProvisional,
    headers: trunk.headers,
    events: {
      sent: () => clock.soon(() => stage !== "over" && trace()),
      provisional: onProvisional,
      accepted: onAccepted,
      refused: onRefused,
      silent: onSilent,
      faulty: events.faulty,
    },
  });
  stopTimer = clock.after(options.ringTimeoutMs, () => giveUp(silentVerdicts.ringTimeout, "us"));

  return {
    hangUp(reason) {
      giveUp({ ...silentVerdicts.ringTimeout, reason }, "us");
      leave(talkedVerdict(reason), "us");
    },
    botEnded({ reason, analysis }) {
      giveUp({ ...silentVerdicts.ringTimeout, reason }, "bot");
      leave(botVerdict(reason), "bot", analysis);
    },
    noRtp: () => leave(silentVerdicts.noMedia, "us"),
    receive(message, from) {
      if (message.kind === "request") return server.receive(message, from);
      if (!requests.receive(message)) leg.receive(message);
    },
    mayHear(address) {
      const dialog = confirmed === undefined ? undefined : dialogs.get(confirmed);
      return dialog !== undefined && parseUri(dialog.target)?.host === address;
    },
    remains() {
      const { facts, destination, cseq, invite } = leg.current();
      if (stage !== "over" || openByes > 0) return undefined;
      return { facts, destination, cseq, branch: identity.branch(invite), acks: [...acks].map(([tag, { bytes, to }]) => ({ tag, bytes, to })) };
    },
    stop() {
      leg.abandon();
      finish(silentVerdicts.trunkSilent);
      leg.stop();
      requests.stop();
      server.stop();
    },
  };
}
