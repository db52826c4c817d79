import { describe, expect, test } from "bun:test";
import { parsePhoneNumber } from "../../src/leads/phone-number.ts";

const good: [written: string, number: string][] = [
  ["+919876543210", "+919876543210"],
  ["+91 98765 40486", "+919876540486"],
  ["+1 (415) 555-0132", "+14155550132"],
  ["+49.1520.0000486", "+4915200000486"],
  [" +91\u00a098765\u201140486 ", "+919876540486"],
  ["\u202a+91 98765 40486\u202c", "+919876540486"],
  ["+[91]9876540486", "+919876540486"],
  ["+39 06 698 12345", "+390669812345"],
  ["+800 1234 5678", "+80012345678"],
  // Ranges kept free for tests, and codes of the simulator: possible, not assigned.
  ["+19995550486", "+19995550486"],
  ["+15550000200", "+15550000200"],
  ["+910000000404", "+910000000404"],
  ["+447700900486", "+447700900486"],
];

const bad: [written: string, why: string][] = [
  ["", "the phone number is empty"],
  [" - ", "the phone number is empty"],
  ["12", "'12' has no country code; it must be in E.164 form, such as +919876543210"],
  ["98765 40486", "'98765 40486' has no country code; it must be in E.164 form, such as +919876543210"],
  ["00919876540486", "'00919876540486' has no country code; it must be in E.164 form, such as +919876543210"],
  ["+91 98765", "'+91 98765' has a length that is not possible in +91"],
  ["+1415555013", "'+1415555013' has a length that is not possible in +1"],
  ["+141555501322", "'+141555501322' has a length that is not possible in +1"],
  ["+12345", "'+12345' is not in E.164 form; it must be + and 7 to 15 digits, such as +919876543210"],
  ["+1234567890123456", "'+1234567890123456' is not in E.164 form; it must be + and 7 to 15 digits, such as +919876543210"],
  ["+0123456789", "'+0123456789' is not in E.164 form; it must be + and 7 to 15 digits, such as +919876543210"],
  ["+999123456789", "'+999123456789' begins with no country code that is in use"],
  ["+2101234567", "'+2101234567' begins with no country code that is in use"],
  ["+44 (0)20 7946 0958", "'+44 (0)20 7946 0958' has a zero in brackets; it must have exactly the digits that are dialed from abroad"],
  ["+1415CALLNOW", "'+1415CALLNOW' has characters that do not belong to a phone number; it must be like +919876543210"],
  ["+91+9876540486", "'+91+9876540486' has characters that do not belong to a phone number; it must be like +919876543210"],
  ["+९१९८७६५४०४८६", "'+९१९८७६५४०४८६' has characters that do not belong to a phone number; it must be like +919876543210"],
  ["+91 98765 40486 ext 5", "'+91 98765 40486 ext 5' has characters that do not belong to a phone number; it must be like +919876543210"],
];

describe("a number to call", () => {
  for (const [written, number] of good) test(`'${written}' is ${number}`, () => expect(parsePhoneNumber(written)).toEqual({ number }));
  for (const [written, problem] of bad)
    test(`'${written}' is refused: ${problem}`, () => expect(parsePhoneNumber(written)).toEqual({ problem }));

  test("a sentence quotes 40 characters at most", () => {
    const parsed = parsePhoneNumber("9".repeat(5_000));
    expect(parsed).toEqual({ problem: `'${"9".repeat(40)}…' has no country code; it must be in E.164 form, such as +919876543210` });
  });
});

describe("a national number", () => {
  const cases: [written: string, country: string, expected: object][] = [
    ["098765 40486", "IN", { number: "+919876540486" }],
    ["020 7946 0958", "GB", { number: "+442079460958" }],
    ["(415) 555-0132", "US", { number: "+14155550132" }],
    ["+4915200000486", "IN", { number: "+4915200000486" }],
    ["12", "IN", { problem: "'12' is not a possible number in IN; it may be written in full, such as +919876543210" }],
    ["98765 40486", "XX", { problem: "'98765 40486' has no country code, and the default country 'XX' is none that is known" }],
  ];
  for (const [written, country, expected] of cases) {
    test(`'${written}' with the default country ${country}`, () => expect(parsePhoneNumber(written, country)).toEqual(expected as never));
  }
});
