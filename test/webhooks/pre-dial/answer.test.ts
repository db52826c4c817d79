import { describe, expect, test } from "bun:test";
import { readAnswer } from "../../../src/webhooks/pre-dial/answer.ts";
import type { SendResult } from "../../../src/webhooks/retry.ts";

const ok = (body: string | undefined, status = 200): SendResult => ({ kind: "answer", status, body });
const no = (reason: string) => ({ kind: "refused", reason, isFault: false });
const broken = (reason: string) => ({ kind: "refused", reason, isFault: true });
const neither = broken('the pre-dial hook answered neither { "eligible": true } nor { "eligible": false }');
const late = broken("the pre-dial hook did not answer within 5 s");

const table: [what: string, result: SendResult, answer: object][] = [
  ["yes", ok('{"eligible":true}'), { kind: "eligible" }],
  ["yes, with 201 and more fields", ok(' {"eligible": true, "note": 1} ', 201), { kind: "eligible" }],
  ["no", ok('{"eligible":false}'), no("the pre-dial hook said no")],
  ["no, with a reason", ok('{"eligible":false,"reason":" has\\npaid "}'), no("the pre-dial hook said no: has paid")],
  [
    "no, with a reason that is long",
    ok(`{"eligible":false,"reason":"${"x".repeat(300)}"}`),
    no(`the pre-dial hook said no: ${"x".repeat(200)}`),
  ],
  ["no, with a reason that is none", ok('{"eligible":false,"reason":5}'), no("the pre-dial hook said no")],
  [
    "no, with an instant",
    ok('{"eligible":false,"until":"2026-05-06T12:00:00Z"}'),
    { ...no("the pre-dial hook said no"), until: Date.UTC(2026, 4, 6, 12) },
  ],
  [
    "no, with a time that means something else in every zone",
    ok('{"eligible":false,"until":"2026-05-06T12:00:00"}'),
    no("the pre-dial hook said no"),
  ],
  ["yes as a text", ok('{"eligible":"true"}'), neither],
  ["yes as a number", ok('{"eligible":1}'), neither],
  ["another field", ok('{"Eligible":true}'), neither],
  ["a list", ok('[{"eligible":true}]'), neither],
  ["true alone", ok("true"), neither],
  ["null", ok("null"), neither],
  ["no JSON", ok("<html>eligible: true</html>"), neither],
  ["JSON that is cut off", ok('{"eligible":true'), neither],
  ["nothing", ok(""), neither],
  ["a body that broke off or is too long", ok(undefined), neither],
  ["yes with a 500", ok('{"eligible":true}', 500), broken("the pre-dial hook answered 500")],
  ["yes with a redirect", ok('{"eligible":true}', 302), broken("the pre-dial hook answered 302")],
  ["yes with a 199", ok('{"eligible":true}', 199), broken("the pre-dial hook answered 199")],
  ["yes with a 300", ok('{"eligible":true}', 300), broken("the pre-dial hook answered 300")],
  [
    "nobody",
    { kind: "error", error: "the request failed: ECONNREFUSED" },
    broken("the pre-dial hook was not reached: the request failed: ECONNREFUSED"),
  ],
];

describe("the answer of a pre-dial hook", () => {
  test.each(table)("%s", (_, result, answer) => expect<object>(readAnswer(result, 4_999, 5_000)).toEqual(answer));
  test.each(table)("%s, too late", (_, result) => expect<object>(readAnswer(result, 5_000, 5_000)).toEqual(late));
});
