import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { LONGEST_TWIML, readTwiml, type TwimlStep } from "../../src/bots/twiml.ts";

const steps = (inner: string): TwimlStep[] => {
  const read = readTwiml(`<?xml version="1.0" encoding="UTF-8"?>\n<Response>${inner}</Response>`);
  if ("problem" in read) throw new Error(read.problem);
  return read.steps;
};
const skipped = (inner: string): string[] => {
  const read = readTwiml(`<Response>${inner}</Response>`);
  return "problem" in read ? [read.problem] : read.skipped;
};

describe("TwiML that is done", () => {
  test.each<[string, TwimlStep[]]>([
    ["", []],
    ["<!-- nothing -->", []],
    ['<Connect><Stream url="wss://bot.example/ws"/></Connect>', [{ verb: "stream", url: "wss://bot.example/ws", parameters: {} }]],
    [
      '<Connect>\n  <Stream url="wss://bot.example/ws?a=1&amp;b=2">\n <Parameter name="lead" value="Ann &quot;A&quot;"/><Parameter name="empty"/></Stream>\n</Connect>',
      [{ verb: "stream", url: "wss://bot.example/ws?a=1&b=2", parameters: { lead: 'Ann "A"', empty: "" } }],
    ],
    [
      '<Connect action="/after"><Stream url="ws://127.0.0.1:8765/" statusCallback="/x"><Parameter name="__proto__" value="1"/></Stream></Connect>',
      [{ verb: "stream", url: "ws://127.0.0.1:8765/", parameters: Object.fromEntries([["__proto__", "1"]]) }],
    ],
    [
      '<Connect><Stream url="ws://bot.example/"><Parameter name="prompt" value="One &#38; two&#xA;&#x9;caf&#233; &amp;#10; &#x1F600;"/></Stream></Connect>',
      [{ verb: "stream", url: "ws://bot.example/", parameters: { prompt: "One & two\n\tcaf\u00e9 &#10; \u{1f600}" } }],
    ],
    ["<Dial>+1 (555) 010-0199</Dial>", [{ verb: "dial", to: "+15550100199" }]],
    ["<Dial><Number>+15550100199</Number></Dial>", [{ verb: "dial", to: "+15550100199" }]],
    [
      '<Dial callerId="+15550100000" timeout="20"><Sip>sip:desk@10.0.5.9:5070;transport=tcp</Sip></Dial>',
      [{ verb: "dial", to: "sip:desk@10.0.5.9:5070;transport=tcp" }],
    ],
    ["<Dial><Client>ann</Client><Number>+15550100198</Number><Number>+15550100199</Number></Dial>", [{ verb: "dial", to: "+15550100198" }]],
    ["<Play>https://bot.example/hello.wav</Play>", [{ verb: "play", url: "https://bot.example/hello.wav", times: 1 }]],
    ['<Play loop="3"> /hello.wav </Play>', [{ verb: "play", url: "/hello.wav", times: 3 }]],
    ['<Play loop="0">a.wav</Play>', [{ verb: "play", url: "a.wav", times: 0 }]],
    ['<Play loop="99999">a.wav</Play>', [{ verb: "play", url: "a.wav", times: 1_000 }]],
    [
      '<Play digits="1ww2#"/>',
      [
        { verb: "digits", digits: "1" },
        { verb: "pause", ms: 500 },
        { verb: "pause", ms: 500 },
        { verb: "digits", digits: "2#" },
      ],
    ],
    [
      '<Play digits="W1"/>',
      [
        { verb: "pause", ms: 1_000 },
        { verb: "digits", digits: "1" },
      ],
    ],
    ["<Pause/>", [{ verb: "pause", ms: 1_000 }]],
    ['<Pause length="10"/>', [{ verb: "pause", ms: 10_000 }]],
    ['<Pause length="ten"/>', [{ verb: "pause", ms: 1_000 }]],
    ["<Redirect>/next</Redirect>", [{ verb: "redirect", url: "/next", method: "POST" }]],
    [
      '<Redirect method="get">https://bot.example/n?a=1&amp;b=2</Redirect>',
      [{ verb: "redirect", url: "https://bot.example/n?a=1&b=2", method: "GET" }],
    ],
    ["<Hangup/>", [{ verb: "hangup" }]],
    ['<Reject reason="busy"/>', [{ verb: "hangup" }]],
    [
      "<Pause/><Say>hello</Say><Play><![CDATA[a.wav]]></Play><Hangup/>",
      [{ verb: "pause", ms: 1_000 }, { verb: "play", url: "a.wav", times: 1 }, { verb: "hangup" }],
    ],
  ])("%s", (inner, expected) => expect(steps(inner)).toEqual(expected));
});

describe("TwiML that is skipped, with a word about it", () => {
  test.each([
    ["<Say>hello</Say>", "<Say> is not spoken: there is no voice here; use <Play> or <Connect><Stream>"],
    ["<Gather/>", "<Gather> is not done here"],
    ["<Start><Stream url='wss://bot.example'/></Start>", "<Start> is not done here"],
    ["<Connect><Room>a</Room></Connect>", "<Connect> without <Stream> is not done here (it has <Room>)"],
    ["<Connect/>", "<Connect> without <Stream> is not done here (it has nothing)"],
    ['<Connect><Stream url="https://bot.example"/></Connect>', "<Stream> names no ws:// or wss:// URL"],
    ["<Connect><Stream/></Connect>", "<Stream> names no ws:// or wss:// URL"],
    ["<Dial><Client>ann</Client></Dial>", "<Dial> names no number in E.164 and no SIP address (it has <Client>)"],
    ["<Dial>555-0100</Dial>", "<Dial> names no number in E.164 and no SIP address"],
    ["<Dial><Sip>sip:ann:secret@host</Sip></Dial>", "<Dial> names no number in E.164 and no SIP address (it has <Sip>)"],
    ["<Play/>", "<Play> names no sound"],
    ['<Play digits="hello"/>', "<Play> has digits that are no keys"],
    ["<Redirect/>", "<Redirect> names no URL"],
  ])("%s", (inner, word) => expect([steps(inner), skipped(inner)]).toEqual([[], [word]]));
});

describe("what is no TwiML", () => {
  test.each([
    ["", /not well-formed/],
    ["hello", /not well-formed/],
    ["<Response><Dial></Response>", /not well-formed XML: .*\(line 1\)/],
    ["<html><body/></html>", /begins with <html>/],
    ['<!DOCTYPE x [<!ENTITY a "b">]><Response>&a;</Response>', /declares a document type/],
    [`<Response>${"<Pause/>".repeat(101)}</Response>`, /101 verbs/],
    [`<Response>${" ".repeat(LONGEST_TWIML)}</Response>`, /characters; it must have/],
  ])("%s", (text, problem) => {
    const read = readTwiml(text);
    expect("problem" in read ? read.problem : "").toMatch(problem);
  });

  test("no text makes the reader throw", () => {
    const pieces = fc.constantFrom(
      "<Response>",
      "</Response>",
      "<Dial>",
      "</Dial>",
      "<Stream url='wss://a'",
      "/>",
      ">",
      "&amp;",
      "&#x;",
      "<![CDATA[",
      "]]>",
      "<?",
      "?>",
      "é",
      "__proto__='1'",
      "<constructor/>",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 20 }), (parts) => {
        readTwiml(parts.join(""));
        readTwiml(`<Response>${parts.join("")}</Response>`);
      }),
      { numRuns: 300 },
    );
  });
});
