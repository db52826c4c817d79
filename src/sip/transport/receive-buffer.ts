// The size of a socket's receive buffer, which Bun has no word for: the system's own call sets it. udp-transport.ts asks.

import { dlopen, ptr } from "bun:ffi";

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;

/** At most what the system allows (net.core.rmem_max). Where it cannot be set, the default stays. */
export function widenReceiveBuffer(socket: object, bytes: number): void {
  // Bun gives the descriptor, and its types do not say so yet.
  if (!("fd" in socket) || typeof socket.fd !== "number") return;
  try {
    const libc = dlopen("libc.so.6", { setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" } });
    libc.symbols.setsockopt(socket.fd, SOL_SOCKET, SO_RCVBUF, ptr(new Int32Array([bytes])), Int32Array.BYTES_PER_ELEMENT);
    libc.close();
  } catch {
    // Bursts are lost sooner, and repeated by their senders.
  }
}
