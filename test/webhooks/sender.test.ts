import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { Webhook } from "standardwebhooks";
import { systemClock } from "../../src/runtime/clock.ts";
import { createSender } from "../../src/webhooks/sender.ts";
import { createTargetGuard, type Resolve } from "../../src/webhooks/target-guard.ts";
import { createFakeClock, type FakeClock } from "../support/fake-clock.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { until } from "../support/until.ts";

const body = '{"event":"webhook.test","name":"Zoë 🎉"}';
const secret = `whsec_${Buffer.from("thirty-two bytes of a secret ....").toString("base64")}`;

let receiver: Receiver;
let clock: FakeClock;
beforeEach(() => {
  receiver = startReceiver();
  clock = createFakeClock(systemClock.now());
});
afterEach(() => receiver.stop());

function sender(resolve: Resolve = async () => ["127.0.0.1"], allow = ["127.0.0.1", "receiver.test"]) {
  return createSender({ guard: createTargetGuard(allow, resolve, clock), clock, version: "1.2.3" });
}

function send(url = receiver.url, more: { resolve?: Resolve; allow?: string[]; timeoutMs?: number } = {}) {
  return sender(more.resolve, more.allow).send({ url, id: "whd_1", body, secrets: [secret], timeoutMs: more.timeoutMs });
}

describe("one POST", () => {
  test("carries the very bytes that were signed", async () => {
    expect(await send()).toEqual({ kind: "answer", status: 204, retryAfter: undefined, excerpt: "" });
    const { headers, body: sent } = await receiver.next();
    expect(sent).toBe(body);
    expect(new Webhook(secret).verify(sent, Object.fromEntries(headers))).toEqual(JSON.parse(body));
    expect(headers.get("x-osmtalk-signature")).toMatch(/^sha256=[0-9a-f]{64}$/);
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(headers.get("user-agent")).toBe("outdial/1.2.3");
  });

  test("goes to the vetted address, under the name of the URL", async () => {
    const asked: string[] = [];
    const resolve = async (host: string) => [asked.push(host) > 1 ? "10.255.255.1" : "127.0.0.1"];
    await send(`http://receiver.test:${new URL(receiver.url).port}/a/b`, { resolve });
    const { headers, path } = await receiver.next();
    expect(headers.get("host")).toBe(`receiver.test:${new URL(receiver.url).port}`);
    expect(path).toBe("/a/b");
    expect(asked).toEqual(["receiver.test"]);
  });

  test("takes the next address of the host when one does not listen", async () => {
    const result = await send(`http://receiver.test:${new URL(receiver.url).port}/`, { resolve: async () => ["127.0.0.2", "127.0.0.1"] });
    expect(result).toMatchObject({ status: 204 });
  });

  test("hands on what the answer says", async () => {
    receiver.answer({ status: 429, headers: { "retry-after": "7" }, body: "  slow\n\tdown\u0000 please " });
    expect(await send()).toEqual({ kind: "answer", status: 429, retryAfter: "7", excerpt: "slow down please" });
  });

  test("hands on the whole answer when it is asked for, unless it is too long", async () => {
    const ask = (wantsBody: boolean) => sender().send({ url: receiver.url, id: "whd_1", body, secrets: [], wantsBody });
    receiver.answer(
      { status: 200, body: '{"eligible":\n true}' },
      { status: 200, body: "yes" },
      { status: 200, body: "x".repeat(64 * 1024) },
      204,
    );
    expect(await ask(true)).toEqual({
      kind: "answer",
      status: 200,
      retryAfter: undefined,
      excerpt: '{"eligible": true}',
      body: '{"eligible":\n true}',
    });
    expect(await ask(false)).not.toHaveProperty("body");
    const long = await ask(true);
    expect(long).not.toHaveProperty("body");
    expect(long).toMatchObject({ status: 200, excerpt: "x".repeat(200) });
    expect(await ask(true)).toMatchObject({ status: 204, body: "" });
  });

  test("does not follow a redirect", async () => {
    receiver.answer({ status: 302, headers: { location: receiver.url } });
    expect(await send()).toMatchObject({ kind: "answer", status: 302 });
    expect(receiver.received).toHaveLength(1);
  });
});

describe("a refused or unknown target", () => {
  test("is a permanent error, and nothing is sent", async () => {
    expect(await send(receiver.url, { allow: [] })).toEqual({
      kind: "error",
      error: expect.stringContaining("OUTDIAL_WEBHOOK_ALLOW"),
      permanent: true,
    });
    expect(await send("http://rebound.test/", { resolve: async () => ["93.184.216.34", "127.0.0.1"] })).toMatchObject({
      kind: "error",
      permanent: true,
    });
    expect(await send("nonsense")).toMatchObject({ kind: "error", permanent: true });
    expect(receiver.received).toHaveLength(0);
  });

  test("is tried again when its name has no address just now", async () => {
    expect(await send("http://receiver.test/", { resolve: async () => [] })).toEqual({
      kind: "error",
      error: "the name 'receiver.test' has no address",
    });
  });
});

describe("a receiver in trouble", () => {
  test("that does not listen", async () => {
    receiver.stop();
    expect(await send()).toEqual({ kind: "error", error: "the request failed: ECONNREFUSED" });
  });

  test("that hangs up", async () => {
    const rude = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: (socket) => void socket.end() } });
    expect(await send(`http://127.0.0.1:${rude.port}/`)).toEqual({ kind: "error", error: "the request failed: ECONNRESET" });
    rude.stop(true);
  });

  test("that is silent is given up after 15 s", async () => {
    receiver.answer("hang");
    const result = send();
    await receiver.next();
    clock.advance(14_999);
    expect(Bun.peek.status(result)).toBe("pending");
    clock.advance(1);
    expect(await result).toEqual({ kind: "error", error: "no answer within 15 s" });
  });

  test("whose name server is silent counts within the same 15 s", async () => {
    const result = send("http://receiver.test/", { resolve: () => new Promise(() => undefined), timeoutMs: 3_000 });
    clock.advance(3_000);
    expect(await result).toEqual({ kind: "error", error: "no answer within 3 s" });
  });

  test("whose body never ends has answered all the same", async () => {
    let sent = 0;
    let isCancelled = false;
    const endless = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () =>
        new Response(
          new ReadableStream({
            pull: (controller) => void controller.enqueue(new Uint8Array((sent += 16_384) && 16_384).fill(97)),
            cancel: () => void (isCancelled = true),
          }),
        ),
    });
    expect(await send(`http://127.0.0.1:${endless.port}/`)).toEqual({
      kind: "answer",
      status: 200,
      retryAfter: undefined,
      excerpt: "a".repeat(200),
    });
    await until("the rest is dropped", () => isCancelled);
    expect(sent).toBeLessThan(8 * 1024 * 1024);
    void endless.stop(true);
  });

  test("whose body stalls has answered all the same", async () => {
    const thanks = () =>
      new Response(new ReadableStream({ start: (controller) => void controller.enqueue(new TextEncoder().encode("thanks")) }));
    const stalling = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: thanks });
    // By the real clock: only a deadline that passes after the head has arrived can show the difference.
    const guard = createTargetGuard(["127.0.0.1"], async () => [], systemClock);
    const result = await createSender({ guard, clock: systemClock, version: "0" }).send({
      url: `http://127.0.0.1:${stalling.port}/`,
      id: "whd_1",
      body,
      secrets: [],
      timeoutMs: 250,
    });
    expect(result).toEqual({ kind: "answer", status: 200, retryAfter: undefined, excerpt: "thanks" });
    void stalling.stop(true);
  });
});

test("https: the certificate is checked against the URL's name, although the connection goes to an address", async () => {
  const child = Bun.spawn([process.execPath, fileURLToPath(new URL("tls-probe.ts", import.meta.url))], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: fileURLToPath(new URL("../support/tls/cert.pem", import.meta.url)) },
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines = (await new Response(child.stdout).text()).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { name: "receiver.test", kind: "answer", status: 200, excerpt: "receiver.test" },
    { name: "receiver.test.", kind: "answer", status: 200, excerpt: "receiver.test." },
    { name: "other.test", kind: "error", error: "the request failed: ERR_TLS_CERT_ALTNAME_INVALID" },
    { name: "receiver.test", kind: "answer", status: 200, excerpt: "receiver.test" },
  ]);
});
