// Requests that we send inside a call's dialogs (PRACK, BYE, UPDATE, re-INVITE), each with its transaction, and with
// credentials when it is challenged. invite-call.ts holds one of these.

import type { Clock } from "../../runtime/clock.ts";
import { type CallFacts, dialogRequest } from "../call/call-requests.ts";
import type { Destination } from "../call/call-trace.ts";
import { type ClientTransaction, startTransaction } from "../transaction/client-transaction.ts";
import { type Dialog, nextRequest, routing } from "./dialog.ts";
import { type Header, headerOf, type IncomingResponse, serialise } from "../message/message.ts";
import { nextHop } from "../transport/next-hop.ts";
import type { SipTimers } from "../transaction/timers.ts";
import { createRequestCredentials, type RequestCredentials, type TrunkAccount } from "../trunk/trunk-account.ts";
import type { TrunkOptions } from "../trunk/trunk-options.ts";
import type { Wire } from "../transport/wire.ts";

export interface DialogRequestsOptions {
  clock: Pick<Clock, "after">;
  wire: Wire;
  timers: SipTimers;
  account: TrunkAccount;
  contact: TrunkOptions["contact"];
  facts: () => CallFacts;
  /** Where the trunk answers from. */
  source: () => Destination;
  newBranch: () => string;
  /** Dialogs live with the call, by remote tag. */
  dialogs: Map<string, Dialog>;
}

export interface RequestOrder {
  method: string;
  remoteTag: string;
  headers?: readonly Header[];
  sdp?: string;
  /** The final response; undefined when none came. */
  done: (response: IncomingResponse | undefined) => void;
}

export interface DialogRequests {
  send(order: RequestOrder): void;
  /** An ACK for a 2xx: no transaction. Returns what left, for repeats. */
  acknowledge(remoteTag: string, cseq: number, credentials: readonly Header[]): { bytes: Uint8Array; to: Destination } | undefined;
  /** Whether the response was one of ours. */
  receive(response: IncomingResponse): boolean;
  stop(): void;
}

/** One for each call. Timers run until `stop`. */
export function createDialogRequests(options: DialogRequestsOptions): DialogRequests {
  const { clock, wire, timers, dialogs } = options;
  const open = new Map<string, { branch: string; transaction: ClientTransaction }>();
  const hopOf = (dialog: Dialog) => nextHop(routing(dialog).nextHop, options.source(), options.contact);

  const send = (order: RequestOrder, known?: RequestCredentials): void => {
    const dialog = dialogs.get(order.remoteTag);
    if (dialog === undefined) return order.done(undefined);
    const next = nextRequest(dialog);
    dialogs.set(order.remoteTag, next.dialog);
    const credentials = known ?? createRequestCredentials(options.account, order.method, routing(dialog).uri);
    const branch = options.newBranch();
    const headers = [...credentials.headers(), ...(order.headers ?? [])];
    const bytes = serialise(dialogRequest(options.facts(), dialog, { ...order, headers, cseq: next.cseq, branch }));
    const to = hopOf(dialog);
    const key = `${next.cseq} ${order.method}`;
    const invite = order.method === "INVITE";
    let isDone = false;
    const done: RequestOrder["done"] = (response) => {
      if (isDone) return;
      isDone = true;
      order.done(response);
    };
    const transaction = startTransaction({
      clock,
      timers: { ...timers, reliable: to.protocol !== "udp" },
      invite,
      send: () => wire.send(bytes, to),
      acknowledge: (response) => void wire.send(ackOfRefusal(options, dialog, { cseq: next.cseq, branch }, response), to),
      onResponse(response) {
        if (response.status < 200) return;
        if (invite && response.status < 300) acknowledge(order.remoteTag, next.cseq, credentials.headers());
        if ((response.status === 401 || response.status === 407) && credentials.take(response)) return send(order, credentials);
        done(response);
      },
      onFailure: () => done(undefined),
    });
    open.set(key, { branch, transaction });
  };

  const acknowledge: DialogRequests["acknowledge"] = (remoteTag, cseq, credentials) => {
    const dialog = dialogs.get(remoteTag);
    if (dialog === undefined) return undefined;
    const bytes = serialise(
      dialogRequest(options.facts(), dialog, { method: "ACK", cseq, branch: options.newBranch(), headers: credentials }),
    );
    const to = hopOf(dialog);
    wire.send(bytes, to);
    return { bytes, to };
  };

  return {
    send: (order) => send(order),
    acknowledge,
    receive(response) {
      const request = open.get(`${response.cseq.number} ${response.cseq.method}`);
      if (request === undefined || response.via.parameters.get("branch") !== request.branch) return false;
      request.transaction.receive(response);
      return true;
    },
    stop() {
      for (const { transaction } of open.values()) transaction.stop();
      open.clear();
    },
  };
}

/** Within the refused request's own transaction: the same branch, the To of the answer. */
function ackOfRefusal(
  { facts }: DialogRequestsOptions,
  dialog: Dialog,
  parts: { cseq: number; branch: string },
  response: IncomingResponse,
): Uint8Array {
  const to = headerOf(response, "To") ?? dialog.to;
  return serialise(dialogRequest(facts(), { ...dialog, to }, { method: "ACK", ...parts }));
}
