// One request outside of any call (REGISTER, OPTIONS) and its final answer, credentials included.

import type { Clock } from "../../runtime/clock.ts";
import { USER_AGENT } from "../call/call-requests.ts";
import type { Destination } from "../call/call-trace.ts";
import { startTransaction, type ClientTransaction } from "./client-transaction.ts";
import { type Header, type IncomingResponse, serialise } from "../message/message.ts";
import type { Router } from "../transport/router.ts";
import { patienceMs, type SipTimers } from "./timers.ts";
import { createRequestCredentials, type TrunkAccount } from "../trunk/trunk-account.ts";
import { hostText } from "../message/uri.ts";
import type { Wire } from "../transport/wire.ts";

export interface ExchangePorts {
  clock: Clock;
  wire: Wire;
  timers: SipTimers;
  router: Pick<Router, "add" | "removeAfter">;
  /** Hexadecimal, unguessable. */
  newId: () => string;
}

export interface ExchangeOrder {
  method: "REGISTER" | "OPTIONS";
  uri: string;
  /** From and To alike, without tags. */
  identity: string;
  destination: Destination;
  account: TrunkAccount;
  /** Of a series, such as a registration's refreshes; else one is drawn. */
  series?: { callId: string; nextCSeq: () => number };
  headers: (contact: { address: string; port: number }) => readonly Header[];
  /** The final response; undefined when none came in time or it could not be sent. */
  done: (response: IncomingResponse | undefined) => void;
}

/** Sends at once; `done` runs exactly once, never from within. */
export function exchange(ports: ExchangePorts, order: ExchangeOrder): void {
  const { clock, wire, timers, router, newId } = ports;
  const { destination } = order;
  const callId = order.series?.callId ?? newId();
  const tag = newId().slice(0, 16);
  const credentials = createRequestCredentials(order.account, order.method, order.uri);
  const open = new Map<string, ClientTransaction>();
  let ownCSeq = 0;

  const finish = (response: IncomingResponse | undefined): void => {
    router.removeAfter(callId, patienceMs(timers));
    order.done(response);
  };
  const send = (): void => {
    const own = wire.own(destination) ?? { address: "0.0.0.0", port: 5_060 };
    const cseq = order.series?.nextCSeq() ?? (ownCSeq += 1);
    const branch = `z9hG4bK${newId().slice(0, 16)}`;
    const headers: Header[] = [
      ["Via", `SIP/2.0/${destination.protocol.toUpperCase()} ${hostText(own.address)}:${own.port};rport;branch=${branch}`],
      ["Max-Forwards", "70"],
      ["From", `<${order.identity}>;tag=${tag}`],
      ["To", `<${order.identity}>`],
      ["Call-ID", callId],
      ["CSeq", `${cseq} ${order.method}`],
      ...credentials.headers(),
      ...order.headers(own),
      ["User-Agent", USER_AGENT],
    ];
    const bytes = serialise({ method: order.method, uri: order.uri, headers });
    open.set(
      branch,
      startTransaction({
        clock,
        timers: { ...timers, reliable: destination.protocol !== "udp" },
        invite: false,
        send: () => wire.send(bytes, destination),
        onResponse(response) {
          if (response.status < 200) return;
          const challenged = response.status === 401 || response.status === 407;
          if (challenged && credentials.take(response)) return send();
          finish(response);
        },
        onFailure: () => finish(undefined),
      }),
    );
  };
  router.add(callId, {
    receive: (message) => message.kind === "response" && open.get(message.via.parameters.get("branch") ?? "")?.receive(message),
    mayHear: (address) => address === destination.address,
    stop: () => open.forEach((transaction) => transaction.stop()),
  });
  send();
}
