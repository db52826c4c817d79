// What bots do wrong, against real sockets, with a clock that the test moves: how the call ends, and that nothing is left.

import { afterEach, describe, expect, test } from "bun:test";
import type { SocketEvents } from "../../src/bots/bot-socket.ts";
import { createLink } from "../../src/bots/stream-link.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import { until } from "../support/until.ts";
import { type Conversation, startBot, type TestBot } from "./support/bot-server.ts";
import { type LoneCall, loneCall } from "./support/lone-call.ts";

const opened: { stop(): void }[] = [];
afterEach(() => opened.splice(0).forEach((one) => one.stop()));

function bot(...options: Parameters<typeof startBot>): TestBot {
  const server = startBot(...options);
  opened.push(server);
  return server;
}

function start(settings: Parameters<typeof loneCall>[0]): LoneCall {
  const call = loneCall(settings);
  call.bot.start();
  return call;
}

async function talking(server: TestBot): Promise<{ call: LoneCall; conversation: Conversation }> {
  const call = start({ url: server.url });
  await knows(server, 0);
  return { call, conversation: server.conversations[0] as Conversation };
}

const knows = (server: TestBot, index: number) =>
  until(`connection ${index + 1} knows of the call`, () => server.conversations[index]?.heard.length === 2);

/** A port that takes connections and does with them what `on` says, which is nothing by default. */
function listen(open: (socket: Bun.Socket) => void = () => undefined) {
  const state = { open: 0, connections: 0 };
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        state.open += 1;
        state.connections += 1;
        open(socket);
      },
      data: () => undefined,
      close: () => void (state.open -= 1),
    },
  });
  opened.push({ stop: () => server.stop(true) });
  return { url: `ws://127.0.0.1:${server.port}/`, state };
}

const ended = (call: LoneCall) => until("the call ends", () => call.ends.length > 0);
/** No timer is left behind. */
const isIdle = (call: LoneCall) => !call.clock.step();

describe("a bot that cannot be reached", () => {
  test("because nobody listens: at once", async () => {
    const { url } = listen();
    opened.splice(0).forEach((one) => one.stop());
    const call = start({ url });
    await ended(call);
    expect(call.ends).toEqual([{ reason: "bot_unreachable", detail: expect.stringContaining(new URL(url).host) as unknown as string }]);
    expect(isIdle(call)).toBe(true);
  });

  test("because it refuses the handshake: at once", async () => {
    const call = start({ url: bot({ accepts: () => false }).url });
    await ended(call);
    expect(call.ends[0]?.reason).toBe("bot_unreachable");
    expect(isIdle(call)).toBe(true);
  });

  test("because its address is none: at once", () => {
    expect(start({ url: "ws://" }).ends[0]?.reason).toBe("bot_unreachable");
  });

  test.each<[string, () => string, number]>([
    ["refuses", () => bot({ accepts: () => false }).url, 0],
    [
      "refuses, and the URL is written unlike others",
      () => `${new URL(bot({ accepts: () => false }).url).origin.toUpperCase()}/it's/here`,
      0,
    ],
    ["hangs", () => listen().url, 5_000],
    ["has no URL", () => "ws://", 0],
  ])("because it %s: the log names the host, and no token of the URL", async (_, urlOf, waitMs) => {
    const call = start({ url: `${urlOf()}?token=secret` });
    call.clock.advance(waitMs);
    await ended(call);
    expect(call.ends[0]?.detail).not.toContain("secret");
  });

  test("because it hangs in the handshake: after five seconds, and its connection is closed", async () => {
    const { url, state } = listen();
    const call = start({ url });
    await until("it took the connection", () => state.open === 1);
    call.clock.advance(4_999);
    expect(call.ends).toEqual([]);
    call.clock.advance(1);
    expect(call.ends[0]?.reason).toBe("bot_unreachable");
    await until("the connection is closed", () => state.open === 0);
    expect(isIdle(call)).toBe(true);
  });

  test("because the person hung up first: the handshake is given up", async () => {
    const { url, state } = listen();
    const call = start({ url });
    await until("it took the connection", () => state.open === 1);
    call.bot.close();
    await until("the connection is closed", () => state.open === 0);
    expect(call.ends).toEqual([]);
    expect(isIdle(call)).toBe(true);
  });

  test("yet because it is still starting, is tried again for five seconds", async () => {
    let refusals = 0;
    const server = bot({ accepts: () => (refusals += 1) > 3 });
    const call = start({ url: server.url, patient: true });
    for (let count = 1; count <= 3; count += 1) {
      await until(`refusal ${count} has come back`, () => refusals === count && call.clock.turn(100));
    }
    await knows(server, 0);
    expect(call.ends).toEqual([]);
    call.bot.close();
  });

  test("and is still starting after five seconds: that was the last try", async () => {
    const { url } = listen((socket) => void socket.end());
    const call = start({ url, patient: true });
    await until("the call ends", () => {
      call.clock.advance(20);
      return call.ends.length > 0;
    });
    expect(call.ends[0]?.reason).toBe("bot_unreachable");
    expect(isIdle(call)).toBe(true);
  });
});

describe("a bot that is lost", () => {
  test("mid-word is called again, and told of the start with the same ids; what it was saying is dropped", async () => {
    const server = bot();
    const { call, conversation } = await talking(server);
    conversation.speak(new Uint8Array(80_000).fill(0x90));
    conversation.say({ event: "mark", mark: { name: "before" } });
    await until("it is heard", () => call.step() !== undefined);
    conversation.die();
    await knows(server, 1);
    expect(call.step()).toBeUndefined();
    const [first, second] = server.conversations.map(({ heard }) => heard);
    expect(second?.[1]).toEqual(first?.[1] as never);
    call.step();
    await until("it hears", () => second?.length === 4);
    expect(second?.[2]).toMatchObject({ event: "media", sequenceNumber: "2", media: { timestamp: "0" } });
    expect(call.ends).toEqual([]);
    call.bot.close();
  });

  test.each([1_001, 1_011, 1_012, 3_000])("because it closed with %d, is called again", async (code) => {
    const server = bot();
    const { call, conversation } = await talking(server);
    conversation.hangUp(code);
    await knows(server, 1);
    call.bot.close();
  });

  test("twice ends the call", async () => {
    const server = bot();
    const { call, conversation } = await talking(server);
    conversation.die();
    await knows(server, 1);
    server.conversations[1]?.die();
    await ended(call);
    expect(call.ends[0]?.reason).toBe("bot_crashed");
    expect(server.conversations).toHaveLength(2);
    expect(isIdle(call)).toBe(true);
  });

  test("after it has said that it hangs up, is not lost: it is heard out, and not called again", async () => {
    const server = bot();
    const { call, conversation } = await talking(server);
    conversation.speak(new Uint8Array(16_000).fill(0x90));
    conversation.say({ event: "hangup" });
    conversation.say({ event: "dtmf", dtmf: { digits: "1" } });
    await until("all of it has come", () => call.digits.length === 1);
    conversation.die();
    await until("the connection is closed", () => conversation.closedWith !== undefined);
    let frames = 0;
    await until("the call ends", () => {
      if (call.step() !== undefined) frames += 1;
      return call.ends.length > 0;
    });
    expect([call.ends, frames, server.conversations.length]).toEqual([[{ reason: "bot_hung_up" }], 100, 1]);
  });

  test("for good ends the call after three seconds", async () => {
    let alive = true;
    const server = bot({ accepts: () => alive });
    const { call, conversation } = await talking(server);
    const lostAtMs = call.clock.monotonicMs();
    alive = false;
    conversation.die();
    await until("the call ends", () => {
      call.clock.advance(10);
      return call.ends.length > 0;
    });
    expect(call.ends[0]?.reason).toBe("bot_crashed");
    expect(call.clock.monotonicMs() - lostAtMs).toBeGreaterThanOrEqual(2_900);
    expect(isIdle(call)).toBe(true);
  });

  test("and hangs in the second handshake ends the call after three seconds", async () => {
    const { url, state } = listen();
    const server = bot();
    const { call, conversation } = await talking(server);
    server.stop();
    void url;
    conversation.die();
    await until("the call ends", () => {
      call.clock.advance(10);
      return call.ends.length > 0;
    });
    expect(call.ends[0]?.reason).toBe("bot_crashed");
    expect(state.open).toBe(0);
  });

  test("without a word, because it answers no ping any more, is noticed", async () => {
    // A server that completes the handshake by hand and then never reads again.
    const { url, state } = deaf();
    const call = start({ url });
    await until("the handshake is done", () => state.open === 1 && state.upgraded);
    await until("it is given up", () => {
      call.clock.advance(1_000);
      return state.connections === 2;
    });
    expect(call.clock.monotonicMs()).toBeGreaterThanOrEqual(20_000);
    call.bot.close();
  });

  test("because it does not read what is said to it, is called again", () => {
    const clock = createFakeClock();
    const sockets: { events: SocketEvents; sent: string[]; buffered: number }[] = [];
    const link = createLink({
      clock,
      connect(_, __, events) {
        const socket = { events, sent: [] as string[], buffered: 0 };
        sockets.push(socket);
        return {
          send: (text) => void socket.sent.push(text),
          bufferedBytes: () => socket.buffered,
          ping: () => undefined,
          close: () => undefined,
          terminate: () => events.closed(false, "terminated"),
        };
      },
      target: { url: "ws://bot.example/", headers: {}, patient: false },
      events: { up: () => undefined, message: () => undefined, closed: () => undefined, failed: () => undefined },
    });
    link.start();
    sockets[0]?.events.opened();
    link.send("read");
    if (sockets[0] !== undefined) sockets[0].buffered = 1_000_001;
    link.send("not read");
    expect(sockets.map(({ sent }) => sent)).toEqual([["read"], []]);
  });
});

describe("a bot that floods", () => {
  test("is cut off, and not called again", async () => {
    const server = bot();
    const { call, conversation } = await talking(server);
    const media = JSON.stringify({ event: "media", media: { payload: Buffer.alloc(160).toString("base64") } });
    await until("the call ends", () => {
      for (let count = 0; count < 2_000 && conversation.closedWith === undefined; count += 1) conversation.sayText(media);
      return call.ends.length > 0;
    });
    expect(call.ends).toEqual([{ reason: "bot_crashed", detail: "the bot sent far more than a conversation needs" }]);
    await until("the connection is closed", () => conversation.closedWith !== undefined);
    expect(server.conversations).toHaveLength(1);
    expect(isIdle(call)).toBe(true);
  });
});

describe("a bot that keeps the connection open", () => {
  test("after the end of the call, is left two seconds later", async () => {
    const { url, state } = deaf();
    const call = start({ url });
    await until("the handshake is done", () => state.upgraded);
    call.step();
    call.bot.close();
    call.clock.advance(2_000);
    await until("the connection is closed", () => state.open === 0);
    expect(isIdle(call)).toBe(true);
  });
});

/** Completes the handshake (RFC 6455 §4.2.2), then reads nothing more. */
function deaf() {
  const state = { open: 0, connections: 0, upgraded: false };
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open() {
        state.open += 1;
        state.connections += 1;
      },
      data(socket, bytes) {
        const key = /sec-websocket-key: (\S+)/i.exec(bytes.toString())?.[1];
        if (key === undefined) return;
        const accept = new Bun.CryptoHasher("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
        );
        state.upgraded = true;
        socket.pause();
      },
      close: () => void (state.open -= 1),
    },
  });
  opened.push({ stop: () => server.stop(true) });
  return { url: `ws://127.0.0.1:${server.port}/`, state };
}
