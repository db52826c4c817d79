import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { openPortPair } from "../../../src/media/rtp/port-pair.ts";
import { createPeer } from "../support/peer.ts";
import { until } from "../support/until.ts";

const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** The remote ports of this machine's sockets that are bound to 127.0.0.1:port, as the system lists them. */
function remotePortsOf(port: number): number[] {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync("/proc/net/udp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  return rows
    .filter((row) => row[1] === local)
    .map((row) => Number.parseInt(row[2]?.split(":")[1] ?? "", 16))
    .sort((a, b) => a - b);
}

async function freePair() {
  const peer = await createPeer();
  const { port } = peer;
  peer.close();
  const pair = await openPortPair("127.0.0.1", port);
  if (pair === undefined) throw new Error(`port ${port} was taken in between`);
  open.push(pair);
  return pair;
}

test("a known far end has a connected socket of its own on the same port, until the call is over", async () => {
  const pair = await freePair();
  const peer = await createPeer();
  const stranger = await createPeer();
  open.push(peer, stranger);
  const heard: number[] = [];
  pair.use(
    (_, __, port) => void heard.push(port),
    () => undefined,
  );
  pair.focus({ address: "127.0.0.1", port: peer.port });
  await until("the connection", () => remotePortsOf(pair.port).includes(peer.port));
  expect(remotePortsOf(pair.port)).toEqual([0, peer.port]);
  peer.send(Uint8Array.of(1), pair.port);
  stranger.send(Uint8Array.of(2), pair.port);
  await until("both packets", () => heard.length === 2);
  expect(heard.sort()).toEqual([peer.port, stranger.port].sort());
  pair.release();
  expect(remotePortsOf(pair.port)).toEqual([0]);
});

test("a far end that moves is followed, and only the last one counts", async () => {
  const pair = await freePair();
  const peers = await Promise.all([createPeer(), createPeer(), createPeer()]);
  open.push(...peers);
  for (const { port } of peers) pair.focus({ address: "127.0.0.1", port });
  await until("the last one's connection alone", () => remotePortsOf(pair.port).join() === `0,${peers[2]?.port}`);
});

test("ports that are taken are not shared, whichever of the two it is", async () => {
  const peer = await createPeer();
  open.push(peer);
  expect(await openPortPair("127.0.0.1", peer.port)).toBeUndefined();
  const pair = await freePair();
  expect(await openPortPair("127.0.0.1", pair.port)).toBeUndefined();
});
