// Calls against sipp as the carrier: what each came to, and the messages on the wire.

import { describe, expect, test } from "bun:test";
import type { DialResult } from "../../src/calls/ending.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { hastened, openTestDialer, placeCall, sipTrunk, testOrder } from "../support/sip-call.ts";
import { startSipp } from "../support/sipp.ts";
import { openRelay } from "../support/udp-relay.ts";

const account = { username: "alice", password: "se,cret" };

interface Scenario {
  name: string;
  trunk?: Record<string, unknown>;
  ringTimeoutMs?: number;
  /** How long we talk before we hang up; undefined: the far end does. */
  hangUpAfterMs?: number;
  result: Partial<DialResult>;
  events: string[];
  wire: string[];
  /** Timers run so many times as fast. */
  haste?: number;
}

const talked: Partial<DialResult> = { ending: "completed", retry: "policy", reason: "enough", sipCode: 200, hungUpBy: "us" };
const answeredOnly = ["answered", "ended"];
const rangAndAnswered = ["ringing", "answered", "ended"];
const ourBye = ["> BYE", "< 200 BYE"];
const retried = (status: number) => ["> INVITE", `< ${status} INVITE`, "> ACK"];

const scenarios: Scenario[] = [
  {
    name: "answer",
    hangUpAfterMs: 50,
    result: talked,
    events: answeredOnly,
    wire: ["> INVITE", "< 100 INVITE", "< 200 INVITE", "> ACK", ...ourBye],
  },
  {
    name: "ring-answer",
    hangUpAfterMs: 50,
    result: talked,
    events: rangAndAnswered,
    wire: ["> INVITE", "< 100 INVITE", "< 180 INVITE", "< 200 INVITE", "> ACK", ...ourBye],
  },
  {
    name: "early-media",
    hangUpAfterMs: 50,
    result: talked,
    events: rangAndAnswered,
    wire: ["> INVITE", "< 100 INVITE", "< 183 INVITE", "< 200 INVITE", "> ACK", ...ourBye],
  },
  {
    name: "busy",
    result: { ending: "busy", retry: "policy", reason: "busy", sipCode: 486, hungUpBy: "them", ringMs: 0, talkMs: 0 },
    events: ["ended"],
    wire: ["> INVITE", "< 100 INVITE", "< 486 INVITE", "> ACK"],
  },
  {
    name: "declined",
    result: { ending: "busy", retry: "policy", reason: "declined", sipCode: 603, q850Cause: 21 },
    events: ["ringing", "ended"],
    wire: ["> INVITE", "< 180 INVITE", "< 603 INVITE", "> ACK"],
  },
  { name: "block", result: { ending: "failed", retry: "never", reason: "blocked", sipCode: 603 }, events: ["ended"], wire: retried(603) },
  {
    name: "no-answer",
    ringTimeoutMs: 300,
    result: { ending: "no_answer", retry: "policy", reason: "ring_timeout", sipCode: 487, hungUpBy: "us", talkMs: 0 },
    events: ["ringing", "ended"],
    wire: ["> INVITE", "< 100 INVITE", "< 180 INVITE", "> CANCEL", "< 200 CANCEL", "< 487 INVITE", "> ACK"],
  },
  {
    name: "provisional-then-silence",
    ringTimeoutMs: 300,
    result: { ending: "no_answer", retry: "policy", reason: "ring_timeout", sipCode: 487 },
    events: ["ended"],
    wire: ["> INVITE", "< 100 INVITE", "> CANCEL", "< 200 CANCEL", "< 487 INVITE", "> ACK"],
  },
  {
    name: "not-found",
    result: { ending: "failed", retry: "never", reason: "number_unknown", sipCode: 404, q850Cause: 1 },
    events: ["ended"],
    wire: retried(404),
  },
  {
    name: "unavailable",
    result: { ending: "failed", retry: "requeue", reason: "trunk_busy", sipCode: 503 },
    events: ["ended"],
    wire: retried(503),
  },
  {
    name: "challenge-401",
    trunk: account,
    hangUpAfterMs: 50,
    result: talked,
    events: answeredOnly,
    wire: [...retried(401), "> INVITE", "< 200 INVITE", "> ACK", ...ourBye],
  },
  {
    name: "challenge-407",
    trunk: account,
    hangUpAfterMs: 50,
    result: talked,
    events: answeredOnly,
    wire: [...retried(407), "> INVITE", "< 200 INVITE", "> ACK", ...ourBye],
  },
  {
    name: "challenge-sha256",
    trunk: account,
    hangUpAfterMs: 50,
    result: talked,
    events: answeredOnly,
    wire: [...retried(401), "> INVITE", "< 200 INVITE", "> ACK", ...ourBye],
  },
  {
    name: "stale-nonce",
    trunk: account,
    hangUpAfterMs: 50,
    result: talked,
    events: answeredOnly,
    wire: [...retried(401), ...retried(401), "> INVITE", "< 200 INVITE", "> ACK", ...ourBye],
  },
  {
    name: "wrong-password",
    trunk: account,
    result: { ending: "failed", retry: "halt", reason: "trunk_auth", sipCode: 401 },
    events: ["ended"],
    wire: [...retried(401), ...retried(401)],
  },
  {
    name: "remote-bye",
    result: { ending: "completed", retry: "policy", reason: "normal_clearing", sipCode: 200, q850Cause: 16, hungUpBy: "them" },
    events: rangAndAnswered,
    wire: ["> INVITE", "< 180 INVITE", "< 200 INVITE", "> ACK", "< BYE", "> 200 BYE"],
  },
  {
    name: "repeated-200",
    hangUpAfterMs: 1_100,
    result: talked,
    events: answeredOnly,
    wire: ["> INVITE", "< 200 INVITE", "> ACK", "< 200 INVITE", "> ACK", "< 200 INVITE", "> ACK", ...ourBye],
  },
  {
    name: "fork",
    hangUpAfterMs: 300,
    result: talked,
    events: answeredOnly,
    wire: ["> INVITE", "< 200 INVITE", "> ACK", "< 200 INVITE", "> ACK", ...ourBye, ...ourBye],
  },
  {
    name: "redirect",
    result: { ending: "failed", retry: "policy", reason: "redirected", sipCode: 302 },
    events: ["ended"],
    wire: retried(302),
  },
  {
    name: "reliable",
    hangUpAfterMs: 50,
    result: talked,
    events: rangAndAnswered,
    wire: ["> INVITE", "< 183 INVITE", "> PRACK", "< 200 PRACK", "< 200 INVITE", "> ACK", ...ourBye],
  },
  {
    name: "hold",
    hangUpAfterMs: 700,
    result: talked,
    events: answeredOnly,
    wire: ["> INVITE", "< 200 INVITE", "> ACK", "< INVITE", "> 200 INVITE", "< ACK", "< INVITE", "> 200 INVITE", "< ACK", ...ourBye],
  },
  {
    name: "in-dialog",
    hangUpAfterMs: 700,
    result: talked,
    events: answeredOnly,
    wire: [
      "> INVITE",
      "< 200 INVITE",
      "> ACK",
      ...["200 OPTIONS", "200 INFO", "200 UPDATE", "405 NOTIFY", "603 REFER", "500 INFO", "420 INFO"].flatMap((answer) => [
        `< ${answer.slice(4)}`,
        `> ${answer}`,
      ]),
      ...ourBye,
    ],
  },
  {
    name: "session-timer",
    haste: 40,
    hangUpAfterMs: 100_000,
    result: talked,
    events: answeredOnly,
    wire: [...retried(422), "> INVITE", "< 200 INVITE", "> ACK", "> UPDATE", "< 200 UPDATE", "> UPDATE", "< 200 UPDATE", ...ourBye],
  },
  {
    name: "session-reinvite",
    haste: 40,
    hangUpAfterMs: 60_000,
    result: talked,
    events: answeredOnly,
    wire: ["> INVITE", "< 200 INVITE", "> ACK", "> INVITE", "< 200 INVITE", "> ACK", ...ourBye],
  },
  {
    name: "session-expired",
    haste: 40,
    result: { ...talked, reason: "session_expired" },
    events: answeredOnly,
    wire: ["> INVITE", "< 200 INVITE", "> ACK", ...ourBye],
  },
  {
    name: "cancel-race",
    ringTimeoutMs: 200,
    result: { ending: "no_answer", retry: "policy", reason: "ring_timeout", sipCode: 200, hungUpBy: "us", talkMs: 0 },
    events: ["ringing", "ended"],
    wire: ["> INVITE", "< 180 INVITE", "> CANCEL", "< 200 CANCEL", "< 200 INVITE", "> ACK", ...ourBye],
  },
  {
    name: "no-codec",
    result: { ending: "failed", retry: "policy", reason: "media_or_protocol", sipCode: 200 },
    events: ["ended"],
    wire: ["> INVITE", "< 200 INVITE", "> ACK", ...ourBye],
  },
];

/** With timers hastened, T1 is stretched as much, so that nothing is repeated before the peer had its real time. */
async function runScenario({ name, trunk, ringTimeoutMs, hangUpAfterMs, haste = 1 }: Scenario) {
  // sipp takes the same ACK for a repeat, unless it is told not to look.
  const sipp = await startSipp(name, { args: name === "repeated-200" ? ["-nr"] : [] });
  const relay = await openRelay({ to: sipp.port });
  const clock = hastened(haste);
  const peer = await openTestDialer({ clock, timers: { t1Ms: 500 * haste, t2Ms: 4_000 * haste, t4Ms: 5_000 * haste } });
  const order = testOrder(sipTrunk({ port: relay.port, contact: "source", ...trunk }), {
    ringTimeoutMs: (ringTimeoutMs ?? 10_000) * haste,
    maxDurationMs: 600_000,
  });
  const placed = placeCall(peer, order, (event, call) => {
    if (event === "answered" && hangUpAfterMs !== undefined) clock.after(hangUpAfterMs, () => call.hangUp("enough"));
  });
  const result = await placed.ended;
  const complaint = await sipp.finished;
  await peer.dialer.stop();
  await relay.close();
  return { result, complaint, placed, wire: relay.messages, media: peer.media };
}

describe("a call through sipp as the carrier", () => {
  for (const scenario of scenarios) {
    test(
      scenario.name,
      async () => {
        const { result, complaint, placed, wire, media } = await runScenario(scenario);
        expect(complaint).toBeUndefined();
        expect(result).toMatchObject(scenario.result);
        expect(placed.events).toEqual(scenario.events);
        expect(wire).toEqual(scenario.wire);
        expect(media.sessions.map(({ closed }) => closed)).toEqual([true]);
      },
      20_000,
    );
  }

  test("hold reaches the media: it stops sending, and goes on afterwards", async () => {
    const { media } = await runScenario(
      scenarios.find(({ name }) => name === "hold") ?? scenarios[0] ?? { name: "hold", result: {}, events: [], wire: [] },
    );
    expect(media.sessions[0]?.remotes.map(({ direction, codec, telephoneEvent }) => [direction, codec, telephoneEvent])).toEqual([
      ["sendrecv", "PCMA", 101],
      ["recvonly", "PCMA", 101],
      ["sendrecv", "PCMA", 101],
    ]);
  }, 20_000);

  test("TCP: the same call over a connection that was opened ahead, nothing repeated", async () => {
    const sipp = await startSipp("answer", { transport: "tcp" });
    const peer = await openTestDialer();
    const trunk = sipTrunk({ port: sipp.port, transport: "tcp" });
    expect(await peer.dialer.prepare(trunk)).toBeUndefined();
    const placed = placeCall(peer, testOrder(trunk), (event, call) => event === "answered" && setTimeout(() => call.hangUp("enough"), 50));
    expect(await placed.ended).toMatchObject(talked);
    expect(await sipp.finished).toBeUndefined();
    await peer.dialer.stop();
  }, 20_000);

  test("TCP: a trunk that is not connected gives the call back at once", async () => {
    const peer = await openTestDialer();
    const placed = placeCall(peer, testOrder(sipTrunk({ port: 9, transport: "tcp" })));
    expect(await placed.ended).toMatchObject({ ending: "failed", retry: "requeue", reason: "trunk_unreachable" });
    await peer.dialer.stop();
  });

  test.each([1, 2, 3])(
    "a fifth of the packets is lost each way (seed %d): every call is answered and ended",
    async (seed) => {
      const calls = 10;
      // sipp gives up on an INVITE that is repeated while it waits for the ACK, so the carrier is one that does not.
      const { openCarrier } = await import("../../src/sip/carrier.ts");
      const carrier = await openCarrier({
        clock: hastened(5),
        random: seededRandom(seed),
        bind: { address: "127.0.0.1", port: 0 },
        courseOf: () => ({ rings: true, answers: true, ringMs: 100, talkMs: 60_000, status: 200 }),
        media: () => ({ address: "127.0.0.1", port: 41_000 }),
      });
      const relay = await openRelay({ to: carrier.port, loss: 0.2, seed });
      const peer = await openTestDialer({ clock: hastened(5) });
      const trunk = sipTrunk({ port: relay.port, contact: "source" });
      const placed = Array.from({ length: calls }, () =>
        placeCall(peer, testOrder(trunk, { ringTimeoutMs: 60_000 }), (event, call) => event === "answered" && call.hangUp("enough")),
      );
      const results = await Promise.all(placed.map(({ ended }) => ended));
      expect(results.map(({ ending, reason }) => `${ending} ${reason}`)).toEqual(Array.from({ length: calls }, () => "completed enough"));
      expect(relay.messages.some((message) => message.startsWith("!"))).toBe(true);
      await sleepReal(2_000);
      expect(carrier.open()).toBe(0);
      await peer.dialer.stop();
      await relay.close();
      await carrier.stop();
    },
    30_000,
  );
});

function sleepReal(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
