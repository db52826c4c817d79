// SIP over TCP and TLS: one connection a destination, opened ahead and opened again when it breaks, so that an INVITE can
// leave in the turn of its claim.

import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Cancel, Clock } from "../../runtime/clock.ts";
import type { OwnAddress } from "../call/call-requests.ts";
import type { Destination } from "../call/call-trace.ts";
import { createFramer } from "../message/framing.ts";
import type { Receive } from "./transport.ts";
import type { TrunkOptions } from "../trunk/trunk-options.ts";

export interface StreamTransport {
  /** Opens a connection and keeps it open; resolves when it stands, or when the first try failed. */
  keep(to: Destination, tls: TrunkOptions["tls"]): Promise<void>;
  drop(to: Destination): void;
  send(bytes: Uint8Array, to: Destination): boolean;
  own(to: Destination): OwnAddress | undefined;
  /** Why there is no connection; undefined when there is. */
  problem(to: Destination): string | undefined;
  close(): void;
}

interface Connection {
  socket: Socket | undefined;
  ready: boolean;
  problem: string;
  kept: boolean;
  cancelRetry: Cancel;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Bytes that may wait for a slow peer; beyond them it counts as unreachable. */
const MOST_WAITING = 1_048_576;

/** Opens nothing until `keep`. */
export function createStreams(clock: Pick<Clock, "after">, receive: Receive): StreamTransport {
  const connections = new Map<string, Connection>();
  const keyOf = ({ protocol, address, port, name, trust = "" }: Destination) =>
    `${protocol} ${address} ${port} ${protocol === "tls" ? `${name} ${trust}` : ""}`;

  const drop = (connection: Connection): void => {
    connection.kept = false;
    connection.ready = false;
    connection.cancelRetry();
    connection.socket?.destroy();
  };

  return {
    async keep(to, tls) {
      const known = connections.get(keyOf(to));
      if (known?.kept === true) return;
      const connection: Connection = {
        socket: undefined,
        ready: false,
        problem: "not connected yet",
        kept: true,
        cancelRetry: () => undefined,
      };
      connections.set(keyOf(to), connection);
      await open({ clock, receive, to, tls, connection }, FIRST_PAUSE_MS);
    },
    drop(to) {
      const connection = connections.get(keyOf(to));
      if (connection !== undefined) drop(connection);
      connections.delete(keyOf(to));
    },
    send(bytes, to) {
      const connection = connections.get(keyOf(to));
      if (connection?.socket === undefined || !connection.ready || connection.socket.writableLength > MOST_WAITING) return false;
      connection.socket.write(bytes);
      return true;
    },
    own(to) {
      const socket = connections.get(keyOf(to))?.socket;
      const { localAddress, localPort } = socket ?? {};
      return localAddress === undefined || localPort === undefined
        ? undefined
        : { address: localAddress.replace(/^::ffff:/, ""), port: localPort };
    },
    problem(to) {
      const connection = connections.get(keyOf(to));
      return connection?.ready === true ? undefined : (connection?.problem ?? "not connected");
    },
    close() {
      for (const connection of connections.values()) drop(connection);
      connections.clear();
    },
  };
}

interface Opening {
  clock: Pick<Clock, "after">;
  receive: Receive;
  to: Destination;
  tls: TrunkOptions["tls"];
  connection: Connection;
}

/** Resolves when the connection stands or the try failed; goes on trying while it is kept. */
function open(opening: Opening, pauseMs: number): Promise<void> {
  const { clock, receive, to, tls, connection } = opening;
  return new Promise((resolve) => {
    const socket = to.protocol === "tls" ? openTls(to, tls) : connectTcp({ host: to.address, port: to.port });
    connection.socket = socket;
    socket.setNoDelay(true);
    const framer = createFramer();
    socket.once(to.protocol === "tls" ? "secureConnect" : "connect", () => {
      connection.ready = true;
      resolve();
    });
    socket.on("data", (bytes) => {
      const { frames, broken } = framer.push(bytes as Uint8Array);
      for (const frame of frames) receive(frame, to);
      if (broken) socket.destroy();
    });
    socket.on("error", (error) => void (connection.problem = error.message));
    socket.once("close", () => {
      const nextMs = connection.ready ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      connection.ready = false;
      resolve();
      if (connection.kept) connection.cancelRetry = clock.after(pauseMs, () => void open(opening, nextMs));
    });
  });
}

function openTls(to: Destination, { verify, ca, serverName }: TrunkOptions["tls"]): Socket {
  const name = serverName ?? to.name;
  const isName = !/^[\d.]+$|:/.test(name);
  return connectTls({
    host: to.address,
    port: to.port,
    rejectUnauthorized: verify,
    ...(isName ? { servername: name } : {}),
    ...(ca === undefined ? {} : { ca: [ca] }),
    ALPNProtocols: ["sip"],
  });
}
