import { describe, expect, test } from "bun:test";
import { bareLine, type BotPlan } from "../../../src/calls/bot.ts";
import { createAudioShelf } from "../../../src/media/sound/audio-shelf.ts";
import { plainPlan } from "../../support/bot-plan.ts";

const MINUTES_20 = new Int16Array(20 * 60 * 8_000);

const plays = (audio: string): BotPlan => plainPlan({ type: "announcement", audio, keys: {}, waitSeconds: 8, repeats: 1 });

function createShelf() {
  const seen: string[] = [];
  const shelf = createAudioShelf(
    (id) => {
      seen.push(`read ${id}`);
      return id === "gone" ? undefined : MINUTES_20;
    },
    (message) =>
      void seen.push(message.type === "audio" || message.type === "forgetAudio" ? `${message.type} ${message.id}` : message.type),
  );
  return { shelf, taken: () => seen.splice(0).join(", ") };
}

describe("the worker's recordings", () => {
  test("are read and sent once, ahead of the first call that plays them", () => {
    const { shelf, taken } = createShelf();
    shelf.provide(plays("a"));
    shelf.provide(plays("a"));
    expect(taken()).toBe("read a, audio a");
  });

  test("are those of the bot and of the machine's message, and none where nothing is played", () => {
    const { shelf, taken } = createShelf();
    const voicemail = { detect: true, action: "message" as const, audio: "b", message: "" };
    shelf.provide({ ...plays("a"), line: { ...bareLine, voicemail } });
    shelf.provide({ ...plainPlan(), line: { ...bareLine, voicemail: { ...voicemail, action: "hangup", audio: "c" } } });
    expect(taken()).toBe("read a, audio a, read b, audio b");
  });

  test("are forgotten when there is too much, the least lately needed first", () => {
    const { shelf, taken } = createShelf();
    for (const id of ["a", "b", "c"]) shelf.provide(plays(id));
    taken();
    shelf.provide(plays("a"));
    shelf.provide(plays("d"));
    expect(taken()).toBe("read d, audio d, forgetAudio b");
    shelf.provide(plays("b"));
    expect(taken()).toBe("read b, audio b, forgetAudio c");
  });

  test("that are not there are asked for again with the next call", () => {
    const { shelf, taken } = createShelf();
    shelf.provide(plays("gone"));
    shelf.provide(plays("gone"));
    expect(taken()).toBe("read gone, read gone");
  });

  test("are sent again to the next worker", () => {
    const { shelf, taken } = createShelf();
    shelf.provide(plays("a"));
    shelf.empty();
    shelf.provide(plays("a"));
    expect(taken()).toBe("read a, audio a, read a, audio a");
  });
});
