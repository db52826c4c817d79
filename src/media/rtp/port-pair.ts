// Two UDP sockets, RTP on an even port and RTCP one above, bound once and lent to one call after the other.
// Once the far end is known a connected socket joins on the RTP port: the system then gives it that peer's packets alone,
// and sending needs no look-up; what strangers send still lands on the first socket, and is refused there.

import { canonicalAddress, type Source } from "./latch.ts";

/** A datagram and where it came from. What it throws is lost. */
export type Receive = (bytes: Uint8Array, address: string, port: number) => void;

/** One call's ports. */
export interface PortPair {
  readonly port: number;
  /** Lends it; what comes while nobody has it is dropped. */
  use(rtp: Receive, rtcp: Receive): void;
  sendRtp(bytes: Uint8Array, target: Source): void;
  sendRtcp(bytes: Uint8Array, target: Source): void;
  /** RTP comes from and goes to this address from now on; undefined: from anywhere, and to where it is sent. */
  focus(target: Source | undefined): void;
  /** Back to being bound and deaf. */
  release(): void;
  close(): void;
}

/**
 * SO_REUSEPORT, which Bun has no name for: lets the connected socket share the port. The system grants it only among
 * sockets of one user that all ask for it. Where it is refused, RTP stays on the first socket, and nothing else changes.
 */
const SHARED = { flags: 4 };

const drop: Receive = () => undefined;

/** Undefined where one of the two ports is taken. */
export async function openPortPair(address: string, port: number): Promise<PortPair | undefined> {
  if (!(await isFree(address, port))) return undefined;
  const receivers = { rtp: drop, rtcp: drop };
  // Async, because udpSocket throws where a port is taken instead of rejecting.
  const bind = async (at: number, receive: Receive) =>
    // The error handler takes ICMP's "port unreachable": without one it would end the worker.
    Bun.udpSocket({
      ...SHARED,
      hostname: address,
      port: at,
      binaryType: "uint8array",
      socket: { data: (_, bytes, from, host) => receive(bytes, canonicalAddress(host), from), error: () => undefined },
    });
  const rtp = await bind(port, (bytes, host, from) => receivers.rtp(bytes, host, from)).catch(() => undefined);
  const rtcp = await bind(port + 1, (bytes, host, from) => receivers.rtcp(bytes, host, from)).catch(() => undefined);
  if (rtp === undefined || rtcp === undefined) {
    rtp?.close();
    rtcp?.close();
    return undefined;
  }
  return createPair({ address, port, rtp, rtcp, receivers });
}

/** Sockets that share ports would also share them with another process of this user, so each is first asked for alone. */
async function isFree(address: string, port: number): Promise<boolean> {
  for (const at of [port, port + 1]) {
    try {
      (await Bun.udpSocket({ hostname: address, port: at })).close();
    } catch {
      return false;
    }
  }
  return true;
}

interface Sockets {
  address: string;
  port: number;
  rtp: Bun.udp.Socket<"uint8array">;
  rtcp: Bun.udp.Socket<"uint8array">;
  receivers: { rtp: Receive; rtcp: Receive };
}

function createPair({ address, port, rtp, rtcp, receivers }: Sockets): PortPair {
  let connected: Bun.udp.ConnectedSocket<"uint8array"> | undefined;
  let focused = 0;
  const unfocus = () => {
    focused += 1;
    connected?.close();
    connected = undefined;
  };
  const receiveRtp: Receive = (bytes, host, from) => receivers.rtp(bytes, host, from);
  const free = () => {
    unfocus();
    receivers.rtp = drop;
    receivers.rtcp = drop;
  };
  return {
    port,
    use: (onRtp, onRtcp) => void Object.assign(receivers, { rtp: onRtp, rtcp: onRtcp }),
    sendRtp(bytes, target) {
      if (connected === undefined) send(rtp, bytes, target);
      else sendConnected(connected, bytes);
    },
    sendRtcp: (bytes, target) => send(rtcp, bytes, target),
    focus(target) {
      unfocus();
      if (target === undefined) return;
      const wish = focused;
      const kept = (socket: Bun.udp.ConnectedSocket<"uint8array">) => {
        if (wish === focused) connected = socket;
        else socket.close();
      };
      openConnected(address, port, target, receiveRtp).then(kept, () => undefined);
    },
    release: free,
    close() {
      free();
      rtp.close();
      rtcp.close();
    },
  };
}

async function openConnected(
  address: string,
  port: number,
  target: Source,
  receive: Receive,
): Promise<Bun.udp.ConnectedSocket<"uint8array">> {
  return await Bun.udpSocket({
    ...SHARED,
    hostname: address,
    port,
    connect: { hostname: target.address, port: target.port },
    binaryType: "uint8array",
    socket: { data: (_, bytes) => receive(bytes, target.address, target.port), error: () => undefined },
  });
}

/** An earlier packet's ICMP error is thrown by the next send, whose packet then has not left: it is sent once more. */
function send(socket: Bun.udp.Socket<"uint8array">, bytes: Uint8Array, { port, address }: Source): void {
  try {
    socket.send(bytes, port, address);
  } catch {
    try {
      socket.send(bytes, port, address);
    } catch {
      // Unreachable for now: audio does not wait, and the silence watch ends a call whose far end is gone.
    }
  }
}

function sendConnected(socket: Bun.udp.ConnectedSocket<"uint8array">, bytes: Uint8Array): void {
  try {
    socket.send(bytes);
  } catch {
    try {
      socket.send(bytes);
    } catch {
      // As above.
    }
  }
}
