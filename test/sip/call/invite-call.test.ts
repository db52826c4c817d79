// The life of a call on a scripted wire and a clock that tests move: what sipp cannot be made to do, or would take too long.

import { describe, expect, test } from "bun:test";
import type { Destination } from "../../../src/sip/call/call-trace.ts";
import { createFakeClock } from "../../support/fake-clock.ts";
import { CARRIER_SDP, requestOf, responseTo, scriptCall } from "../../support/scripted-wire.ts";

const second: Destination = { protocol: "udp", address: "192.0.2.2", port: 5_060, name: "192.0.2.2" };
const first: Destination = { protocol: "udp", address: "192.0.2.1", port: 5_060, name: "192.0.2.1" };

describe("a trunk that does not answer", () => {
  test("the INVITE is repeated with growing pauses for 32 s; the call goes back to the queue", () => {
    const clock = createFakeClock();
    const call = scriptCall(clock);
    clock.advance(31_999);
    expect(call.sent).toEqual(Array.from({ length: 7 }, () => "INVITE"));
    expect(call.results).toEqual([]);
    clock.advance(1);
    expect(call.results).toEqual([{ ending: "failed", retry: "requeue", reason: "trunk_unreachable", ringMs: 0, talkMs: 0 }]);
    expect(new Set(call.packets).size).toBe(1);
  });

  test("given up meanwhile, it is still the trunk's fault, and no CANCEL leaves before a provisional answer", () => {
    const clock = createFakeClock();
    const call = scriptCall(clock);
    call.call.hangUp("stopped");
    clock.advance(32_000);
    expect(call.sent).not.toContain("CANCEL");
    expect(call.results).toMatchObject([{ reason: "trunk_unreachable", retry: "requeue" }]);
  });

  test("silent after 100: the ring timeout cancels, and 32 s later the call is over", () => {
    const clock = createFakeClock();
    const call = scriptCall(clock);
    call.respond(100, "INVITE");
    clock.advance(45_000);
    expect(call.sent.slice(0, 2)).toEqual(["INVITE", "CANCEL"]);
    clock.advance(32_000);
    expect(call.results).toMatchObject([{ ending: "no_answer", reason: "ring_timeout", hungUpBy: "us" }]);
  });

  test("stopped before anything was heard, a last CANCEL leaves all the same", () => {
    const clock = createFakeClock();
    const call = scriptCall(clock);
    call.call.hangUp("shutdown");
    call.call.stop();
    expect(call.sent).toEqual(["INVITE", "CANCEL"]);
    expect(call.events).toEqual(["ended"]);
  });
});

describe("a hang-up that waits for the first provisional answer", () => {
  test("leaves with it", () => {
    const clock = createFakeClock();
    const call = scriptCall(clock);
    call.call.hangUp("stopped");
    call.respond(180, "INVITE");
    call.respond(200, "CANCEL");
    call.respond(487, "INVITE");
    expect(call.sent).toEqual(["INVITE", "CANCEL", "ACK"]);
    expect(call.results).toMatchObject([{ ending: "no_answer", reason: "stopped", sipCode: 487, hungUpBy: "us" }]);
    expect(call.events).toEqual(["ended"]);
  });

  test("busy that crossed it says more", () => {
    const clock = createFakeClock();
    const call = scriptCall(clock);
    call.respond(180, "INVITE");
    call.call.hangUp("stopped");
    call.respond(486, "INVITE");
    expect(call.results).toMatchObject([{ ending: "busy", reason: "busy", sipCode: 486, hungUpBy: "them" }]);
  });
});

describe("several places of one trunk", () => {
  test("one that cannot be sent to is passed over in the same turn; nothing left twice", () => {
    const clock = createFakeClock();
    const call = scriptCall(clock, {}, { destinations: [first, second], refuse: (to) => to.address === first.address });
    clock.advance(0);
    expect(call.sent).toEqual(["INVITE"]);
    call.respond(486, "INVITE");
    expect(call.results).toMatchObject([{ reason: "busy" }]);
  });

  test("after a 503 the next is tried, with a new branch and number", () => {
    const clock = createFakeClock();
    const call = scriptCall(clock, {}, { destinations: [first, second] });
    call.respond(503, "INVITE");
    expect(call.sent).toEqual(["INVITE", "ACK", "INVITE"]);
    expect(call.packets[2]).toContain("CSeq: 2 INVITE");
    expect(call.packets[2]).toContain(`branch=${call.identity.branch(2)}`);
    call.respond(200, "INVITE", { sdp: true });
    expect(call.events).toEqual(["answered"]);
  });

  test("never after busy, and never after silence: somebody's phone may have rung", () => {
    for (const end of [
      (call: ReturnType<typeof scriptCall>) => call.respond(486, "INVITE"),
      (_: unknown, clock: ReturnType<typeof createFakeClock>) => clock.advance(32_000),
    ]) {
      const clock = createFakeClock();
      const call = scriptCall(clock, {}, { destinations: [first, second] });
      end(call, clock);
      expect(call.packets.filter((packet) => packet.includes("CSeq: 2 INVITE"))).toEqual([]);
      expect(call.results).toHaveLength(1);
    }
  });
});

describe("a call that rings", () => {
  test("has its early media moved by an UPDATE, once our offer is answered; before that the peer has to wait", () => {
    const call = scriptCall(createFakeClock());
    call.respond(180, "INVITE");
    call.arrive(Buffer.from(requestOf(call, "UPDATE", 1, { sdp: CARRIER_SDP })));
    call.respond(183, "INVITE", { sdp: true });
    call.arrive(Buffer.from(requestOf(call, "UPDATE", 2, { sdp: CARRIER_SDP.replace("30000", "31000") })));
    expect(call.sent.slice(-2)).toEqual(["491 UPDATE", "200 UPDATE"]);
    call.respond(200, "INVITE");
    expect([call.media.answered, call.media.remotes.at(-1)?.port]).toEqual([true, 31_000]);
  });

  test("is answered with a description among other parts of the body", () => {
    const call = scriptCall(createFakeClock());
    const invite = call.packets.at(-1) ?? "";
    const body = `--b1\r\nContent-Type: application/isup;version=itu-t92+\r\n\r\n\x01\x02\r\n--b1\r\ncontent-type : application/sdp\r\n\r\n${CARRIER_SDP}\r\n--b1--\r\n`;
    call.arrive(
      Buffer.from(
        responseTo(invite, 200).replace(
          "Content-Length: 0\r\n\r\n",
          `Content-Type: multipart/mixed;boundary="b1"\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        ),
        "latin1",
      ),
    );
    expect([call.events, call.media.remotes.at(-1)?.port]).toEqual([["answered"], 30_000]);
  });
});

describe("an answered call", () => {
  const answered = (options: Record<string, unknown> = {}) => {
    const clock = createFakeClock();
    const call = scriptCall(clock, options);
    call.respond(180, "INVITE");
    clock.advance(4_000);
    call.respond(200, "INVITE", { sdp: true });
    return { clock, call };
  };

  test("ring and talk times, and who hung up", () => {
    const { clock, call } = answered();
    clock.advance(90_000);
    call.arrive(Buffer.from(requestOf(call, "BYE", 1, { headers: ["Reason: Q.850;cause=16"] })));
    expect(call.results).toEqual([
      {
        ending: "completed",
        retry: "policy",
        reason: "normal_clearing",
        ringMs: 4_000,
        talkMs: 90_000,
        sipCode: 200,
        sipReason: "Words",
        q850Cause: 16,
        hungUpBy: "them",
      },
    ]);
    expect(call.sent.slice(-1)).toEqual(["200 BYE"]);
  });

  test("is ended when it has lasted as long as a call may", () => {
    const { clock, call } = answered({ sessionSeconds: 0 });
    clock.advance(600_000);
    call.respond(200, "BYE");
    expect(call.results).toMatchObject([{ ending: "completed", reason: "max_duration", talkMs: 600_000, hungUpBy: "us" }]);
  });

  test("our BYE without an answer: the call is over after 2 s, the BYE is repeated behind it", () => {
    const { clock, call } = answered();
    call.call.hangUp("stopped");
    clock.advance(2_000);
    expect(call.results).toMatchObject([{ reason: "stopped" }]);
    clock.advance(2_000);
    expect(call.sent.filter((message) => message === "BYE").length).toBeGreaterThan(3);
  });

  test("our BYE that cannot leave, because the connection broke, leaves once it stands again", () => {
    const clock = createFakeClock();
    let broken = false;
    const call = scriptCall(clock, {}, { refuse: () => broken });
    call.respond(200, "INVITE", { sdp: true });
    broken = true;
    call.call.hangUp("stopped");
    clock.advance(4_500);
    expect([call.sent.includes("BYE"), call.results.length, call.call.remains()]).toEqual([false, 1, undefined]);
    broken = false;
    clock.advance(1_000);
    expect(call.sent.filter((message) => message === "BYE").length).toBeGreaterThan(0);
    call.respond(200, "BYE");
    expect(call.call.remains()).toBeDefined();
  });

  test("both hang up at once: one end, ours", () => {
    const { call } = answered();
    call.call.hangUp("stopped");
    call.arrive(Buffer.from(requestOf(call, "BYE", 1)));
    call.respond(200, "BYE");
    expect(call.results).toMatchObject([{ reason: "stopped", hungUpBy: "us" }]);
  });

  test("the bot's end, and its analysis", () => {
    const { call } = answered();
    call.call.botEnded({ reason: "bot_done", analysis: { lead_qualified: true } });
    call.respond(200, "BYE");
    expect(call.results).toMatchObject([{ ending: "completed", reason: "bot_done", hungUpBy: "bot", analysis: { lead_qualified: true } }]);
  });

  test("audio that fails here is a failure, by us, and no end of a conversation", () => {
    const { call } = answered();
    call.call.botEnded({ reason: "media_lost" });
    call.respond(200, "BYE");
    expect(call.results).toMatchObject([{ ending: "failed", reason: "media_lost", hungUpBy: "us" }]);
  });

  test.each([
    ["media_lost", "failed"],
    ["bot_done", "no_answer"],
  ] as const)("given up while it rings, because of %s: %s", (reason, ending) => {
    const call = scriptCall(createFakeClock());
    call.respond(180, "INVITE");
    call.call.botEnded({ reason });
    call.respond(487, "INVITE");
    expect(call.results).toMatchObject([{ ending, reason }]);
  });

  test("no audio from the far end is a failure of media", () => {
    const { call } = answered();
    call.call.noRtp();
    call.respond(200, "BYE");
    expect(call.results).toMatchObject([{ ending: "failed", reason: "no_media", retry: "policy" }]);
  });

  test("a repeated 200 within a quarter of a second is not acknowledged again", () => {
    const { clock, call } = answered();
    const acks = () => call.sent.filter((message) => message === "ACK").length;
    for (let times = 0; times < 50; times += 1) call.respond(200, "INVITE", { sdp: true });
    expect(acks()).toBe(1);
    clock.advance(250);
    call.respond(200, "INVITE", { sdp: true });
    expect(acks()).toBe(2);
  });

  test("strangers' tags, old numbers, other branches have no effect", () => {
    const { call } = answered();
    call.arrive(Buffer.from(requestOf(call, "BYE", 1, { tag: "stranger" })));
    call.arrive(Buffer.from(requestOf(call, "BYE", 1).replace(call.identity.fromTag, "0000")));
    expect(call.results).toEqual([]);
    expect(call.sent.slice(-1)).toEqual(["481 BYE"]);
  });

  test("a repeated request gets the same answer, byte for byte, and is acted upon once", () => {
    const { call } = answered();
    const offer = Buffer.from(requestOf(call, "INVITE", 1, { sdp: CARRIER_SDP.replace("a=rtpmap", "a=sendonly\r\na=rtpmap") }));
    call.arrive(offer);
    call.arrive(offer);
    const replies = call.packets.filter((packet) => packet.startsWith("SIP/2.0 200") && packet.includes("1 INVITE"));
    expect(replies).toHaveLength(2);
    expect(new Set(replies).size).toBe(1);
    expect(call.media.remotes).toHaveLength(2);
  });

  test("our 200 to a re-INVITE is repeated until its ACK; without one the call ends", () => {
    const { clock, call } = answered();
    call.arrive(Buffer.from(requestOf(call, "INVITE", 1, { sdp: CARRIER_SDP })));
    clock.advance(3_500);
    expect(call.sent.filter((message) => message === "200 INVITE")).toHaveLength(4);
    call.arrive(Buffer.from(requestOf(call, "ACK", 1)));
    clock.advance(60_000);
    expect(call.sent.filter((message) => message === "200 INVITE")).toHaveLength(4);
    call.arrive(Buffer.from(requestOf(call, "INVITE", 2, { sdp: CARRIER_SDP })));
    clock.advance(40_000);
    expect(call.sent).toContain("BYE");
  });

  test("a re-INVITE with video and text beside the audio gets an answer to each, in its order", () => {
    const { call } = answered();
    call.arrive(
      Buffer.from(
        requestOf(call, "INVITE", 1, {
          sdp: `${CARRIER_SDP}m=video 9078 RTP/AVPF 96\r\na=rtpmap:96 VP8/90000\r\nm=text 9080 RTP/AVP 98\r\n`,
        }),
      ),
    );
    expect(call.packets.at(-1)).toMatch(
      /^SIP\/2.0 200[^]*m=audio [1-9]\d+ RTP\/AVP 8 101\r\n[^]*m=video 0 RTP\/AVPF 96\r\nm=text 0 RTP\/AVP 98\r\n$/,
    );
    call.arrive(Buffer.from(requestOf(call, "ACK", 1)));
    // A later offer of ours has them in the same places.
    call.arrive(Buffer.from(requestOf(call, "INVITE", 2)));
    expect(call.packets.at(-1)).toMatch(/m=audio [1-9]\d+ RTP\/AVP 8 0 101\r\n[^]*m=video 0 RTP\/AVPF 96\r\nm=text 0 RTP\/AVP 98\r\n$/);
  });

  test.each([
    ["application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", ["5"]],
    ["application/dtmf-relay", "Duration= 250\r\nsignal= 11\r\n", ["#"]],
    ["application/dtmf;x=y", "*", ["*"]],
    ["application/dtmf-relay", "Signal=!\r\n", []],
    ["application/dtmf", "", []],
    ["text/plain", "5", []],
  ])("an INFO of %s with %j tells %j, once", (type, body, keys) => {
    const { call } = answered();
    const info = requestOf(call, "INFO", 1, { sdp: body }).replace("application/sdp", type);
    call.arrive(Buffer.from(info));
    call.arrive(Buffer.from(info));
    expect([call.sent.slice(-2), call.media.pressed]).toEqual([["200 INFO", "200 INFO"], keys]);
  });

  test("an offer that crosses ours has to wait, and is taken once ours is answered", () => {
    const { clock, call } = answered();
    const answers: (string | undefined)[] = [];
    call.call.offer("v=0\r\n", (answer) => answers.push(answer));
    call.arrive(Buffer.from(requestOf(call, "INVITE", 1, { sdp: CARRIER_SDP })));
    expect(call.sent.at(-1)).toBe("491 INVITE");
    call.respond(491, "INVITE");
    call.arrive(Buffer.from(requestOf(call, "INVITE", 2, { sdp: CARRIER_SDP })));
    expect(call.sent.at(-1)).toBe("200 INVITE");
    call.arrive(Buffer.from(requestOf(call, "ACK", 2)));
    clock.advance(4_000);
    call.respond(200, "INVITE", { sdp: true });
    expect(answers).toEqual([CARRIER_SDP]);
  });

  test("hold by an address of zeros: nothing is sent there, what comes is still heard from where it came, and it goes on", () => {
    const { call } = answered();
    const [spoken, held] = [CARRIER_SDP, CARRIER_SDP.replace("c=IN IP4 192.0.2.1", "c=IN IP4 0.0.0.0").replace("o=c 1 1", "o=c 1 2")];
    call.arrive(Buffer.from(requestOf(call, "INVITE", 1, { sdp: held })));
    expect(call.packets.at(-1)).toContain("a=recvonly");
    call.arrive(Buffer.from(requestOf(call, "ACK", 1)));
    call.arrive(Buffer.from(requestOf(call, "INVITE", 2, { sdp: spoken })));
    expect(call.media.remotes.map(({ address, port, direction }) => `${address}:${port} ${direction}`)).toEqual([
      "192.0.2.1:30000 sendrecv",
      "192.0.2.1:30000 recvonly",
      "192.0.2.1:30000 sendrecv",
    ]);
  });

  test("a re-INVITE without a description gets our offer, and its ACK brings the answer", () => {
    const { call } = answered();
    call.arrive(Buffer.from(requestOf(call, "INVITE", 1)));
    expect(call.packets.at(-1)).toMatch(/^SIP\/2.0 200[^]*m=audio \d+ RTP\/AVP 8 0 101/);
    call.arrive(Buffer.from(requestOf(call, "ACK", 1, { sdp: CARRIER_SDP.replace("30000", "31000") })));
    expect(call.media.remotes.at(-1)?.port).toBe(31_000);
  });

  test("a late leg of a fork is acknowledged and ended, the conversation goes on", () => {
    const { call } = answered();
    call.respond(200, "INVITE", { sdp: true, tag: "late" });
    expect(call.sent.slice(-2)).toEqual(["ACK", "BYE"]);
    expect(call.packets.at(-1)).toContain("tag=late");
    expect(call.results).toEqual([]);
  });

  test("a 200 without a To tag, as RFC 2543 allowed, can be acknowledged and ended", () => {
    const clock = createFakeClock();
    const call = scriptCall(clock);
    call.respond(200, "INVITE", { sdp: true, tag: "" });
    expect(call.events).toEqual(["answered"]);
    call.call.hangUp("stopped");
    call.respond(200, "BYE");
    expect(call.results).toHaveLength(1);
  });
});

describe("routes", () => {
  test("a proxy that records its inner address may speak from there, and nobody else may", () => {
    const call = scriptCall(createFakeClock());
    call.respond(200, "INVITE", { sdp: true, headers: ["Record-Route: <sip:10.0.0.50;lr;r2=on>, <sip:192.0.2.51;lr;r2=on>"] });
    expect(["10.0.0.50", "192.0.2.51", "192.0.2.1", "192.0.2.77"].map((address) => call.call.mayHear(address))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test("the 2xx's Record-Route, turned round; a strict router gets the URI", () => {
    const clock = createFakeClock();
    const loose = scriptCall(clock);
    loose.respond(200, "INVITE", { sdp: true, headers: ["Record-Route: <sip:192.0.2.50;lr>, <sip:192.0.2.51;lr>"] });
    expect(loose.packets.at(-1)).toMatch(
      /^ACK sip:far@192\.0\.2\.1:5060 SIP\/2\.0\r\n[^]*Route: <sip:192\.0\.2\.51;lr>\r\nRoute: <sip:192\.0\.2\.50;lr>\r\n/,
    );
    const strict = scriptCall(clock);
    strict.respond(200, "INVITE", { sdp: true, headers: ["Record-Route: <sip:192.0.2.50>"] });
    expect(strict.packets.at(-1)).toMatch(/^ACK sip:192\.0\.2\.50 SIP\/2\.0\r\n[^]*Route: <sip:far@192\.0\.2\.1:5060>\r\n/);
  });
});
