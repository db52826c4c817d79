import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { verifySimple, verifyStandard } from "../../examples/verify-signature.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { signatureHeaders } from "../../src/webhooks/signature.ts";

const standardSecret = `whsec_${Buffer.from("an old secret of thirty-two bytes").toString("base64")}`;
const newerSecret = `whsec_${Buffer.from("a newer secret of thirty-two byte").toString("base64")}`;
const rawSecret = "a plain text secret with ünïcode";
const body = '{"event":"webhook.test","name":"Zoë 🎉"}';
const nowSeconds = Math.floor(systemClock.now() / 1000);

function sign(secrets: string[], timestampSeconds = nowSeconds): Record<string, string> {
  return signatureHeaders({ id: "whd_1", timestampSeconds, body, secrets });
}

function standardOf(headers: Record<string, string>) {
  return { id: headers["webhook-id"], timestamp: headers["webhook-timestamp"], signature: headers["webhook-signature"] };
}

describe("a signature", () => {
  test("is the one of the standard's own example", () => {
    // From the reference implementations' tests.
    const headers = signatureHeaders({
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestampSeconds: 1614265330,
      body: '{"test": 2432232314}',
      secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    });
    expect(headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  test("is accepted by an independent verifier, base64 secrets", () => {
    expect(new Webhook(standardSecret).verify(body, sign([standardSecret]))).toEqual(JSON.parse(body));
  });

  test("is accepted by an independent verifier, plain text secrets", () => {
    // Its raw format reads one byte a character, so the key is given to it as bytes.
    expect(new Webhook(new TextEncoder().encode(rawSecret), { format: "raw" }).verify(body, sign([rawSecret]))).toEqual(JSON.parse(body));
  });

  test("has one part for each live secret, so that old and new are both accepted", () => {
    const headers = sign([newerSecret, standardSecret]);
    expect(headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    expect(() => new Webhook(newerSecret).verify(body, headers)).not.toThrow();
    expect(() => new Webhook(standardSecret).verify(body, headers)).not.toThrow();
  });

  test("of the reference kind is a plain HMAC over the body, by the newest secret as it is written", () => {
    const hex = createHmac("sha256", newerSecret).update(Buffer.from(body, "utf8")).digest("hex");
    expect(sign([newerSecret, standardSecret])["X-OsmTalk-Signature"]).toBe(`sha256=${hex}`);
  });

  test("is left out when there is no secret", () => {
    expect(sign([])).toEqual({ "webhook-id": "whd_1", "webhook-timestamp": String(nowSeconds) });
  });
});

describe("a forged webhook is rejected", () => {
  const forgeries: [what: string, body: string, headers: Record<string, string>][] = [
    ["another body", `${body} `, sign([standardSecret])],
    ["another secret", body, sign([newerSecret])],
    ["another id", body, { ...sign([standardSecret]), "webhook-id": "whd_2" }],
    ["another time", body, { ...sign([standardSecret]), "webhook-timestamp": String(nowSeconds - 1) }],
    ["six minutes old", body, sign([standardSecret], nowSeconds - 360)],
    ["no signature", body, { ...sign([]) }],
  ];
  test.each(forgeries)("%s", (_what, text, headers) => {
    expect(() => new Webhook(standardSecret).verify(text, headers)).toThrow();
    expect(verifyStandard(standardSecret, text, standardOf(headers))).toBe(false);
  });
});

describe("the verifier for receivers", () => {
  test.each([[standardSecret], [rawSecret]])("accepts both kinds for the secret %s", (secret) => {
    const headers = sign([secret]);
    expect(verifyStandard(secret, body, standardOf(headers))).toBe(true);
    expect(verifySimple(secret, body, headers["X-OsmTalk-Signature"])).toBe(true);
  });

  test.each([[undefined], [null], [""], ["sha256="], ["sha256=00"]])("rejects %p as the reference's signature", (header) =>
    expect(verifySimple(rawSecret, body, header)).toBe(false),
  );

  test("accepts either secret during a change", () => {
    const headers = standardOf(sign([newerSecret, standardSecret]));
    expect([newerSecret, standardSecret].map((secret) => verifyStandard(secret, body, headers))).toEqual([true, true]);
  });

  test("accepts five minutes of difference in both directions and no more", () => {
    const headers = standardOf(sign([rawSecret]));
    expect([-301, -300, 300, 301].map((seconds) => verifyStandard(rawSecret, body, headers, nowSeconds + seconds))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
