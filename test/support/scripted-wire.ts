// A call on a wire that goes nowhere: what it sends is written down, and a test says what comes back.

import { type CallIdentity, identityOf } from "../../src/sip/call/identity.ts";
import { type InviteCall, startInviteCall } from "../../src/sip/call/invite-call.ts";
import { standardTimers } from "../../src/sip/transaction/timers.ts";
import { createAccount } from "../../src/sip/trunk/trunk-account.ts";
import { readTrunkOptions } from "../../src/sip/trunk/trunk-options.ts";
import { parseMessage } from "../../src/sip/message/message.ts";
import type { Destination } from "../../src/sip/call/call-trace.ts";
import type { DialResult } from "../../src/calls/ending.ts";
import { callMedia } from "../../src/sip/call/call-media.ts";
import { createFakeMedia, type FakeSession } from "./fake-media.ts";
import type { FakeClock } from "./fake-clock.ts";
import { summary } from "./udp-relay.ts";
import { plainPlan } from "./bot-plan.ts";

export interface ScriptedCall {
  call: InviteCall;
  identity: CallIdentity;
  /** Summaries of what left, in order. */
  sent: string[];
  /** The same, whole. */
  packets: string[];
  events: string[];
  results: DialResult[];
  media: FakeSession;
  /** Hands bytes to the call as the network would; malformed ones go nowhere. */
  arrive(bytes: Uint8Array): void;
  /** A response to the last request of this method that left. */
  respond(status: number, method: string, more?: { tag?: string; headers?: readonly string[]; sdp?: boolean | string }): void;
}

export const carrierPlace: Destination = { protocol: "udp", address: "192.0.2.1", port: 5_060, name: "192.0.2.1" };

export const CARRIER_SDP = [
  "v=0",
  "o=c 1 1 IN IP4 192.0.2.1",
  "s=-",
  "c=IN IP4 192.0.2.1",
  "t=0 0",
  "m=audio 30000 RTP/AVP 8 101",
  "a=rtpmap:101 telephone-event/8000",
  "",
].join("\r\n");

let made = 0;

/** `clock` and the defaults are the fastest way to a call; `options` are the trunk's. */
export function scriptCall(
  clock: FakeClock,
  options: Record<string, unknown> = {},
  more: { callId?: string; destinations?: readonly Destination[]; refuse?: (to: Destination) => boolean } = {},
): ScriptedCall {
  const read = readTrunkOptions({ host: "192.0.2.1", ...options });
  if ("problems" in read) throw new Error(read.problems.join("; "));
  const identity = identityOf(more.callId ?? `call_${(made += 1)}`, "secret");
  const media = createFakeMedia();
  const session = media.open(
    { callId: identity.callId, bot: plainPlan(), srtp: read.options.srtp !== "off" },
    { botEnded: () => undefined, dtmf: () => undefined, noRtp: () => undefined, told: () => undefined },
  );
  const opened = media.sessions[0];
  if (session === undefined || opened === undefined) throw new Error("the fake media gave no session");
  const scripted: Pick<ScriptedCall, "sent" | "packets" | "events" | "results"> = { sent: [], packets: [], events: [], results: [] };
  const { username, password } = read.options;
  const call = startInviteCall({
    clock,
    wire: {
      send(bytes, to) {
        if (more.refuse?.(to) === true) return false;
        scripted.sent.push(summary(bytes));
        scripted.packets.push(Buffer.from(bytes).toString("latin1"));
        return true;
      },
      own: () => ({ address: "192.0.2.9", port: 5_070 }),
    },
    timers: standardTimers,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    account: createAccount(
      username === undefined || password === undefined ? undefined : { username, password, realm: read.options.realm },
      () => "cnonce",
    ),
    trunk: read.options,
    identity,
    numbers: { from: "+15550100001", to: "+15550100002" },
    headers: [],
    destinations: more.destinations ?? [carrierPlace],
    media: (parts) => callMedia({ session, trunk: read.options, ...parts }),
    ringTimeoutMs: 45_000,
    maxDurationMs: 600_000,
    events: {
      ringing: () => void scripted.events.push("ringing"),
      answered: () => void scripted.events.push("answered"),
      trace: (_state, stored) => stored(),
      told: () => undefined,
      faulty: () => undefined,
      ended(result) {
        scripted.events.push("ended");
        scripted.results.push(result);
      },
    },
  });
  const arrive = (bytes: Uint8Array) => {
    const parsed = parseMessage(bytes);
    if ("message" in parsed && parsed.message.callId === identity.callId) call.receive(parsed.message, carrierPlace);
  };
  return {
    ...scripted,
    call,
    identity,
    media: opened,
    arrive,
    respond(status, method, parts = {}) {
      const request = scripted.packets.findLast((packet) => packet.startsWith(`${method} `)) ?? "";
      arrive(Buffer.from(responseTo(request, status, parts), "latin1"));
    },
  };
}

export function responseTo(
  request: string,
  status: number,
  { tag = "far", headers = [], sdp = false }: { tag?: string; headers?: readonly string[]; sdp?: boolean | string } = {},
): string {
  const copied = request.split("\r\n").filter((line) => /^(Via|From|To|Call-ID|CSeq):/.test(line));
  const tagged = copied.map((line) => (line.startsWith("To:") && !line.includes(";tag=") && status > 100 ? `${line};tag=${tag}` : line));
  const text = sdp === true ? CARRIER_SDP : sdp || "";
  const body = text === "" ? [] : ["Content-Type: application/sdp"];
  return [
    `SIP/2.0 ${status} Words`,
    ...tagged,
    "Contact: <sip:far@192.0.2.1:5060>",
    ...headers,
    ...body,
    `Content-Length: ${text.length}`,
    "",
    text,
  ].join("\r\n");
}

/** A request of the far end inside the call. */
export function requestOf(
  call: Pick<ScriptedCall, "packets" | "identity">,
  method: string,
  cseq: number,
  { tag = "far", headers = [], sdp = "" }: { tag?: string; headers?: readonly string[]; sdp?: string } = {},
): string {
  return [
    `${method} sip:outdial@192.0.2.9:5070 SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKfar${cseq}${method}`,
    `From: <sip:+15550100002@192.0.2.1>;tag=${tag}`,
    `To: <sip:+15550100001@192.0.2.1>;tag=${call.identity.fromTag}`,
    `Call-ID: ${call.identity.callId}`,
    `CSeq: ${cseq} ${method}`,
    ...headers,
    ...(sdp === "" ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${sdp.length}`,
    "",
    sdp,
  ].join("\r\n");
}
