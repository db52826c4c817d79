// A socket to a bot whose events are guarded: what throws on one is told to the call it belongs to.

import { expect, test } from "bun:test";
import { guardedSocket, type OpenSocket, type SocketEvents } from "../../src/bots/bot-socket.ts";

const names = ["opened", "message", "alive", "closed"] as const;

test.each(names)("what throws on '%s' is told, and not thrown at the socket", (name) => {
  const given: SocketEvents[] = [];
  const open: OpenSocket = (_url, _headers, events) => {
    given.push(events);
    return { send: () => undefined, bufferedBytes: () => 0, ping: () => undefined, close: () => undefined, terminate: () => undefined };
  };
  const failures: unknown[] = [];
  const heard: unknown[][] = [];
  const hear = (...told: unknown[]) => {
    heard.push(told);
    throw new Error("out of tune");
  };
  guardedSocket(open, (error) => failures.push(error))("ws://bot", {}, { opened: hear, message: hear, alive: hear, closed: hear });
  given[0]?.[name]("one" as never, "two");
  expect(failures).toEqual([new Error("out of tune")]);
  expect(heard).toEqual([["one", "two"]]);
});
