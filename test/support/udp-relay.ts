// A relay between a caller and its carrier that writes down every message, and may lose some by a seed.

import { createSocket, type Socket } from "node:dgram";
import { seededRandom } from "../../src/runtime/random.ts";

export interface UdpRelay {
  port: number;
  /** `> INVITE`, `< 180 INVITE`, in the order in which they came, lost ones with a `!`. */
  messages: string[];
  close(): Promise<void>;
}

export interface RelayOptions {
  /** Where the carrier listens. */
  to: number;
  /** Of each direction, 0 to 1. */
  loss?: number;
  seed?: number;
}

function bound(socket: Socket): Promise<number> {
  return new Promise((resolve) => socket.bind(0, "127.0.0.1", () => resolve(socket.address().port)));
}

export async function openRelay({ to, loss = 0, seed = 1 }: RelayOptions): Promise<UdpRelay> {
  const random = seededRandom(seed);
  const near = createSocket({ type: "udp4", recvBufferSize: 1_048_576 });
  const far = createSocket({ type: "udp4", recvBufferSize: 1_048_576 });
  const messages: string[] = [];
  let caller = 0;
  const pass = (arrow: string, bytes: Uint8Array, send: () => void) => {
    const isLost = random.fraction() < loss;
    messages.push(`${isLost ? "!" : ""}${arrow} ${summary(bytes)}`);
    if (!isLost) send();
  };
  for (const socket of [near, far]) socket.on("error", () => undefined);
  near.on("message", (bytes, from) => {
    caller = from.port;
    pass(">", bytes, () => far.send(bytes, to, "127.0.0.1"));
  });
  far.on("message", (bytes) => pass("<", bytes, () => near.send(bytes, caller, "127.0.0.1")));
  const port = await bound(near);
  await bound(far);
  return {
    port,
    messages,
    async close() {
      await Promise.all([near, far].map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
    },
  };
}

/** `INVITE`, or `180 INVITE` of a response. */
export function summary(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("latin1");
  const response = /^SIP\/2\.0 (\d{3})/.exec(text);
  const method = /\r\nCSeq:[ \t]*\d+[ \t]+(\w+)/i.exec(text)?.[1] ?? "?";
  return response === null ? (text.split(" ", 1)[0] ?? "") : `${response[1]} ${method}`;
}
