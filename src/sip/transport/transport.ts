// The network as the SIP room sees it: UDP sockets and kept connections behind one wire.

import type { Clock } from "../../runtime/clock.ts";
import type { OwnAddress } from "../call/call-requests.ts";
import type { Destination } from "../call/call-trace.ts";
import { guessLocalAddress, probeLocalAddress } from "./local-address.ts";
import { createStreams } from "./stream-transport.ts";
import type { TrunkOptions } from "../trunk/trunk-options.ts";
import { openUdp, type UdpTransport } from "./udp-transport.ts";
import type { Wire } from "./wire.ts";

/** A datagram, or a whole message of a stream, with where it came from. */
export type Receive = (bytes: Uint8Array, from: Destination) => void;

export interface TransportOptions {
  clock: Pick<Clock, "after">;
  /** Of the UDP sockets; port 0 takes a free one. A second family is opened when `address6` is given. */
  bind: { address: string; port: number; address6?: string };
  /** The address that peers are told, when it is not the machine's own (NAT). */
  advertise: string | undefined;
  /** Where the audio of calls is taken: a trunk that is reached in the other family could not be talked to. Undefined: wherever. */
  audio?: string | undefined;
  receive: Receive;
}

export interface Transport extends Wire {
  /** Whatever a call through it will need, ahead: a connection, our address. */
  prepare(to: Destination, tls: TrunkOptions["tls"]): Promise<void>;
  drop(to: Destination): void;
  /** Why nothing can be sent there now; undefined when it can. UDP always can. */
  problem(to: Destination): string | undefined;
  close(): Promise<void>;
}

const anyAddress = (address: string) => address === "0.0.0.0" || address === "::";

/** Resolves when the UDP sockets are bound; rejects when a port is taken. */
export async function openTransport({ clock, bind, advertise, audio, receive }: TransportOptions): Promise<Transport> {
  const streams = createStreams(clock, receive);
  const first = await openUdp(bind.address, bind.port, receive);
  const second = bind.address6 === undefined ? undefined : await openUdp(bind.address6, bind.port, receive);
  const ownAddresses = new Map<string, string>();
  const isSix = (address: string) => address.includes(":");
  const firstIsSix = isSix(bind.address);
  const socketFor = (to: Destination): UdpTransport | undefined => {
    const six = isSix(to.address);
    if (six === firstIsSix) return first;
    return six ? second : undefined;
  };

  const ownUdp = (to: Destination): OwnAddress | undefined => {
    const socket = socketFor(to);
    if (socket === undefined) return undefined;
    const bound = isSix(to.address) && socket === second ? (bind.address6 ?? "::") : bind.address;
    const known = advertise ?? (anyAddress(bound) ? ownAddresses.get(to.address) : bound);
    if (known !== undefined) return { address: known, port: socket.port };
    const guessed = guessLocalAddress(to.address);
    ownAddresses.set(to.address, guessed);
    return { address: guessed, port: socket.port };
  };

  return {
    send: (bytes, to) => (to.protocol === "udp" ? (socketFor(to)?.send(bytes, to) ?? false) : streams.send(bytes, to)),
    own(to) {
      if (to.protocol === "udp") return ownUdp(to);
      const own = streams.own(to);
      return own === undefined || advertise === undefined ? own : { ...own, address: advertise };
    },
    async prepare(to, tls) {
      if (to.protocol !== "udp") return streams.keep(to, tls);
      if (anyAddress(bind.address)) ownAddresses.set(to.address, await probeLocalAddress(to.address, to.port));
    },
    drop: (to) => streams.drop(to),
    problem(to) {
      const family = isSix(to.address) ? "IPv6" : "IPv4";
      if (audio !== undefined && isSix(audio) !== isSix(to.address)) return `the audio of calls is taken at ${audio}, which is not ${family}; set OUTDIAL_SIP_ADDRESS to an address of ours in ${family}`;
      if (to.protocol !== "udp") return streams.problem(to);
      return socketFor(to) === undefined ? `SIP listens at ${bind.address}, which is not ${family}; set OUTDIAL_SIP_ADDRESS to an address of ours in ${family}` : undefined;
    },
    async close() {
      streams.close();
      await first.close();
      await second?.close();
    },
  };
}
