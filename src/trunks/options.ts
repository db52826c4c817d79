// The options of a trunk, by its driver: the defaults, how a change merges into them, and what no schema can say.
// Used by the service.

/** The way out; the adapter of that name places the calls. */
export const trunkDrivers = ["simulator", "sip"] as const;
/** Also the name of the options of such a trunk in requests and answers. */
export type TrunkDriver = (typeof trunkDrivers)[number];

/** A carrier that exists only here; times in real milliseconds. */
interface SimulatorOptions {
  seed: number;
  ringMs: number;
  talkMs: number;
  /** Of the numbers without a fixed result, the share that answers. */
  answerRate: number;
}

/** How signalling reaches the carrier. */
export const sipTransports = ["udp", "tcp", "tls"] as const;
/** What is offered for the audio, by its name in SDP. */
export const sipCodecs = ["PCMU", "PCMA"] as const;

/** A carrier or PBX; `codecs` in order of preference. What else there is stands in sip-fields.ts, and is stored as given. */
interface SipOptions {
  host: string;
  /** Null: SRV decides, else 5060, or 5061 for TLS. */
  port: number | null;
  transport: (typeof sipTransports)[number];
  username: string | null;
  password: string | null;
  register: boolean;
  codecs: (typeof sipCodecs)[number][];
}

/** Some options, as a request says them. */
export interface OptionsChange {
  simulator?: Partial<SimulatorOptions>;
  sip?: Partial<SipOptions> & Record<string, unknown>;
}

/** Quick enough to watch a campaign of a hundred leads finish. */
export const simulatorDefaults: SimulatorOptions = { seed: 1, ringMs: 200, talkMs: 400, answerRate: 0.6 };

/**
 * Fields merge one by one into `current` (the options stored for this driver, empty for a new trunk or another driver).
 * `problems` is empty when `options` may be stored.
 */
export function changeOptions(
  driver: TrunkDriver,
  current: Record<string, unknown>,
  change: OptionsChange,
): { options: Record<string, unknown>; problems: { path: string; message: string }[] } {
  const other = driver === "sip" ? "simulator" : "sip";
  const stray =
    change[other] === undefined
      ? []
      : [{ path: other, message: `is for a trunk with the driver ${other}; this one's driver is ${driver}` }];
  if (driver === "simulator") return { options: { ...simulatorDefaults, ...current, ...change.simulator }, problems: stray };
  const sip: Partial<SipOptions> = { ...current, ...change.sip };
  const options: SipOptions = {
    ...sip,
    host: sip.host ?? "",
    port: sip.port ?? null,
    transport: sip.transport ?? "udp",
    username: sip.username ?? null,
    password: sip.password ?? null,
    register: sip.register ?? false,
    codecs: sip.codecs ?? [...sipCodecs],
  };
  return { options: { ...options }, problems: [...stray, ...sipProblems(options)] };
}

function sipProblems({ host, register, username, password }: SipOptions): { path: string; message: string }[] {
  const problems = [];
  if (host === "")
    problems.push({ path: "sip.host", message: "is missing; it must be the name or address of the carrier, such as sip.example.com" });
  if (register && (username === null || password === null))
    problems.push({ path: "sip.register", message: "is true without a username and a password; it needs both" });
  return problems;
}
