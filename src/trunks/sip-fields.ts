// The options of a sip trunk on the wire, the password apart. docs/trunks.md tells what each is for; what no schema can say
// is left to the reader of the sip room, which the service asks.

import { Type } from "typebox";
import { sipCodecs, sipTransports } from "./options.ts";

const closed = { additionalProperties: false } as const;

/** A text, or null for none. */
export const credential = (more: { description?: string; writeOnly?: true }) =>
  Type.Optional(
    Type.Union([Type.String({ minLength: 1, maxLength: 200 }), Type.Null()], {
      ...more,
      errorMessage: "must be a text of 1 to 200 characters, or null",
    }),
  );

const text = (description: string, maxLength = 253) =>
  Type.Optional(
    Type.Union([Type.String({ minLength: 1, maxLength }), Type.Null()], {
      description,
      errorMessage: `must be a text of 1 to ${maxLength} characters, or null`,
    }),
  );
const flag = (byDefault: boolean, description: string) =>
  Type.Optional(Type.Boolean({ default: byDefault, description, errorMessage: "must be true or false" }));
const word = (words: readonly [string, ...string[]], byDefault: string, description: string) =>
  Type.Optional(Type.Enum([...words], { default: byDefault, description }));
const seconds = (minimum: number, maximum: number, byDefault: number, description: string) =>
  Type.Optional(
    Type.Integer({
      minimum,
      maximum,
      default: byDefault,
      description,
      errorMessage: `must be a whole number from ${minimum} to ${maximum}`,
    }),
  );

const CallerId = Type.Object(
  {
    fromUser: text("the user of From: number, username, or a text of your own; number by default"),
    fromDomain: text("the domain of From; the trunk's own by default"),
    displayName: text("the name beside it", 100),
    assertedIdentity: flag(true, "repeat the calling number in P-Asserted-Identity (RFC 3325)"),
    privacy: flag(false, "withhold the number: From is anonymous, and Privacy: id asks for it (RFC 3323)"),
  },
  { ...closed, title: "CallerId", description: "how the calling number is shown" },
);

const NumberRewriting = Type.Object(
  {
    strip: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 20,
        default: 0,
        description: "characters to cut off in front, the + included",
        errorMessage: "must be a whole number from 0 to 20",
      }),
    ),
    pattern: text("a regular expression, applied to what is left", 200),
    replacement: Type.Optional(Type.String({ maxLength: 100, description: "what a match becomes; $1 is its first group" })),
    prefix: text("put in front at last", 20),
  },
  {
    ...closed,
    title: "NumberRewriting",
    description: "of the called (rewriteTo) or the calling number (rewriteFrom), in the order of these fields",
  },
);

/** How the certificate of a peer is believed. */
export const Tls = Type.Object(
  {
    verify: flag(true, "refuse a certificate that does not fit"),
    ca: text("certificates of your own authority, PEM", 4_096),
    serverName: text("the name that the certificate must have"),
  },
  { ...closed, title: "SipTls", description: "for the transport tls" },
);

/** All but the password. A change merges into them one by one; an object among them is replaced as a whole, by {} for its defaults. */
export const sipFields = {
  host: Type.Optional(
    Type.String({
      pattern: "^[A-Za-z0-9.:\\[\\]-]{1,253}$",
      examples: ["sip.example.com"],
      errorMessage: "must be a host name or an address, such as sip.example.com",
    }),
  ),
  port: Type.Optional(
    Type.Union([Type.Integer({ minimum: 1, maximum: 65_535 }), Type.Null()], {
      description: "null: DNS decides (NAPTR, SRV), else 5060, or 5061 for tls",
      errorMessage: "must be a whole number from 1 to 65535, or null",
    }),
  ),
  transport: Type.Optional(Type.Enum([...sipTransports], { default: "udp" })),
  username: credential({ description: "for digest authentication" }),
  realm: text("answer challenges of this realm alone"),
  register: Type.Optional(Type.Boolean({ default: false, errorMessage: "must be true or false" })),
  registerSeconds: seconds(30, 86_400, 600, "how long a registration is asked for"),
  keepAliveSeconds: seconds(0, 3_600, 30, "between two OPTIONS; 0 sends none"),
  codecs: Type.Optional(
    Type.Array(Type.Enum([...sipCodecs]), {
      minItems: 1,
      uniqueItems: true,
      errorMessage: `must be a list of ${sipCodecs.join(", ")}, each once`,
    }),
  ),
  domain: text("the domain of To and of the Request-URI; the host by default"),
  outboundProxy: text("host or host:port that every request goes to first", 260),
  callerId: Type.Optional(CallerId),
  rewriteTo: Type.Optional(NumberRewriting),
  rewriteFrom: Type.Optional(NumberRewriting),
  headers: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 500 }), { description: "sent with each INVITE, by name" })),
  srtp: word(["off", "offer", "require"], "off", "encrypted audio, keys by SDES; use it over tls"),
  latch: flag(true, "send audio to where it comes from, once a run of good packets came from one address"),
  contact: word(
    ["auto", "follow", "source"],
    "auto",
    "where requests inside a call go: the trunk's Contact, the address it answered from, or by the look of the Contact",
  ),
  sessionSeconds: seconds(0, 86_400, 1_800, "of the session timer (RFC 4028); 0 does without"),
  reliableProvisional: flag(true, "offer 100rel (RFC 3262)"),
  trustedAddresses: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 60 }), {
      maxItems: 100,
      description: "addresses from which the trunk may speak besides its own",
    }),
  ),
  tls: Type.Optional(Tls),
};
