import { describe, expect, test } from "bun:test";
import { twilioSignature } from "../../src/bots/twilio-signature.ts";

/** Each was accepted by the validator of Twilio's own library for Node, 6.2.0. */
const vectors = [
  {
    name: "a form",
    token: "12345",
    url: "https://mycompany.com/myapp.php?foo=1&bar=2",
    form: { CallSid: "CA1234567890ABCDE", Caller: "+14158675310", Digits: "1234", From: "+14158675310", To: "+18005551212" },
    signature: "GvWf1cFY/Q7PnoempGyD5oXAezc=",
  },
  {
    name: "a WebSocket",
    token: "0123456789abcdef0123456789abcdef",
    url: "wss://bots.example.com/stream/1?name=J%C3%BCrgen",
    form: undefined,
    signature: "0GAA9RZXDsnGFSMO8C9y7E+BhxU=",
  },
  {
    name: "a WebSocket without a path",
    token: "0123456789abcdef0123456789abcdef",
    url: "ws://127.0.0.1:8765",
    form: undefined,
    signature: "Yy/eUEx1+jEHeixidjHibGBZH50=",
  },
];

describe("the signature of what is sent to a bot", () => {
  test.each(vectors)("of $name", ({ token, url, form, signature }) => expect(twilioSignature(token, url, form)).toBe(signature));

  test("follows the URL to the letter", () => {
    expect(twilioSignature("12345", "wss://a.example/x")).not.toBe(twilioSignature("12345", "wss://a.example/x/"));
  });
});
