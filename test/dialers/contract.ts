// What every dialer promises to dialing/: the order of its events, one end for each call, and that nothing throws.
// Each adapter runs it with a far end that it can script.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { BotWord } from "../../src/calls/bot.ts";
import type { ActiveCall, CallOrder, Dialer } from "../../src/calls/dialer.ts";
import type { DialResult } from "../../src/calls/ending.ts";

/** What the far end of a call is to do. */
export type FarEnd = "busy" | "unknownNumber" | "ringsForever" | "answersAndHangsUp" | "answersAndStays" | "silent";

/** A dialer under test, and time to let things happen in. */
export interface DialerStage {
  dialer: Dialer;
  /** An order whose far end will do this. */
  order(farEnd: FarEnd): CallOrder;
  /** Lets time pass, real or not, until `reached` holds; false when it never does. */
  until(reached: () => boolean): Promise<boolean>;
  /** Lets a little time pass in which nothing should happen. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

interface Watched {
  call: ActiveCall;
  /** `ringing`, `answered`, `ended`, in the order in which they came. */
  events: string[];
  words: BotWord[];
  results: DialResult[];
}

export function dialerContract(name: string, openStage: () => Promise<DialerStage>): void {
  describe(`${name}, as every dialer`, () => {
    let stage: DialerStage;
    beforeEach(async () => void (stage = await openStage()));
    afterEach(() => stage.close());

    const place = (farEnd: FarEnd, on: (event: string, call: ActiveCall) => void = () => undefined): Watched => {
      const watched: Watched = { call: { hangUp: () => undefined }, events: [], words: [], results: [] };
      const note = (event: string) => {
        watched.events.push(event);
        on(event, watched.call);
      };
      watched.call = stage.dialer.place(stage.order(farEnd), {
        ringing: (at) => note(Number.isFinite(at) ? "ringing" : "ringing at no time"),
        answered: (at) => note(Number.isFinite(at) ? "answered" : "answered at no time"),
        trace: (_state, stored) => stored(),
        told: (word) => void watched.words.push(word),
        ended(result) {
          watched.results.push(result);
          note("ended");
        },
      });
      return watched;
    };
    const over = async (watched: Watched): Promise<DialResult> => {
      expect(await stage.until(() => watched.results.length > 0)).toBe(true);
      await stage.quiet();
      expect(watched.results).toHaveLength(1);
      expect(watched.events.filter((event) => event === "ended")).toHaveLength(1);
      expect(watched.events.at(-1)).toBe("ended");
      return watched.results[0] as DialResult;
    };

    test("reports nothing from within place", () => {
      const { events } = place("busy");
      expect(events).toEqual([]);
    });

    test("rings, is answered, ends: in this order, each once", async () => {
      const watched = place("answersAndHangsUp");
      const result = await over(watched);
      expect(watched.events).toEqual(["ringing", "answered", "ended"]);
      expect(result).toMatchObject({ ending: "completed", retry: "policy", hungUpBy: "them" });
      expect(result.ringMs).toBeGreaterThanOrEqual(0);
      expect(result.talkMs).toBeGreaterThan(0);
    });

    test("a busy line ends without ringing", async () => {
      const watched = place("busy");
      expect(await over(watched)).toMatchObject({ ending: "busy", retry: "policy", reason: "busy", sipCode: 486, talkMs: 0 });
      expect(watched.events).toEqual(["ended"]);
    });

    test("a number that does not exist is never tried again", async () => {
      expect(await over(place("unknownNumber"))).toMatchObject({
        ending: "failed",
        retry: "never",
        reason: "number_unknown",
        sipCode: 404,
      });
    });

    test("hung up in the turn in which it was placed", async () => {
      const watched = place("answersAndStays");
      watched.call.hangUp("changed_mind");
      const result = await over(watched);
      expect(result).toMatchObject({ reason: "changed_mind", hungUpBy: "us", talkMs: 0 });
      expect(watched.events).not.toContain("answered");
    });

    test("hung up while it rings: nobody answered", async () => {
      const watched = place("ringsForever", (event, call) => event === "ringing" && call.hangUp("stopped"));
      expect(await over(watched)).toMatchObject({ ending: "no_answer", reason: "stopped", sipCode: 487, hungUpBy: "us", talkMs: 0 });
      expect(watched.events).toEqual(["ringing", "ended"]);
    });

    test("hung up while they talk: completed, by us", async () => {
      const watched = place("answersAndStays", (event, call) => event === "answered" && call.hangUp("stopped"));
      expect(await over(watched)).toMatchObject({ ending: "completed", reason: "stopped", hungUpBy: "us" });
      expect(watched.events).toEqual(["ringing", "answered", "ended"]);
    });

    test("hung up twice, and again after the end: still one end, with the first reason", async () => {
      const watched = place("answersAndStays", (event, call) => {
        if (event === "answered") ["first", "second"].forEach((reason) => call.hangUp(reason));
      });
      expect((await over(watched)).reason).toBe("first");
      watched.call.hangUp("third");
      await stage.quiet();
      expect(watched.results).toHaveLength(1);
    });

    test("hung up after the far end did: the end stays as it was", async () => {
      const watched = place("answersAndHangsUp");
      const result = await over(watched);
      watched.call.hangUp("late");
      await stage.quiet();
      expect(watched.results).toEqual([result]);
    });

    test("handed over to somebody who answers: ended when they are through, with that reason", async () => {
      const asked: unknown[] = [];
      const to = stage.order("answersAndHangsUp").to;
      const watched = place("answersAndStays", (event, call) => event === "answered" && asked.push(call.transfer?.(to)));
      expect(await over(watched)).toMatchObject({ ending: "completed", reason: "transferred", hungUpBy: "us" });
      expect(asked).toEqual([undefined]);
      expect(watched.words).toEqual([]);
    });

    test("handed over to a busy line: that is told, and the call goes on until it is ended", async () => {
      const to = stage.order("busy").to;
      const watched = place("answersAndStays", (event, call) => event === "answered" && call.transfer?.(to));
      expect(await stage.until(() => watched.words.length > 0)).toBe(true);
      expect(watched.words).toEqual([{ type: "transfer_failed", to, reason: "busy" }]);
      expect(watched.results).toEqual([]);
      watched.call.hangUp("stopped");
      expect(await over(watched)).toMatchObject({ ending: "completed", reason: "stopped" });
    });

    test("handed over a second time: refused in words, and the first one holds", async () => {
      const to = stage.order("answersAndHangsUp").to;
      const answers: unknown[] = [];
      const watched = place("answersAndStays", (event, call) => {
        if (event === "answered") answers.push(call.transfer?.(to), call.transfer?.(to));
      });
      expect((await over(watched)).reason).toBe("transferred");
      expect(answers).toEqual([undefined, expect.any(String)]);
    });

    test("many at once: each has its own end", async () => {
      const all = Array.from({ length: 20 }, (_, index) => place(index % 2 === 0 ? "busy" : "answersAndHangsUp"));
      for (const watched of all) await over(watched);
      expect(all.map(({ results }) => results[0]?.ending)).toEqual(all.map((_, index) => (index % 2 === 0 ? "busy" : "completed")));
    });

    test("an orphan that nobody knows is no error", async () => {
      const { callId, from, to, trunk } = stage.order("answersAndStays");
      let told = false;
      void stage.dialer.endOrphan({ callId, from, to, trunk, trace: undefined }).then(() => (told = true));
      expect(await stage.until(() => told)).toBe(true);
    });

    test("stop ends every call, whatever it was doing, and resolves after that", async () => {
      const all = [place("ringsForever"), place("answersAndStays"), place("silent")];
      await stage.until(() => all[0]?.events.includes("ringing") === true && all[1]?.events.includes("answered") === true);
      let stopped = false;
      void stage.dialer.stop().then(() => (stopped = true));
      expect(await stage.until(() => stopped)).toBe(true);
      await stage.quiet();
      expect(all.map(({ results }) => results.length)).toEqual([1, 1, 1]);
    });

    test("after stop a call is given back, without a throw", async () => {
      void stage.dialer.stop();
      await stage.quiet();
      const watched = place("answersAndHangsUp");
      expect(await stage.until(() => watched.results.length > 0)).toBe(true);
      expect(watched.results).toHaveLength(1);
    });
  });
}
