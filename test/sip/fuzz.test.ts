// Mutated messages against the parser and a call in progress: no crash, no stall, no wrong effect. Seeded, so that a case
// that fails can be run again: OUTDIAL_FUZZ_CASES sets how many (1,000,000 for a long run), OUTDIAL_FUZZ_SEED where to begin.

import { describe, expect, test } from "bun:test";
import { seededRandom } from "../../src/runtime/random.ts";
import { createFramer } from "../../src/sip/message/framing.ts";
import { parseMessage } from "../../src/sip/message/message.ts";
import { parseSdp } from "../../src/sip/message/sdp.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import { CARRIER_SDP, requestOf, responseTo, scriptCall, type ScriptedCall } from "../support/scripted-wire.ts";

const cases = Number(process.env.OUTDIAL_FUZZ_CASES ?? 50_000);
const firstSeed = Number(process.env.OUTDIAL_FUZZ_SEED ?? 1);
const STALL_MS = 50;

type Draw = (below: number) => number;

/** Pieces that parsers trip over. */
const nasty = [
  "\r\n",
  "\r\n\r\n",
  "\r\n ",
  "\0",
  '"',
  "\\",
  "<",
  ">",
  ";",
  ",",
  ":",
  "=",
  "@",
  "%",
  "[",
  "]",
  "\xff",
  "\xc3\x28",
  "Content-Length: 99999999\r\n",
  "Content-Length: -1\r\n",
  "l:0\r\n",
  "SIP/2.0",
  "tag=",
  ";;;;",
  "a".repeat(3_000),
  '"'.repeat(500),
  "<".repeat(500),
  ",".repeat(2_000),
  ";a".repeat(2_000),
  " ".repeat(2_000),
  "4294967296",
  "2147483648",
  "\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKx",
  "\r\nTo: <sip:x@y>;tag=z",
];

function mutate(text: string, draw: Draw): string {
  let mutated = text;
  for (let times = 1 + draw(4); times > 0; times -= 1) {
    const at = draw(mutated.length + 1);
    const length = draw(20);
    switch (draw(7)) {
      case 0:
        mutated = mutated.slice(0, at) + String.fromCharCode(draw(256)) + mutated.slice(at + 1);
        break;
      case 1:
        mutated = mutated.slice(0, at) + mutated.slice(at + length);
        break;
      case 2:
        mutated = mutated.slice(0, at) + (nasty[draw(nasty.length)] ?? "") + mutated.slice(at);
        break;
      case 3:
        mutated = mutated.slice(0, at) + mutated.slice(at, at + length).repeat(1 + draw(5)) + mutated.slice(at);
        break;
      case 4:
        mutated = mutated.slice(0, at);
        break;
      case 5: {
        const lines = mutated.split("\r\n");
        const [line = ""] = lines.splice(draw(lines.length), 1);
        lines.splice(draw(lines.length + 1), 0, line);
        mutated = lines.join("\r\n");
        break;
      }
      default:
        mutated = mutated.replace(/\d+/g, (digits) => (draw(6) === 0 ? String(draw(2 ** 31)) : digits));
    }
  }
  return mutated;
}

const clock = createFakeClock();
const states: Record<string, (call: ScriptedCall) => void> = {
  calling: () => undefined,
  ringing: (call) => call.respond(180, "INVITE"),
  talking: (call) => call.respond(200, "INVITE", { sdp: true }),
};
const stateNames = Object.keys(states);

/** Well-formed messages of the far end, to begin from. */
function seeds(call: ScriptedCall): string[] {
  const invite = call.packets[0] ?? "";
  return [
    responseTo(invite, 100),
    responseTo(invite, 180, { headers: ["Record-Route: <sip:p.example.com;lr>, <sip:q.example.com;lr>"] }),
    responseTo(invite, 183, { sdp: true, headers: ["Require: 100rel", "RSeq: 1"] }),
    responseTo(invite, 200, { sdp: true, headers: ["Session-Expires: 1800;refresher=uas"] }),
    responseTo(invite, 401, { headers: ['WWW-Authenticate: Digest realm="r,s", nonce="n", qop="auth,auth-int", algorithm=SHA-256'] }),
    responseTo(invite, 486, { headers: ['Reason: Q.850;cause=17;text="User busy"'] }),
    responseTo(invite, 503, { headers: ["Retry-After: 5"] }),
    requestOf(call, "BYE", 1),
    requestOf(call, "INVITE", 1, { sdp: CARRIER_SDP, headers: ["Contact: <sip:far@192.0.2.1>"] }),
    requestOf(call, "UPDATE", 2, { sdp: CARRIER_SDP, headers: ["Session-Expires: 90;refresher=uac"] }),
    requestOf(call, "INFO", 3),
  ];
}

/** What an effect must be able to show for itself in the bytes, however they were mutated. */
function justified(effect: string, text: string, call: ScriptedCall, state: string): boolean {
  const firstLine = text.replace(/^[\r\n]+/, "").split("\r\n", 1)[0] ?? "";
  if (!text.includes(call.identity.callId)) return false;
  const ofOurInvite = text.includes(call.identity.branch(1)) && /SIP\/2\.0 [1-6]\d\d/.test(firstLine);
  if (effect === "ringing") return state === "calling" && ofOurInvite && /^SIP\/2\.0 18\d/.test(firstLine);
  if (effect === "answered") return state !== "talking" && ofOurInvite && /^SIP\/2\.0 2\d\d/.test(firstLine);
  if (state === "talking") return /^BYE /.test(firstLine) && text.includes(call.identity.fromTag);
  return ofOurInvite && /^SIP\/2\.0 [3-6]\d\d/.test(firstLine);
}

function runCase(seed: number): { slowMs: number; wrong: string | undefined } {
  const random = seededRandom(seed);
  const draw: Draw = (below) => Math.floor(random.fraction() * below);
  const state = stateNames[draw(stateNames.length)] ?? "calling";
  const call = scriptCall(clock, { username: "u", password: "p" }, { callId: "call_fuzz" });
  states[state]?.(call);
  clock.settle();
  const before = call.events.length;
  const candidates = seeds(call);
  const text = mutate(candidates[draw(candidates.length)] ?? "", draw);
  const bytes = Buffer.from(text, "latin1");
  const startedAt = performance.now();
  call.arrive(bytes);
  clock.settle();
  parseSdp(text.slice(text.indexOf("\r\n\r\n") + 4));
  createFramer().push(bytes);
  const slowMs = performance.now() - startedAt;
  const effects = call.events.slice(before);
  const isRight = effects.length <= 1 && effects.every((effect) => justified(effect, text, call, state));
  call.call.stop();
  clock.clear();
  return { slowMs, wrong: isRight ? undefined : `seed ${seed}, ${state}: ${effects.join(", ")} after ${JSON.stringify(text)}` };
}

describe("mutated messages", () => {
  test(
    `${cases} of them, from seed ${firstSeed}: no crash, no stall above ${STALL_MS} ms, no wrong effect on a call`,
    () => {
      const wrong: string[] = [];
      const slow: string[] = [];
      for (let seed = firstSeed; seed < firstSeed + cases; seed += 1) {
        const outcome = runCase(seed);
        if (outcome.wrong !== undefined) wrong.push(outcome.wrong);
        // A pause of the machine is not ours: a case is slow when it is slow twice more.
        if (outcome.slowMs > STALL_MS && runCase(seed).slowMs > STALL_MS && runCase(seed).slowMs > STALL_MS)
          slow.push(`seed ${seed}: ${outcome.slowMs} ms`);
      }
      expect(wrong.slice(0, 3)).toEqual([]);
      expect(slow).toEqual([]);
    },
    60_000 + cases * 3,
  );

  test("the oracle catches a wrong effect: unchanged messages do have effects", () => {
    const call = scriptCall(clock, {}, { callId: "call_fuzz" });
    call.respond(200, "INVITE", { sdp: true });
    expect(call.events).toEqual(["answered"]);
    expect(justified("answered", "SIP/2.0 486 Busy", call, "calling")).toBe(false);
    call.call.stop();
    clock.clear();
  });

  test("sizes that invite quadratic work are read in no time", () => {
    const head =
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n";
    for (const filler of [" ", "\t", '"', "<", ",", ";", "%", "\\", "\r\n ", "a", "a=", "sip:", "[", "(", "Q.850;"]) {
      for (const name of ["Contact", "Reason", "WWW-Authenticate", "To", "Via", "Session-Expires", "X"]) {
        for (const [before, after] of [
          ["", ""],
          ["SIP/2.0/UDP x", "!"],
          ["<sip:a@b>", "!"],
          ["folded\r\n ", "!"],
          ['"x', '"<sip:a@b>'],
          ["sip:a@b", "\x01"],
        ]) {
          const value = `${before}${filler.repeat(Math.floor(60_000 / filler.length))}${after}`;
          const text = `${head.replace(new RegExp(`${name}: .*\r\n`), "")}${name}: ${value}\r\n\r\n`;
          const startedAt = performance.now();
          parseMessage(Buffer.from(text, "latin1"));
          expect(`${name} ${before} ${JSON.stringify(filler)} ${performance.now() - startedAt < STALL_MS ? "fast" : "slow"}`).toEndWith(
            "fast",
          );
        }
      }
    }
  });
});
