import { describe, expect, test } from "bun:test";
import { createFaultMemory } from "../../src/sip/trunk/fault-memory.ts";
import { botVerdict, isOfLine, machineEnding, type Refusal, refusalVerdict } from "../../src/sip/status.ts";

const refusal = (status: number, more: Partial<Refusal> = {}): Refusal => ({
  status,
  text: "",
  cause: undefined,
  rang: false,
  retryAfter: false,
  providerCode: undefined,
  ...more,
});
const told = (of: Refusal) => {
  const { ending, reason, retry, suspect, requeueOnce } = refusalVerdict(of);
  return [
    ending,
    reason,
    retry,
    ...(suspect === undefined ? [] : [`suspect ${suspect}`]),
    ...(requeueOnce === true ? ["requeue once"] : []),
  ].join(", ");
};

describe("a final response", () => {
  test.each([
    // Redirection, never followed.
    [300, "failed, redirected, policy"],
    [302, "failed, redirected, policy"],
    [380, "failed, redirected, policy"],
    // The account.
    [401, "failed, trunk_auth, halt"],
    [402, "failed, trunk_credit, halt"],
    [403, "failed, forbidden, never, suspect account"],
    [407, "failed, trunk_auth, halt"],
    [433, "failed, caller_id_rejected, halt"],
    [436, "failed, caller_id_rejected, halt"],
    [437, "failed, caller_id_rejected, halt"],
    [438, "failed, caller_id_rejected, halt"],
    // The number.
    [404, "failed, number_unknown, never"],
    [410, "failed, number_unknown, never"],
    [484, "failed, number_unknown, never"],
    [485, "failed, number_unknown, never"],
    [604, "failed, number_unknown, never"],
    [607, "failed, blocked, never"],
    [608, "failed, blocked, never"],
    // The person.
    [480, "no_answer, unavailable, policy"],
    [487, "no_answer, unavailable, policy"],
    [486, "busy, busy, policy"],
    [600, "busy, busy, policy"],
    [603, "busy, declined, policy"],
    // Protocol.
    [405, "failed, media_or_protocol, policy, suspect protocol"],
    [406, "failed, media_or_protocol, policy, suspect protocol"],
    [415, "failed, media_or_protocol, policy, suspect protocol"],
    [416, "failed, media_or_protocol, policy, suspect protocol"],
    [420, "failed, media_or_protocol, policy, suspect protocol"],
    [488, "failed, media_or_protocol, policy, suspect protocol"],
    [606, "failed, media_or_protocol, policy, suspect protocol"],
    // The trunk.
    [408, "failed, trunk_unreachable, requeue"],
    [482, "failed, trunk_error, policy, requeue once"],
    [483, "failed, trunk_error, policy, requeue once"],
    [500, "failed, server_error, policy"],
    [501, "failed, trunk_error, policy, requeue once"],
    [502, "failed, trunk_error, policy, requeue once"],
    [503, "failed, trunk_busy, requeue"],
    [504, "failed, trunk_error, policy, requeue once"],
    [505, "failed, trunk_error, policy, requeue once"],
    [513, "failed, trunk_error, policy, requeue once"],
    [580, "failed, trunk_error, policy, requeue once"],
    // Not listed: counts as an attempt.
    [400, "failed, refused, policy"],
    [499, "failed, refused, policy"],
    [599, "failed, server_error, policy"],
    [699, "busy, declined, policy"],
  ])("%d: %s", (status, expected) => expect(told(refusal(status))).toBe(expected));

  test("no unlisted code dials again at once", () => {
    const always = new Set([408, 503]);
    for (let status = 300; status < 700; status += 1) {
      if (!always.has(status)) expect(`${status} ${refusalVerdict(refusal(status)).retry}`).not.toContain("requeue");
    }
  });

  test.each<[string, Refusal, string]>([
    ["603 with a network's block", refusal(603, { text: "Network Blocked" }), "failed, blocked, never"],
    ["603 of an analytics engine", refusal(603, { text: "Decline Rejected by Analytics" }), "failed, blocked, never"],
    ["603 with the provider's code for it", refusal(603, { providerCode: "32203" }), "failed, blocked, never"],
    ["486 with such words stays busy", refusal(486, { text: "spam" }), "busy, busy, policy"],
    ["500 for calls per second", refusal(500, { text: "CPS limit exceeded" }), "failed, trunk_busy, requeue"],
    ["502 for concurrent calls", refusal(502, { text: "Too many concurrent calls" }), "failed, trunk_busy, requeue"],
    ["404 with such words stays a wrong number", refusal(404, { text: "limit exceeded" }), "failed, number_unknown, never"],
    ["408 after ringing", refusal(408, { rang: true }), "no_answer, no_answer, policy"],
    ["503 with Retry-After and a cause", refusal(503, { retryAfter: true, cause: 1 }), "failed, trunk_busy, requeue"],
  ])("%s", (_, of, expected) => expect(told(of)).toBe(expected));
});

describe("a Q.850 cause beside a vague code", () => {
  test.each([
    [1, "failed, number_unknown, never"],
    [2, "failed, no_route, policy, requeue once"],
    [3, "failed, no_route, never, requeue once"],
    [16, "no_answer, no_answer, policy"],
    [17, "busy, busy, policy"],
    [18, "no_answer, no_answer, policy"],
    [19, "no_answer, no_answer, policy"],
    [20, "no_answer, unavailable, policy"],
    [21, "busy, declined, policy"],
    [22, "failed, number_unknown, never"],
    [25, "failed, no_route, policy, requeue once"],
    [26, "failed, trunk_error, policy, requeue once"],
    [27, "failed, no_route, policy, requeue once"],
    [28, "failed, number_unknown, never"],
    [29, "failed, barred, policy, suspect account"],
    [31, "no_answer, unavailable, policy"],
    [34, "failed, trunk_busy, requeue"],
    [38, "failed, trunk_error, requeue"],
    [41, "failed, trunk_error, requeue"],
    [42, "failed, trunk_busy, requeue"],
    [50, "failed, barred, policy, suspect account"],
    [57, "failed, barred, policy, suspect account"],
    [58, "failed, trunk_error, requeue"],
    [63, "failed, trunk_error, requeue"],
    [65, "failed, trunk_error, policy"],
    [88, "failed, trunk_error, policy"],
    [102, "failed, trunk_error, policy, requeue once"],
    [111, "failed, trunk_error, policy"],
    [127, "failed, trunk_error, policy"],
  ])("480 with cause %d: %s", (cause, expected) => expect(told(refusal(480, { cause }))).toBe(expected));

  test("an unknown cause changes nothing", () => expect(told(refusal(480, { cause: 99 + 20 }))).toBe("no_answer, unavailable, policy"));
  test("cause 102 after ringing is no answer", () =>
    expect(told(refusal(500, { cause: 102, rang: true }))).toBe("no_answer, no_answer, policy"));
  test("a clear code is believed more than a cause", () => expect(told(refusal(486, { cause: 1 }))).toBe("busy, busy, policy"));
});

describe("what the bot's side says of the end", () => {
  test.each([
    ["bot_unreachable", "failed", "requeue"],
    ["bot_crashed", "failed", "policy"],
    ["audio_missing", "failed", "policy"],
    ["media_lost", "failed", "policy"],
    ["media_failed", "failed", "policy"],
    ["srtp_failed", "failed", "policy"],
    ["bot_unsupported", "failed", "policy"],
    ["machine_answered", "voicemail", "policy"],
    ["voicemail", "voicemail", "policy"],
    ["silence_timeout", "completed", "policy"],
    ["opted_out", "completed", "policy"],
    ["done", "completed", "policy"],
  ])("%s: %s, %s", (reason, ending, retry) =>
    expect(botVerdict(reason)).toEqual({ ending, retry, reason } as ReturnType<typeof botVerdict>),
  );
});

describe("what our own ear says of the end", () => {
  test.each(["fax", "number_unknown"])("%s: never again", (reason) =>
    expect(botVerdict(reason)).toEqual({ ending: "failed", retry: "never", reason }),
  );

  test("is ours, and the rest the bot's", () => {
    expect(
      ["machine_answered", "voicemail", "fax", "number_unknown", "silence_timeout", "opted_out", "media_lost", "srtp_failed"].filter(
        isOfLine,
      ),
    ).toHaveLength(8);
    expect(["bot_hung_up", "bot_crashed", "done"].filter(isOfLine)).toEqual([]);
  });

  test.each([
    ["completed", "hangup", "voicemail"],
    ["completed", "message", "voicemail"],
    ["completed", "continue", "completed"],
    ["failed", "message", "failed"],
  ] as const)("a %s call to a machine that is answered with %s is %s", (ending, action, expected) =>
    expect(machineEnding(ending, action)).toBe(expected),
  );
});

describe("the memory of a trunk's faults", () => {
  const forbidden = refusalVerdict(refusal(403));
  const routing = refusalVerdict(refusal(502));
  const busy = refusalVerdict(refusal(486));

  test("five different numbers forbidden in a row halt; an ordinary end in between does not let it come to that", () => {
    const memory = createFaultMemory();
    expect(["1", "2", "3", "4"].map((number) => memory.judge(forbidden, number))).toEqual(["never", "never", "never", "never"]);
    expect(memory.judge(busy, "5")).toBe("policy");
    expect(["6", "7", "8", "9", "10"].map((number) => memory.judge(forbidden, number)).at(-1)).toBe("halt");
  });

  test("the same number five times is the number's fault", () => {
    const memory = createFaultMemory();
    expect(Array.from({ length: 6 }, () => memory.judge(forbidden, "1"))).not.toContain("halt");
  });

  test("a fault of the route gives the attempt back once", () => {
    const memory = createFaultMemory();
    expect([memory.judge(routing, "1"), memory.judge(routing, "2"), memory.judge(routing, "1"), memory.judge(routing, "1")]).toEqual([
      "requeue",
      "requeue",
      "policy",
      "requeue",
    ]);
  });
});
