// SIP over UDP: one socket a family for all trunks, with a receive buffer that takes a burst of answers.

import { createSocket, type Socket } from "node:dgram";
import type { Destination } from "../call/call-trace.ts";
import { inTurns } from "./in-turns.ts";
import type { Receive } from "./transport.ts";

export interface UdpTransport {
  port: number;
  send(bytes: Uint8Array, to: Destination): boolean;
  close(): Promise<void>;
}

/** The default of 208 KiB holds some 100 messages; with 200 calls started at once, answers were lost. */
const RECEIVE_BUFFER = 4 * 1_048_576;

/** Resolves once the socket is bound; rejects when the port is taken. */
export async function openUdp(address: string, port: number, receive: Receive): Promise<UdpTransport> {
  const family = address.includes(":") ? "udp6" : "udp4";
  // Addresses are never names here: answering the look-up at once keeps a send within its turn.
  const lookup = (name: string, _options: unknown, done: (error: null, address: string, family: number) => void) => done(null, name, name.includes(":") ? 6 : 4);
  const socket = createSocket({ type: family, recvBufferSize: RECEIVE_BUFFER, lookup: lookup as never });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, address, () => {
      socket.removeListener("error", reject);
      resolve();
    });
  });
  let isOpen = true;
  // An unreachable peer's ICMP answer is reported on the socket, not on the send that it belongs to; timers end that call.
  socket.on("error", () => undefined);
  const take = inTurns((bytes, from) => void (isOpen && receive(bytes, from)));
  socket.on("message", (bytes, from) => take(bytes, { protocol: "udp", address: from.address, port: from.port, name: from.address }));
  return {
    port: socket.address().port,
    send(bytes, to) {
      if (!isOpen) return false;
      sendTwice(socket, bytes, to, () => isOpen);
      return true;
    },
    close() {
      if (!isOpen) return Promise.resolve();
      isOpen = false;
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

/**
 * After an ICMP refusal by one peer, the next send to any peer fails with ECONNREFUSED and nothing leaves: the packet is
 * handed over once more.
 */
function sendTwice(socket: Socket, bytes: Uint8Array, to: Destination, isOpen: () => boolean): void {
  const again = (error: unknown) => {
    if (error && isOpen()) socket.send(bytes, to.port, to.address, () => undefined);
  };
  try {
    socket.send(bytes, to.port, to.address, again);
  } catch (error) {
    again(error);
  }
}
