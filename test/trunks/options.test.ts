// trunks/options.ts: defaults by driver, and how changes merge.

import { describe, expect, test } from "bun:test";
import { changeOptions, type OptionsChange, type TrunkDriver } from "../../src/trunks/options.ts";

const carrier = { host: "pbx", port: null, transport: "udp", username: null, password: null, register: false, codecs: ["PCMU", "PCMA"] };

describe("a trunk's options", () => {
  const good: [string, TrunkDriver, Record<string, unknown>, OptionsChange, Record<string, unknown>][] = [
    ["a simulator needs nothing", "simulator", {}, {}, { seed: 1, ringMs: 200, talkMs: 400, answerRate: 0.6 }],
    [
      "a change keeps the other fields",
      "simulator",
      { seed: 5, ringMs: 1 },
      { simulator: { ringMs: 2 } },
      { seed: 5, ringMs: 2, talkMs: 400, answerRate: 0.6 },
    ],
    ["a carrier needs its host", "sip", {}, { sip: { host: "pbx" } }, carrier],
    ["null leaves the port to DNS again", "sip", { ...carrier, port: 5080 }, { sip: { port: null } }, carrier],
    [
      "what else it is told stays as given",
      "sip",
      { ...carrier, srtp: "offer" },
      { sip: { callerId: { privacy: true } } },
      { ...carrier, srtp: "offer", callerId: { privacy: true } },
    ],
    [
      "a port that was given stays",
      "sip",
      {},
      { sip: { host: "pbx", transport: "tls", port: 5060 } },
      { ...carrier, transport: "tls", port: 5060 },
    ],
    [
      "a carrier keeps its password",
      "sip",
      { ...carrier, password: "x" },
      { sip: { codecs: ["PCMA"] } },
      { ...carrier, password: "x", codecs: ["PCMA"] },
    ],
    ["null removes the password", "sip", { ...carrier, password: "x" }, { sip: { password: null } }, carrier],
  ];
  test.each(good)("%s", (_, driver, current, change, expected) => {
    expect(changeOptions(driver, current, change)).toEqual({ options: expected, problems: [] });
  });

  const wrong: [string, TrunkDriver, OptionsChange, string][] = [
    ["a carrier without a host", "sip", {}, "sip.host"],
    ["a registration without credentials", "sip", { sip: { host: "pbx", register: true } }, "sip.register"],
    ["a carrier's options for a simulator", "simulator", { sip: { host: "pbx" } }, "sip"],
    ["a simulator's options for a carrier", "sip", { sip: { host: "pbx" }, simulator: {} }, "simulator"],
  ];
  test.each(wrong)("%s is a problem", (_, driver, change, path) => {
    expect(changeOptions(driver, {}, change).problems.map((problem) => problem.path)).toEqual([path]);
  });
});
