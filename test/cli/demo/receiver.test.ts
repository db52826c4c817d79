import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { isGenuine, startReceiver } from "../../../src/cli/demo/receiver.ts";

const secret = `whsec_${Buffer.from("a secret of twenty-four b").toString("base64")}`;
const NOW = Date.UTC(2026, 4, 6, 11, 0);

/** A delivery as the appliance sends it: signed by a library that is not ours, and by the plain scheme. */
function deliver(id: string, event: unknown, at = NOW): { headers: Headers; body: string } {
  const body = JSON.stringify(event);
  const headers = new Headers({
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, new Date(at), body),
    "x-osmtalk-signature": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  });
  return { headers, body };
}

const event = { event: "campaign.lead_completed", lead: { id: "ld_1", status: "busy" } };

describe("a delivery", () => {
  test("is genuine when both signatures fit the bytes that came", () => {
    const { headers, body } = deliver("evt_1", event);
    expect(isGenuine(headers, Buffer.from(body), secret, NOW)).toBe(true);
  });

  test("is genuine while a secret is rotated: one signature of several fits", () => {
    const { headers, body } = deliver("evt_1", event);
    headers.set("webhook-signature", `v1,${"x".repeat(44)} ${headers.get("webhook-signature")}`);
    expect(isGenuine(headers, Buffer.from(body), secret, NOW)).toBe(true);
  });

  test("is not genuine when it has other bytes than were signed", () => {
    const { headers } = deliver("evt_1", event);
    expect(isGenuine(headers, Buffer.from('{"event":"other"}'), secret, NOW)).toBe(false);
  });

  const forgeries: [what: string, forge: (headers: Headers) => void][] = [
    ["has no plain signature", (headers) => headers.delete("x-osmtalk-signature")],
    ["has a plain signature of another secret", (headers) => headers.set("x-osmtalk-signature", `sha256=${"0".repeat(64)}`)],
    ["has no standard signature", (headers) => headers.delete("webhook-signature")],
    ["has another id than was signed", (headers) => headers.set("webhook-id", "evt_2")],
    ["has another time than was signed", (headers) => headers.set("webhook-timestamp", String(NOW / 1000 + 1))],
  ];
  test.each(forgeries)("is not genuine when it %s", (_, forge) => {
    const { headers, body } = deliver("evt_1", event);
    forge(headers);
    expect(isGenuine(headers, Buffer.from(body), secret, NOW)).toBe(false);
  });

  test.each([
    [-301, false],
    [-300, true],
    [300, true],
    [301, false],
  ])("signed %d s from now is genuine: %p", (seconds, genuine) => {
    const { headers, body } = deliver("evt_1", event, NOW + seconds * 1000);
    expect(isGenuine(headers, Buffer.from(body), secret, NOW)).toBe(genuine);
  });
});

describe("the receiver", () => {
  test("counts each event once, and forgeries apart", async () => {
    const receiver = startReceiver(secret, () => NOW);
    const send = (id: string, sent: unknown, change = (headers: Headers) => headers) => {
      const { headers, body } = deliver(id, sent);
      return fetch(receiver.url, { method: "POST", headers: change(headers), body });
    };
    const answers = [await send("evt_1", event), await send("evt_1", event), await send("evt_2", { event: "webhook.test" })];
    const forged = await send("evt_3", event, (headers) => (headers.delete("webhook-signature"), headers));
    const received = receiver.received();
    await receiver.close();
    expect(answers.map((answer) => answer.status)).toEqual([204, 204, 204]);
    expect(forged.status).toBe(401);
    expect(received).toEqual({ statusByLead: new Map([["ld_1", "busy"]]), events: 2, repeats: 1, forged: 1 });
    expect(receiver.url).toContain(receiver.address);
  });
});
