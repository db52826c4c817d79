// Packets of one turn of the event loop, handed to the system together: one call for all of them, and one waking of whoever
// receives, instead of one each. udp-transport.ts puts it before its socket.

import type { Destination } from "../call/call-trace.ts";

/** As `Bun.udpSocket` has it: `send` throws where a packet cannot go, and both say less than asked when the system takes no more. */
export interface PacketSocket {
  send(bytes: Uint8Array, port: number, address: string): boolean;
  sendMany(packets: Packets): number;
}

/** Bytes, port and address of each in turn. */
type Packets = (Uint8Array | number | string)[];

export interface Outbox {
  /** False when too many wait already: the packet is lost, as it would be on the wire. */
  send(bytes: Uint8Array, to: Destination): boolean;
  /** Sends what waits, now; for the socket's drain and for its end. */
  flush(): void;
}

/** Packets that wait while the system takes none. */
export const MOST_WAITING = 8_192;
const PARTS = 3;

/** One a socket. */
export function createOutbox(socket: PacketSocket): Outbox {
  let waiting: Packets = [];
  let isPlanned = false;
  const flush = (): void => void (waiting = sendAll(socket, waiting));
  return {
    flush,
    send(bytes, { port, address }) {
      if (waiting.length >= MOST_WAITING * PARTS) return false;
      waiting.push(bytes, port, address);
      if (isPlanned) return true;
      isPlanned = true;
      setImmediate(() => {
        isPlanned = false;
        flush();
      });
      return true;
    },
  };
}

/** Returns what the system did not take yet. */
function sendAll(socket: PacketSocket, packets: Packets): Packets {
  let rest = packets;
  while (rest.length > 0) {
    rest = rest.slice(countSent(socket, rest) * PARTS);
    if (rest.length === 0) break;
    if (sendFirst(socket, rest) === "later") return rest;
    rest = rest.slice(PARTS);
  }
  return [];
}

function countSent(socket: PacketSocket, packets: Packets): number {
  try {
    return socket.sendMany(packets);
  } catch {
    return 0;
  }
}

/**
 * After an ICMP refusal by one peer, the next send to any peer fails with ECONNREFUSED and nothing leaves: the packet is
 * handed over once more. One that fails again cannot go there at all.
 */
function sendFirst(socket: PacketSocket, [bytes, port, address]: Packets): "sent" | "later" {
  for (let times = 0; times < 2; times += 1) {
    try {
      return socket.send(bytes as Uint8Array, port as number, address as string) ? "sent" : "later";
    } catch {
      // Tried once more, then given up: the call's timers decide.
    }
  }
  return "sent";
}
