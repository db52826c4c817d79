// Settings of common trunks as data, to begin a trunk's `sip` options from. Each says where its facts come from; what is not
// known is left to the defaults, and to the operator.

export interface TrunkProfile {
  name: string;
  /** What the profile knows; host and account are the operator's. */
  options: Record<string, unknown>;
  /** What the operator has to fill in. */
  asks: readonly string[];
  source: string;
}

export const trunkProfiles: Record<string, TrunkProfile> = {
  generic: {
    name: "Any SIP trunk with an account",
    options: { transport: "udp", codecs: ["PCMA", "PCMU"] },
    asks: ["host", "username", "password"],
    source: "the defaults of this program",
  },
  "generic-by-address": {
    name: "Any SIP trunk that knows us by our address",
    options: { transport: "udp", codecs: ["PCMA", "PCMU"] },
    asks: ["host"],
    source: "the defaults of this program",
  },
  pbx: {
    name: "Asterisk or FreeSWITCH as a peer",
    options: { transport: "udp", codecs: ["PCMU", "PCMA"], contact: "auto", latch: true },
    asks: ["host", "username", "password"],
    source: "calls against Asterisk 22 over UDP, TCP and TLS with digest, measured in this project's notes on SIP",
  },
  twilio: {
    name: "Twilio Elastic SIP Trunking",
    options: { transport: "udp", codecs: ["PCMU"] },
    asks: [
      "host (the trunk's termination URI, …pstn.twilio.com)",
      "username and password of its credential list, unless our address is on its access control list",
    ],
    source: "https://www.twilio.com/docs/sip-trunking",
  },
  telnyx: {
    name: "Telnyx",
    // Its names have A, SRV and NAPTR records: without a port, all of its proxies are found.
    options: { host: "sip.telnyx.com", transport: "udp", codecs: ["PCMU", "PCMA"] },
    asks: ["username and password of the credential connection"],
    source: "https://sip.telnyx.com and https://developers.telnyx.com/docs/voice/sip-trunking",
  },
  plivo: {
    name: "Plivo Zentrunk",
    // PRACK, REGISTER and INFO are not supported there.
    options: { transport: "udp", codecs: ["PCMU", "PCMA"], reliableProvisional: false, register: false },
    asks: ["host (the trunk's domain, …zt.plivo.com)", "username and password, unless our address is on its access control list"],
    source: "https://docs.plivo.com/docs/sip-trunking/concepts/technical-specifications",
  },
};
