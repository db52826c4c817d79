// Ends a call that an earlier process left open: CANCEL while it may ring, BYE once it was answered, and the acknowledgement
// of whatever answer still comes. Its identifiers are derived from the call's id; its trace tells the rest.

import type { Clock } from "../../runtime/clock.ts";
import { ackOfRefusal, cancelRequest } from "./call-requests.ts";
import type { CallTrace } from "./call-trace.ts";
import { type ClientTransaction, startTransaction } from "../transaction/client-transaction.ts";
import { confirmDialog, type Dialog, openDialog } from "../dialog/dialog.ts";
import { createDialogRequests, type DialogRequests } from "../dialog/dialog-requests.ts";
import { createDialogServer, type DialogServer } from "../dialog/dialog-server.ts";
import type { CallIdentity } from "./identity.ts";
import { type IncomingMessage, type IncomingResponse, serialise } from "../message/message.ts";
import type { Router } from "../transport/router.ts";
import { patienceMs, type SipTimers } from "../transaction/timers.ts";
import type { TrunkAccount } from "../trunk/trunk-account.ts";
import type { TrunkOptions } from "../trunk/trunk-options.ts";
import type { Wire } from "../transport/wire.ts";

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

interface Ending {
  options: OrphanOptions;
  dialogs: Map<string, Dialog>;
  requests: DialogRequests;
  server: DialogServer;
  cancels: ClientTransaction[];
  /** CANCELs whose outcome is open. */
  unsettled: number;
  isDone: boolean;
  resolve: () => void;
}

/** Resolves when the far end was told, or cannot be. */
export function endOrphan(options: OrphanOptions): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const ending = prepare(options, resolve);
  const { requests, server, cancels, dialogs } = ending;
  options.router.add(options.trace.facts.callId, {
    receive(message, from) {
      if (message.kind === "request") return server.receive(message, from);
      if (requests.receive(message)) return;
      if (message.cseq.method === "CANCEL") return cancels[options.invites.indexOf(message.cseq.number)]?.receive(message);
      if (message.cseq.method === "INVITE" && options.invites.includes(message.cseq.number)) hearInvite(ending, message);
    },
    mayHear: (address) => address === options.trace.destination.address,
    stop() {
      requests.stop();
      server.stop();
      for (const cancel of cancels) cancel.stop();
    },
  });
  options.clock.after(LONGEST_MS, () => done(ending));
  const answered = [...dialogs.values()].filter(({ confirmed }) => confirmed);
  if (options.answered?.kind === "response") hearInvite(ending, options.answered);
  else if (answered.length > 0) {
    for (const { remoteTag } of answered) {
      // The ACK may not have left before the crash, and without it the peer goes on answering.
      requests.acknowledge(remoteTag, options.trace.cseq, []);
      bye(ending, remoteTag);
    }
  } else for (const invite of options.invites) cancel(ending, invite);
  return promise;
}

function prepare(options: OrphanOptions, resolve: () => void): Ending {
  const { clock, wire, timers, identity, trace, account, contact } = options;
  const dialogs = new Map<string, Dialog>(
    trace.dialogs.map((dialog) => [dialog.remoteTag, { ...dialog, localCSeq: dialog.localCSeq + CSEQ_GAP }]),
  );
  let branches = 0;
  const requests = createDialogRequests({
    ...{ clock, wire, timers, account, contact, dialogs },
    facts: () => trace.facts,
    source: () => trace.destination,
    newBranch: () => `${identity.branch(0)}o${(branches += 1)}`,
  });
  const server = createDialogServer({
    ...{ clock, wire, timers, dialogs },
    facts: () => trace.facts,
    events: {
      bye: () => done(ending),
      renegotiate: () => ({ status: 488 }),
      pressed: () => undefined,
      answered: () => undefined,
      refreshed: () => undefined,
      lost: () => undefined,
    },
  });
  const ending: Ending = { options, dialogs, requests, server, cancels: [], unsettled: options.invites.length, isDone: false, resolve };
  return ending;
}

function done(ending: Ending): void {
  if (ending.isDone) return;
  ending.isDone = true;
  const { router, trace, timers } = ending.options;
  router.removeAfter(trace.facts.callId, patienceMs(timers));
  ending.resolve();
}

function bye(ending: Ending, remoteTag: string): void {
  ending.requests.send({ method: "BYE", remoteTag, done: () => done(ending) });
}

/** A final answer to an INVITE of the dead process. */
function hearInvite(ending: Ending, response: IncomingResponse): void {
  const { wire, identity, trace } = ending.options;
  const { facts, destination } = trace;
  const { cseq } = response;
  if (response.status < 200) return;
  if (response.status >= 300) {
    wire.send(
      serialise(ackOfRefusal(facts, { cseq: cseq.number, branch: response.via.parameters.get("branch") ?? "" }, response)),
      destination,
    );
    return done(ending);
  }
  // Answered while nobody was here: it is acknowledged, so that it stops, and ended.
  const tag = response.to.parameters.get("tag") ?? "";
  const early = ending.dialogs.get(tag);
  const dialog =
    early === undefined
      ? openDialog(response, { localTag: identity.fromTag, from: facts.from, requestUri: facts.requestUri, inviteCSeq: cseq.number })
      : confirmDialog(early, response);
  if (dialog !== undefined) ending.dialogs.set(tag, dialog);
  ending.requests.acknowledge(tag, cseq.number, []);
  if (early === undefined || !early.confirmed) bye(ending, tag);
}

function cancel(ending: Ending, invite: number): void {
  const { clock, wire, timers, identity, trace } = ending.options;
  const bytes = serialise(cancelRequest(trace.facts, { cseq: invite, branch: identity.branch(invite) }));
  ending.cancels.push(
    startTransaction({
      clock,
      timers: { ...timers, reliable: trace.destination.protocol !== "udp" },
      invite: false,
      send: () => wire.send(bytes, trace.destination),
      onResponse(response) {
        if (response.status >= 300) byeEarly(ending);
        else if (response.status >= 200) clock.after(REFUSAL_PATIENCE_MS, () => byeEarly(ending));
      },
      onFailure: () => byeEarly(ending),
    }),
  );
}

/** The INVITE is over there, but how? If it was answered, only a BYE ends it; else that meets a 481. */
function byeEarly(ending: Ending): void {
  ending.unsettled -= 1;
  if (ending.isDone || ending.unsettled > 0) return;
  for (const { remoteTag } of ending.dialogs.values()) bye(ending, remoteTag);
  if (ending.dialogs.size === 0) done(ending);
}
