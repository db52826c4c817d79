// A voice framework of other people as the bot, over a real SIP call: OpenAI's Agents SDK with its transport for Twilio, as its
// own examples use it. Only the model behind it is a stub.

import { afterAll, describe, expect, test } from "bun:test";
import { RealtimeAgent, RealtimeSession } from "@openai/agents/realtime";
import { TwilioRealtimeTransportLayer } from "@openai/agents-extensions";
import { type WebSocket as BotSocket, WebSocketServer } from "ws";
import { until } from "../support/until.ts";
import { noise, playedOf, runsOf } from "./support/heard-again.ts";
import { startModel } from "./support/model-stub.ts";
import { openPhoneLine, type Telephone } from "./support/phone-line.ts";

const opened: { stop(): unknown }[] = [];
afterAll(async () => {
  for (const one of opened.splice(0)) await one.stop();
});

interface Heard {
  event: string;
  mark?: { name: string };
}

/** As the framework's example for Twilio has it: a session for each connection. */
async function startFramework(modelUrl: string) {
  const heard: Heard[] = [];
  const errors: unknown[] = [];
  const sockets: BotSocket[] = [];
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (socket) => {
    sockets.push(socket);
    const transport = new TwilioRealtimeTransportLayer({ twilioWebSocket: socket as never });
    const agent = new RealtimeAgent({ name: "Greeter", instructions: "Be brief." });
    const session = new RealtimeSession(agent, { transport, model: "gpt-realtime", config: { audio: { output: { voice: "verse" } } } });
    transport.on("*", (message) => message.type === "twilio_message" && heard.push((message as unknown as { message: Heard }).message));
    session.on("error", (error) => void errors.push(error));
    session.connect({ apiKey: "none", url: modelUrl }).catch((error: unknown) => void errors.push(error));
  });
  await until("the framework listens", () => server.address() !== null);
  const { port } = server.address() as { port: number };
  return { url: `ws://127.0.0.1:${port}/media-stream`, heard, errors, sockets, stop: () => void server.close() };
}

/** Speaks, or is silent, until something has happened; a frame each 20 ms, as near as this thread can. */
function speaker(telephone: Telephone) {
  let place = 0;
  return async (how: "loud" | "silent", done: () => boolean) => {
    const frame = new Uint8Array(160).fill(how === "loud" ? 0x85 : 0xff);
    const startMs = performance.now();
    let said = 0;
    await until(`what ${how} speech brings about`, () => {
      for (; startMs + said * 20 < performance.now(); said += 1) telephone.say(frame, (place += 160));
      return done();
    });
  };
}

describe("OpenAI's Agents SDK as the bot", () => {
  test("answers, talks, lets itself be interrupted, gets its marks back, and hangs up", async () => {
    const reply = noise(4 * 8_000, 77);
    const model = startModel(reply);
    const framework = await startFramework(model.url);
    const line = await openPhoneLine({ seconds: 60 });
    opened.push(line, model, { stop: framework.stop });

    const placed = line.place({ type: "stream", url: framework.url }, { variables: { name: "Ann" } });
    await until(
      "the call is answered, and the framework knows of it",
      () => framework.heard[1]?.event === "start" && line.telephones.length === 1,
    );
    const [telephone] = line.telephones;
    if (telephone === undefined) throw new Error("no telephone");
    const speakUntil = speaker(telephone);
    await until("the model is there", () => model.received.some(({ type }) => type === "session.update"));
    const format = JSON.stringify(model.received.find(({ type }) => type === "session.update"));
    expect(format).toContain("audio/pcmu");

    // The person speaks and falls silent: the bot answers.
    const marks = () => framework.heard.flatMap(({ mark }) => mark?.name ?? []);
    await speakUntil("loud", () => model.bytesHeard() > 8_000);
    await speakUntil("silent", () => model.replies() === 1);
    const spokenFrom = telephone.heard.length;
    await speakUntil("silent", () => marks().length >= 3);
    const heardSoFar = runsOf(reply, playedOf(telephone.heard.slice(spokenFrom)));
    expect(heardSoFar[0]?.length ?? 0).toBeGreaterThan(2_000);

    // The person interrupts: the bot is silent, and the model is told how much of its reply was heard.
    expect(model.received.some(({ type }) => type === "conversation.item.truncate")).toBe(false);
    await speakUntil("loud", () => model.received.some(({ type }) => type === "conversation.item.truncate"));
    const interruptedAt = telephone.heard.length;
    const { audio_end_ms: heardMs = 0 } = model.received.find(({ type }) => type === "conversation.item.truncate") ?? {};
    const played = runsOf(reply, playedOf(telephone.heard.slice(spokenFrom)));
    const last = played.at(-1);
    const playedMs = last === undefined ? 0 : (last.from + last.length) / 8;
    console.log(
      `the framework believed that ${heardMs} ms of its reply were heard when it was interrupted; ${Math.round(playedMs)} ms were`,
    );
    expect(heardMs).toBeGreaterThan(0);
    expect(heardMs).toBeLessThanOrEqual(playedMs + 60);
    expect(playedMs).toBeLessThan(reply.length / 8);
    await speakUntil("loud", () => telephone.heard.length > interruptedAt + 10);
    expect(telephone.heard.slice(-5).every(({ payload }) => payload.every((byte) => byte === 0xff))).toBe(true);

    // It answers again, to the end: every mark comes back, the last of them included.
    await speakUntil("silent", () => model.replies() === 2);
    const again = telephone.heard.length;
    const isDone = () => marks().some((name) => name.startsWith("done:item_2"));
    for (let tries = 0; tries < 3 && !isDone(); tries += 1) await speakUntil("silent", isDone).catch(() => undefined);
    expect(isDone()).toBe(true);
    const whole = runsOf(reply, playedOf(telephone.heard.slice(again)));
    expect(whole.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(reply.length * 0.95);

    // The bot hangs up.
    framework.sockets[0]?.close();
    expect(await placed.ended).toMatchObject({ ending: "completed", reason: "bot_hung_up", hungUpBy: "bot" });
    expect(framework.errors).toEqual([]);
    expect(await line.finished).toBeUndefined();
  }, 60_000);
});
