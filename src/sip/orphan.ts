// Ends a call that an earlier process left open: CANCEL while it may ring, BYE once it was answered, and the acknowledgement
// of whatever answer still comes. Its identifiers are derived from the call's id; its trace tells the rest.

import type { Clock } from "../runtime/clock.ts";
import { ackOfRefusal, cancelRequest } from "./call-requests.ts";
import type { CallTrace } from "./call-trace.ts";
import { type ClientTransaction, startTransaction } from "./client-transaction.ts";
import { confirmDialog, type Dialog, openDialog } from "./dialog.ts";
import { createDialogRequests } from "./dialog-requests.ts";
import { createDialogServer } from "./dialog-server.ts";
import type { CallIdentity } from "./identity.ts";
import { type IncomingMessage, type IncomingResponse, serialise } from "./message.ts";
import type { Router } from "./router.ts";
import { patienceMs, type SipTimers } from "./timers.ts";
import type { TrunkAccount } from "./trunk-account.ts";
import type { TrunkOptions } from "./trunk-options.ts";
import type { Wire } from "./wire.ts";

export interface OrphanOptions {
  clock: Clock;
  wire: Wire;
  timers: SipTimers;
  router: Pick<Router, "add" | "removeAfter">;
  account: TrunkAccount;
  contact: TrunkOptions["contact"];
  identity: CallIdentity;
  trace: CallTrace;
  /** The INVITEs that may be open; the trace's, or the first ones when nothing was stored. */
  invites: readonly number[];
  /** A leg that answered after the call was over: it alone is to be ended, nothing is to be cancelled. */
  answered?: IncomingMessage;
}

/** How long the end of the INVITE is waited for after its CANCEL was taken. */
const REFUSAL_PATIENCE_MS = 2_000;
/** The far end has been told by then, or cannot be; repeats go on behind. */
const LONGEST_MS = 4_500;
/** Requests that the dead process may have sent after its last trace. */
const CSEQ_GAP = 1_000;

/** Resolves when the far end was told, or cannot be. */
export function endOrphan(options: OrphanOptions): Promise<void> {
  const { clock, wire, timers, identity, trace, router } = options;
  const { facts, destination } = trace;
  const dialogs = new Map<string, Dialog>(trace.dialogs.map((dialog) => [dialog.remoteTag, { ...dialog, localCSeq: dialog.localCSeq + CSEQ_GAP }]));
  const cancels: ClientTransaction[] = [];
  let branches = 0;

  return new Promise((resolve) => {
    let isDone = false;
    const done = (): void => {
      if (isDone) return;
      isDone = true;
      router.removeAfter(facts.callId, patienceMs(timers));
      resolve();
    };
    const requests = createDialogRequests({
      ...{ clock, wire, timers, account: options.account, contact: options.contact, dialogs },
      facts: () => facts,
      source: () => destination,
      newBranch: () => `${identity.branch(0)}o${(branches += 1)}`,
    });
    const server = createDialogServer({
      ...{ clock, wire, timers, dialogs },
      facts: () => facts,
      events: { bye: done, renegotiate: () => ({ status: 488 }), answered: () => undefined, refreshed: () => undefined, lost: () => undefined },
    });
    const bye = (remoteTag: string): void => requests.send({ method: "BYE", remoteTag, done });

    const onInviteAnswer = (response: IncomingResponse): void => {
      const { cseq } = response;
      if (response.status < 200) return;
      if (response.status >= 300) {
        wire.send(serialise(ackOfRefusal(facts, { cseq: cseq.number, branch: response.via.parameters.get("branch") ?? "" }, response)), destination);
        return done();
      }
      // Answered while nobody was here: it is acknowledged, so that it stops, and ended.
      const tag = response.to.parameters.get("tag") ?? "";
      const early = dialogs.get(tag);
      const dialog = early === undefined ? openDialog(response, { localTag: identity.fromTag, from: facts.from, requestUri: facts.requestUri, inviteCSeq: cseq.number }) : confirmDialog(early, response);
      if (dialog !== undefined) dialogs.set(tag, dialog);
      requests.acknowledge(tag, cseq.number, []);
      if (early === undefined || !early.confirmed) bye(tag);
    };

    router.add(facts.callId, {
      receive(message, from) {
        if (message.kind === "request") return server.receive(message, from);
        if (requests.receive(message)) return;
        if (message.cseq.method === "CANCEL") return cancels[options.invites.indexOf(message.cseq.number)]?.receive(message);
        if (message.cseq.method === "INVITE" && options.invites.includes(message.cseq.number)) onInviteAnswer(message);
      },
      mayHear: () => false,
      stop() {
        requests.stop();
        server.stop();
        for (const cancel of cancels) cancel.stop();
      },
    });
    clock.after(LONGEST_MS, done);

    if (options.answered?.kind === "response") return onInviteAnswer(options.answered);
    const answered = [...dialogs.values()].filter(({ confirmed }) => confirmed);
    for (const { remoteTag } of answered) {
      // The ACK may not have left before the crash, and without it the peer goes on answering.
      requests.acknowledge(remoteTag, trace.cseq, []);
      bye(remoteTag);
    }
    if (answered.length > 0) return;

    let unsettled = options.invites.length;
    /** The INVITE is over there, but how? If it was answered, only a BYE ends it; else that meets a 481. */
    const byeEarly = (): void => {
      unsettled -= 1;
      if (isDone || unsettled > 0) return;
      for (const { remoteTag } of dialogs.values()) bye(remoteTag);
      if (dialogs.size === 0) done();
    };
    for (const invite of options.invites) {
      const bytes = serialise(cancelRequest(facts, { cseq: invite, branch: identity.branch(invite) }));
      cancels.push(startTransaction({
        clock,
        timers: { ...timers, reliable: destination.protocol !== "udp" },
        invite: false,
        send: () => wire.send(bytes, destination),
        onResponse(response) {
          if (response.status >= 300) byeEarly();
          else if (response.status >= 200) clock.after(REFUSAL_PATIENCE_MS, byeEarly);
        },
        onFailure: byeEarly,
      }));
    }
  });
}
