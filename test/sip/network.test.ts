// Packets at the door: framing of streams, strangers, a dead peer beside a live one.

import { createSocket } from "node:dgram";
import { describe, expect, test } from "bun:test";
import { createFramer } from "../../src/sip/message/framing.ts";
import { openTransport } from "../../src/sip/transport/transport.ts";
import { createRouter } from "../../src/sip/transport/router.ts";
import { openUdp } from "../../src/sip/transport/udp-transport.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import { freshPort } from "../support/tools.ts";

const packet = (method: string, callId = "x", body = "") =>
  Buffer.from(
    [
      `${method} sip:a@b SIP/2.0`,
      "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;rport",
      "From: <sip:a@b>;tag=1",
      "To: <sip:a@b>",
      `Call-ID: ${callId}`,
      `CSeq: 1 ${method}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );

describe("messages on a stream", () => {
  const whole = Buffer.concat([packet("OPTIONS", "1"), Buffer.from("\r\n\r\n"), packet("INFO", "2", "h\u00e9llo"), packet("BYE", "3")]);
  test.each([1, 2, 3, 7, 50, 100, 10_000])("are found again whatever pieces they come in (%d bytes)", (size) => {
    const framer = createFramer();
    const frames: string[] = [];
    for (let at = 0; at < whole.length; at += size)
      frames.push(
        ...framer.push(whole.subarray(at, at + size)).frames.map((frame) => Buffer.from(frame).toString("latin1").split(" ", 1)[0] ?? ""),
      );
    expect(frames).toEqual(["OPTIONS", "INFO", "BYE"]);
  });
  test.each([
    ["no Content-Length", "OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\n\r\n"],
    ["a body beyond all bounds", "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 99999999\r\n\r\n"],
    ["a head that does not end", "x".repeat(70_000)],
  ])("%s breaks the stream", (_, text) => expect(createFramer().push(Buffer.from(text)).broken).toBe(true));
  test("the compact name counts", () =>
    expect(createFramer().push(Buffer.from("OPTIONS sip:a@b SIP/2.0\r\nl: 2\r\n\r\nhi")).frames).toHaveLength(1));
});

describe("the way to a trunk", () => {
  test.each([
    ["0.0.0.0", "::1", "IPv6"],
    ["::", "127.0.0.1", "IPv4"],
  ])("audio at %s: a connection to %s is no way, and the remedy is named", async (audio, address, family) => {
    const transport = await openTransport({
      clock: createFakeClock(),
      bind: { address: "127.0.0.1", port: 0 },
      advertise: undefined,
      audio,
      receive: () => undefined,
    });
    expect(transport.problem({ protocol: "tcp", address, port: 5_060, name: address })).toBe(
      `the audio of calls is taken at ${audio}, which is not ${family}; set OUTDIAL_SIP_ADDRESS to an address of ours in ${family}`,
    );
    await transport.close();
  });
});

describe("the router", () => {
  const open = () => {
    const clock = createFakeClock();
    const sent: string[] = [];
    const warnings: string[] = [];
    const heard: string[] = [];
    const router = createRouter({
      clock,
      log: { debug: () => undefined, info: () => undefined, error: () => undefined, warn: (event) => void warnings.push(event) },
      isTrunk: (address) => address === "192.0.2.1",
      send: (bytes) => void sent.push(Buffer.from(bytes).toString("latin1").split("\r\n", 1)[0] ?? ""),
      newTag: () => "tag",
    });
    const from = (address: string) => ({ protocol: "udp" as const, address, port: 5_060, name: address });
    router.add("known", {
      receive: (message) => void heard.push(message.kind),
      mayHear: (address) => address === "192.0.2.77",
      stop: () => void heard.push("stopped"),
    });
    return { clock, router, sent, warnings, heard, from };
  };

  test("strangers get no answer, and one line of the log in a minute", () => {
    const { clock, router, sent, warnings, heard, from } = open();
    for (let times = 0; times < 100; times += 1) {
      router.receive(packet("REGISTER"), from("203.0.113.9"));
      router.receive(packet("BYE", "known"), from("203.0.113.9"));
      router.receive(Buffer.from("nonsense"), from("203.0.113.9"));
    }
    expect([sent, heard, warnings]).toEqual([[], [], ["sip.stranger"]]);
    clock.advance(60_000);
    router.receive(packet("OPTIONS"), from("203.0.113.9"));
    expect(warnings).toHaveLength(2);
  });

  test.each([
    ["OPTIONS", "200"],
    ["INVITE", "403"],
    ["REGISTER", "403"],
    ["BYE", "481"],
    ["MESSAGE", "481"],
  ])("a trunk's %s outside of any call: %s", (method, status) => {
    const { router, sent, from } = open();
    router.receive(packet(method), from("192.0.2.1"));
    expect(sent[0]).toStartWith(`SIP/2.0 ${status} `);
  });

  test("a call hears its trunk, and its own peer", () => {
    const { router, heard, from } = open();
    for (const address of ["192.0.2.1", "192.0.2.77", "192.0.2.78"]) router.receive(packet("BYE", "known"), from(address));
    expect(heard).toEqual(["request", "request"]);
  });

  test("what is over is forgotten in time", () => {
    const { clock, router, heard, sent, from } = open();
    router.removeAfter("known", 32_000);
    clock.advance(31_000);
    router.receive(packet("BYE", "known"), from("192.0.2.1"));
    clock.advance(2_000);
    router.receive(packet("BYE", "known"), from("192.0.2.1"));
    expect(heard).toEqual(["request", "stopped"]);
    expect(sent).toHaveLength(1);
  });
});

test("while a dead peer is addressed too, nothing for a live one is lost", async () => {
  const live = createSocket("udp4");
  let received = 0;
  live.on("message", () => void (received += 1));
  const port = await new Promise<number>((resolve) => live.bind(0, "127.0.0.1", () => resolve(live.address().port)));
  const udp = await openUdp("127.0.0.1", 0, () => undefined);
  const place = (to: number) => ({ protocol: "udp" as const, address: "127.0.0.1", port: to, name: "127.0.0.1" });
  const dead = freshPort();
  for (let times = 0; times < 100; times += 1) {
    udp.send(packet("OPTIONS"), place(dead));
    await new Promise((resolve) => setTimeout(resolve, 1));
    udp.send(packet("OPTIONS"), place(port));
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(received).toBe(100);
  await udp.close();
  expect(udp.send(packet("OPTIONS"), place(port))).toBe(false);
  live.close();
});
