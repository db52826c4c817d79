// SIP over UDP: one socket for all trunks, with a receive buffer that takes a burst of answers.

import type { Destination } from "../call/call-trace.ts";
import { inTurns } from "./in-turns.ts";
import { createOutbox } from "./outbox.ts";
import { widenReceiveBuffer } from "./receive-buffer.ts";
import type { Receive } from "./transport.ts";

export interface UdpTransport {
  port: number;
  /** The packet leaves with this turn of the event loop; false once closed, or when too many wait for the network. */
  send(bytes: Uint8Array, to: Destination): boolean;
  /** What still waits leaves first. */
  close(): Promise<void>;
}

/** The default of 208 KiB holds some 100 messages; with 200 calls started at once, answers were lost. */
const RECEIVE_BUFFER = 4 * 1_048_576;

/** Resolves once the socket is bound; rejects when the port is taken. */
export async function openUdp(address: string, port: number, receive: Receive): Promise<UdpTransport> {
  let isOpen = true;
  const take = inTurns((bytes, from) => void (isOpen && receive(bytes, from)));
  const socket = await Bun.udpSocket({
    hostname: address,
    port,
    binaryType: "buffer",
    socket: {
      data: (_, bytes, fromPort, host) => take(bytes, { protocol: "udp", address: host, port: fromPort, name: host }),
      drain: () => outbox.flush(),
      // An unreachable peer's ICMP answer is reported on the socket, not on the send that it belongs to; timers end that call.
      error: () => undefined,
    },
  });
  widenReceiveBuffer(socket, RECEIVE_BUFFER);
  const outbox = createOutbox(socket);
  return {
    port: socket.port,
    send: (bytes, to) => isOpen && outbox.send(bytes, to),
    async close() {
      if (!isOpen) return;
      outbox.flush();
      isOpen = false;
      socket.close();
    },
  };
}
