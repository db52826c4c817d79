// The network as the SIP room sees it: UDP sockets and kept connections behind one wire.

import type { Clock } from "../../runtime/clock.ts";
import type { OwnAddress } from "../call/call-requests.ts";
import type { Destination } from "../call/call-trace.ts";
import { guessLocalAddress, probeLocalAddress } from "./local-address.ts";
import { createStreams } from "./stream-transport.ts";
import type { TrunkOptions } from "../trunk/trunk-options.ts";
import { openUdp } from "./udp-transport.ts";
import type { Wire } from "./wire.ts";

/** A datagram, or a whole message of a stream, with where it came from. */
export type Receive = (bytes: Uint8Array, from: Destination) => void;

export interface TransportOptions {
  clock: Pick<Clock, "after">;
  /** Of the UDP socket, whose family is that of all trunks over UDP; port 0 takes a free one. */
  bind: { address: string; port: number };
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
  const udp = await openUdp(bind.address, bind.port, receive);
  const ownAddresses = new Map<string, string>();
  const isSix = (address: string) => address.includes(":");
  const isReached = (to: Destination) => isSix(to.address) === isSix(bind.address);

  const ownUdp = (to: Destination): OwnAddress | undefined => {
    if (!isReached(to)) return undefined;
    const known = advertise ?? (anyAddress(bind.address) ? ownAddresses.get(to.address) : bind.address);
    if (known !== undefined) return { address: known, port: udp.port };
    const guessed = guessLocalAddress(to.address);
    ownAddresses.set(to.address, guessed);
    return { address: guessed, port: udp.port };
  };

  return {
    send: (bytes, to) => (to.protocol === "udp" ? isReached(to) && udp.send(bytes, to) : streams.send(bytes, to)),
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
      if (audio !== undefined && isSix(audio) !== isSix(to.address))
        return `the audio of calls is taken at ${audio}, which is not ${family}; set OUTDIAL_SIP_ADDRESS to an address of ours in ${family}`;
      if (to.protocol !== "udp") return streams.problem(to);
      return isReached(to)
        ? undefined
        : `SIP listens at ${bind.address}, which is not ${family}; set OUTDIAL_SIP_ADDRESS to an address of ours in ${family}`;
    },
    async close() {
      streams.close();
      await udp.close();
    },
  };
}
