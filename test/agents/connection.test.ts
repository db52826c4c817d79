// agents/connection.ts: which fields belong to which kind of connection, and what a change gives.

import { describe, expect, test } from "bun:test";
import { changeConnection, type Connection, type ConnectionChange } from "../../src/agents/connection.ts";

const simulated: Connection = { type: "simulated" };
const stream: Connection = { type: "stream", url: "wss://bot/one" };

describe("a change of a connection", () => {
  const good: [string, Connection, ConnectionChange, Connection][] = [
    ["nothing changes nothing", stream, {}, stream],
    ["a field merges while the type stays", stream, { url: "ws://bot/two" }, { type: "stream", url: "ws://bot/two" }],
    ["naming the same type merges too", { type: "simulated", talkMs: 5 }, { type: "simulated" }, { type: "simulated", talkMs: 5 }],
    ["null removes a field", { type: "simulated", talkMs: 5 }, { talkMs: null }, simulated],
    ["another type starts afresh", stream, { type: "simulated" }, simulated],
    ["twiml is fetched over http", simulated, { type: "twiml", url: "https://bot/voice" }, { type: "twiml", url: "https://bot/voice" }],
    [
      "sip has defaults",
      simulated,
      { type: "sip", uri: "sip:bot@pbx" },
      { type: "sip", uri: "sip:bot@pbx", transport: "udp", media: "relay" },
    ],
    [
      "sip without a user, with a port and a parameter",
      simulated,
      { type: "sip", uri: "sips:10.0.5.7:5061;transport=tls" },
      { type: "sip", uri: "sips:10.0.5.7:5061;transport=tls", transport: "udp", media: "relay" },
    ],
    [
      "process has no arguments by default",
      simulated,
      { type: "process", command: "/opt/bot" },
      { type: "process", command: "/opt/bot", args: [] },
    ],
  ];
  test.each(good)("%s", (_, current, change, expected) => {
    expect(changeConnection(current, change)).toEqual({ connection: expected, problems: [] });
  });

  const wrong: [string, Connection, ConnectionChange, string][] = [
    ["a stream needs a URL", simulated, { type: "stream" }, "connection.url"],
    ["a stream is a WebSocket", simulated, { type: "stream", url: "http://bot" }, "connection.url"],
    ["a URL carries no password", simulated, { type: "stream", url: "wss://user:secret@bot" }, "connection.url"],
    ["a user name in a URL is refused as well", simulated, { type: "twiml", url: "https://user@bot" }, "connection.url"],
    ["a URL must be one", simulated, { type: "twiml", url: "bot" }, "connection.url"],
    ["sip needs an address", simulated, { type: "sip" }, "connection.uri"],
    ["a SIP address is not a URL", simulated, { type: "sip", uri: "https://bot" }, "connection.uri"],
    ["a SIP address carries no password", simulated, { type: "sip", uri: "sip:user:secret@pbx" }, "connection.uri"],
    ["process needs a command", simulated, { type: "process", command: " " }, "connection.command"],
    ["the fields of another type are refused", stream, { command: "/opt/bot" }, "connection.command"],
    ["the URL of a stream is none for twiml", stream, { type: "twiml" }, "connection.url"],
  ];
  test.each(wrong)("%s", (_, current, change, path) => {
    expect(changeConnection(current, change).problems.map((problem) => problem.path)).toEqual([path]);
  });
});
