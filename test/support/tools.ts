// Programs of other people that tests talk to. A missing one fails loudly, with the way to get it.

import { readFileSync } from "node:fs";

const packages: Record<string, string> = {
  sipp: "sip-tester",
  baresip: "baresip-core",
  kamailio: "kamailio kamailio-tls-modules",
  sipsak: "sipsak",
  openssl: "openssl",
};

/** The program's path; throws with the command that installs it. */
export function tool(name: string): string {
  const path = Bun.which(name, { PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` });
  if (path === null) throw new Error(`${name} is missing: apt-get install -y ${packages[name] ?? name}`);
  return path;
}

/** Resolves when something listens on the port; throws when nothing does in time. Linux only, as the peers are. */
export async function whenBound(kind: "udp" | "tcp", port: number, timeoutMs = 5_000): Promise<void> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const until = performance.now() + timeoutMs;
  while (performance.now() < until) {
    const lines = readFileSync(`/proc/net/${kind}`, "utf8").split("\n");
    // 0A is LISTEN; a datagram socket has no such state.
    const sockets = lines.map((line) => line.trim().split(/\s+/));
    if (sockets.some((fields) => fields[1]?.endsWith(wanted) && (kind === "udp" || fields[3] === "0A"))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing listens on ${kind} port ${port} after ${timeoutMs} ms`);
}

let nextPort = 20_000 + (process.pid % 120) * 100;

/** A port that no other test of this run was given. */
export function freshPort(): number {
  return (nextPort += 2);
}

/** The first of an appliance's ports for audio: below those of `freshPort`, and mostly another one in each run of the tests. */
export function freshRtpPort(): number {
  return 17_000 + (process.pid % 14) * 210;
}
