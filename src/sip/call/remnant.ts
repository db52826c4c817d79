// What stays of a call for half a minute after its end: enough to acknowledge repeated answers, to end a late leg of a fork,
// and to confirm a repeated BYE. A fraction of the call's memory; sip-dialer.ts swaps one in when nothing is under way.

import { answer } from "../transaction/answers.ts";
import { ackOfRefusal, type CallFacts } from "./call-requests.ts";
import type { CallTrace, Destination } from "./call-trace.ts";
import { type IncomingMessage, serialise } from "../message/message.ts";
import type { Handler } from "../transport/router.ts";
import type { Wire } from "../transport/wire.ts";

export interface Remains {
  facts: CallFacts;
  destination: Destination;
  cseq: number;
  /** Of the last INVITE; answers of others are not ours to act upon. */
  branch: string;
  /** The ACKs that were sent, by remote tag. */
  acks: readonly { tag: string; bytes: Uint8Array; to: Destination }[];
}

/** `endLate` ends a leg that answered after the call was over. */
export function createRemnant(remains: Remains, wire: Wire, endLate: (trace: CallTrace, answered: IncomingMessage) => void): Handler {
  const { facts, destination, cseq, branch } = remains;
  return {
    receive(message, from) {
      if (message.kind === "request") {
        if (message.method !== "ACK") wire.send(serialise(answer(message, message.method === "BYE" ? 200 : 481, from)), from);
        return;
      }
      const ofInvite = message.cseq.method === "INVITE" && message.cseq.number === cseq && message.via.parameters.get("branch") === branch;
      if (!ofInvite || message.status < 200) return;
      if (message.status >= 300) return void wire.send(serialise(ackOfRefusal(facts, { cseq, branch }, message)), destination);
      const sent = remains.acks.find(({ tag }) => tag === (message.to.parameters.get("tag") ?? ""));
      if (sent !== undefined) return void wire.send(sent.bytes, sent.to);
      endLate({ facts, destination, cseq, invite: cseq, dialogs: [] }, message);
    },
    mayHear: (address) => address === destination.address,
    stop: () => undefined,
  };
}
