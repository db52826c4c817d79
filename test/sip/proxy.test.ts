// Calls through kamailio as the trunk's proxy, with sipp as the carrier behind it.

import { describe, expect, test } from "bun:test";
import { systemClock } from "../../src/runtime/clock.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { openCarrier } from "../../src/sip/carrier.ts";
import { startKamailio } from "../support/kamailio.ts";
import { openTestDialer, placeCall, sipTrunk, testOrder } from "../support/sip-call.ts";
import { startSipp } from "../support/sipp.ts";

const account = { username: "alice", password: "se,cret" };

async function callThrough(
  transport: "udp" | "tcp" | "tls",
  scenario: string,
  more: { algorithm?: "SHA-256"; password?: string; ringTimeoutMs?: number } = {},
) {
  const sipp = await startSipp(scenario);
  const proxy = await startKamailio({ carrierPort: sipp.port, ...(more.algorithm === undefined ? {} : { algorithm: more.algorithm }) });
  const peer = await openTestDialer();
  const port = transport === "tls" ? proxy.tlsPort : proxy.port;
  const trunk = sipTrunk({ port, transport, ...account, password: more.password ?? account.password, tls: { ca: proxy.ca } });
  const ready = await peer.dialer.prepare(trunk);
  const placed = placeCall(
    peer,
    testOrder(trunk, { ringTimeoutMs: more.ringTimeoutMs ?? 10_000 }),
    (event, call) => event === "answered" && setTimeout(() => call.hangUp("enough"), 50),
  );
  const result = await placed.ended;
  await sipp.kill();
  const complaint = more.password === undefined ? await sipp.finished : undefined;
  await peer.dialer.stop();
  await proxy.stop();
  return { ready, result, complaint, events: placed.events };
}

describe("a call through kamailio", () => {
  test.each(["udp", "tcp", "tls"] as const)(
    "%s: challenged, routed by its Record-Route, answered, ended",
    async (transport) => {
      const { ready, result, complaint, events } = await callThrough(transport, "proxied");
      expect(ready).toBeUndefined();
      expect(result).toMatchObject({ ending: "completed", reason: "enough", sipCode: 200, hungUpBy: "us" });
      expect(events).toEqual(["ringing", "answered", "ended"]);
      expect(complaint).toBeUndefined();
    },
    30_000,
  );

  test.each(["udp", "tls"] as const)(
    "%s: busy",
    async (transport) => {
      const { result, complaint } = await callThrough(transport, "proxied-busy", { algorithm: "SHA-256" });
      expect(result).toMatchObject({ ending: "busy", sipCode: 486 });
      expect(complaint).toBeUndefined();
    },
    30_000,
  );

  test("taken back while it rings", async () => {
    // sipp would answer the CANCEL's single Via, which does not find its way back through a proxy.
    const carrier = await openCarrier({
      clock: systemClock,
      random: seededRandom(1),
      bind: { address: "127.0.0.1", port: 0 },
      courseOf: () => ({ rings: true, answers: false, ringMs: 60_000, talkMs: 0, status: 480 }),
      media: () => ({ address: "127.0.0.1", port: 41_000 }),
    });
    const proxy = await startKamailio({ carrierPort: carrier.port });
    const peer = await openTestDialer();
    const trunk = sipTrunk({ port: proxy.port, transport: "tcp", ...account });
    await peer.dialer.prepare(trunk);
    const placed = placeCall(peer, testOrder(trunk, { ringTimeoutMs: 500 }));
    expect(await placed.ended).toMatchObject({ ending: "no_answer", reason: "ring_timeout", sipCode: 487 });
    expect(carrier.seen().map((line) => line.split(" ")[0])).toEqual(["INVITE", "CANCEL"]);
    await peer.dialer.stop();
    await proxy.stop();
    await carrier.stop();
  }, 30_000);

  test("a wrong password halts: no other call could do better", async () => {
    expect((await callThrough("udp", "proxied", { password: "wrong" })).result).toMatchObject({
      ending: "failed",
      retry: "halt",
      reason: "trunk_auth",
      sipCode: 407,
    });
  }, 30_000);
});

describe("a trunk is tried", () => {
  test("OPTIONS, REGISTER, and what came back, in words", async () => {
    const proxy = await startKamailio({ carrierPort: 9 });
    const peer = await openTestDialer();
    const { dialer } = peer;
    const check = (options: Record<string, unknown>, id: string) => dialer.check(sipTrunk(options, id));
    expect(await check({ port: proxy.port }, "options")).toBeUndefined();
    expect(await check({ port: proxy.port, ...account, register: true }, "register")).toBeUndefined();
    expect(await check({ port: proxy.port, ...account, password: "wrong", register: true }, "wrong")).toBe(
      "REGISTER was answered with 401 Unauthorized",
    );
    expect(await check({ port: proxy.tlsPort, transport: "tls", tls: { ca: proxy.ca } }, "tls")).toBeUndefined();
    expect(await check({ port: proxy.tlsPort, transport: "tls" }, "untrusted")).toMatch(
      /^127\.0\.0\.1 cannot be reached over tls: .*self.signed/i,
    );
    expect(await check({ port: 9, transport: "tcp" }, "closed")).toMatch(/^127\.0\.0\.1 cannot be reached over tcp: /);
    expect(await check({ port: 0 }, "nonsense")).toBe("port must be a whole number from 1 to 65535");
    await dialer.stop();
    await proxy.stop();
  }, 30_000);
});
