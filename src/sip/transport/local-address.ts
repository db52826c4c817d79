// Which of the machine's addresses a peer sees us at, when the socket listens on all of them.

import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";

interface Interface {
  address: string;
  netmask: string;
  internal: boolean;
  family: string;
}

/** A guess at once, from the machine's interfaces: the peer's own network first, else the first outside one. */
export function guessLocalAddress(remote: string): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return chooseAddress(remote, all);
}

/** Pure: loopback for loopback, else the interface of the same network, else the first outside one. */
export function chooseAddress(remote: string, interfaces: readonly Interface[]): string {
  const family = remote.includes(":") ? "IPv6" : "IPv4";
  const own = interfaces.filter((entry) => entry.family === family);
  if (/^127\.|^::1$/.test(remote))
    return own.find(({ internal, address }) => internal && address === remote)?.address ?? (family === "IPv6" ? "::1" : "127.0.0.1");
  const near = family === "IPv4" ? own.find(({ address, netmask }) => sameNetwork(address, remote, netmask)) : undefined;
  return (
    (near ?? own.find(({ internal, address }) => !internal && !address.startsWith("fe80")))?.address ??
    (family === "IPv6" ? "::1" : "127.0.0.1")
  );
}

function sameNetwork(left: string, right: string, netmask: string): boolean {
  return (numberOf(left) & numberOf(netmask)) === (numberOf(right) & numberOf(netmask));
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0);
}

/** What the routing table says: a connected datagram socket is told its address without sending anything. */
export function probeLocalAddress(remote: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket(remote.includes(":") ? "udp6" : "udp4");
    const done = (address: string) => {
      socket.removeAllListeners();
      socket.on("error", () => undefined);
      socket.close();
      resolve(address);
    };
    socket.once("error", () => done(guessLocalAddress(remote)));
    socket.once("connect", () => done(socket.address().address));
    socket.connect(port, remote);
  });
}
