import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, readConfig, settings } from "../src/config.ts";

const folder = mkdtempSync(join(tmpdir(), "outdial-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function problemsOf(args: string[], environment: Record<string, string> = {}): readonly string[] {
  try {
    readConfig(args, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const longKey = "a-key-that-is-long-enough";

describe("settings", () => {
  test("without any, the defaults hold", () => {
    expect(readConfig([], {})).toEqual({
      dataDirectory: "./data",
      host: "127.0.0.1",
      port: 4002,
      publicUrl: undefined,
      maxConcurrentCalls: 45,
      maxRequestsPerSecond: 50,
      sip: { address: "0.0.0.0", port: 5060, publicAddress: undefined, rtpAddress: "0.0.0.0", rtpPort: 16_384 },
      webhookAllow: [],
      logLevel: "info",
      adminKey: undefined,
      simulatorLog: undefined,
    });
  });

  test("come from the environment", () => {
    const environment = {
      OUTDIAL_DATA: "/var/lib/outdial",
      OUTDIAL_HOST: "::1",
      OUTDIAL_PORT: "0",
      OUTDIAL_MAX_CONCURRENT_CALLS: "200",
      OUTDIAL_MAX_REQUESTS_PER_SECOND: "0",
      OUTDIAL_SIP_ADDRESS: "10.0.5.2",
      OUTDIAL_SIP_PORT: "5080",
      OUTDIAL_PUBLIC_URL: "https://dialer.example.com/outdial/",
      OUTDIAL_PUBLIC_ADDRESS: "192.0.2.10",
      OUTDIAL_RTP_ADDRESS: "10.0.5.3",
      OUTDIAL_RTP_PORT: "20000",
      OUTDIAL_WEBHOOK_ALLOW: " 10.0.5.7:8443, [fd00::1]:80 ,crm.internal",
      OUTDIAL_LOG: "debug",
      OUTDIAL_ADMIN_KEY: longKey,
      OUTDIAL_SIMULATOR_LOG: "/tmp/calls.log",
    };
    expect(readConfig([], environment)).toEqual({
      dataDirectory: "/var/lib/outdial",
      host: "::1",
      port: 0,
      publicUrl: "https://dialer.example.com/outdial",
      maxConcurrentCalls: 200,
      maxRequestsPerSecond: 0,
      sip: { address: "10.0.5.2", port: 5080, publicAddress: "192.0.2.10", rtpAddress: "10.0.5.3", rtpPort: 20_000 },
      webhookAllow: ["10.0.5.7:8443", "[fd00::1]:80", "crm.internal"],
      logLevel: "debug",
      adminKey: longKey,
      simulatorLog: "/tmp/calls.log",
    });
  });

  test("an option wins over the environment, in both spellings", () => {
    const environment = { OUTDIAL_PORT: "1", OUTDIAL_DATA: "/a" };
    expect(readConfig(["--port", "2", "--data=/b"], environment)).toMatchObject({ port: 2, dataDirectory: "/b" });
  });

  test("audio comes to the address of signalling, unless another is named", () => {
    expect(readConfig(["--sip-address", "10.0.5.2"], {}).sip).toMatchObject({ address: "10.0.5.2", rtpAddress: "10.0.5.2" });
  });

  test("an empty variable is an absent one", () => {
    expect(readConfig([], { OUTDIAL_PORT: "" }).port).toBe(4002);
  });

  test("systemd's state directory is the data directory, unless another is named", () => {
    expect(readConfig([], { STATE_DIRECTORY: "/var/lib/outdial" }).dataDirectory).toBe("/var/lib/outdial");
    expect(readConfig([], { STATE_DIRECTORY: "/var/lib/outdial", OUTDIAL_DATA: "/x" }).dataDirectory).toBe("/x");
  });

  test("the admin key may come from a file", () => {
    const file = join(folder, "key");
    writeFileSync(file, `${longKey}\n`);
    expect(readConfig([], { OUTDIAL_ADMIN_KEY_FILE: file }).adminKey).toBe(longKey);
  });
});

describe("wrong settings", () => {
  const cases: [what: string, args: string[], environment: Record<string, string>, sentence: string][] = [
    ["a port that is no number", [], { OUTDIAL_PORT: "http" }, "OUTDIAL_PORT is 'http'; it must be a whole number from 0 to 65535"],
    ["a port that is too large", ["--port", "65536"], {}, "OUTDIAL_PORT is '65536'; it must be a whole number from 0 to 65535"],
    [
      "no calls at all",
      ["--max-concurrent-calls", "0"],
      {},
      "OUTDIAL_MAX_CONCURRENT_CALLS is '0'; it must be a whole number from 1 to 10000",
    ],
    [
      "a limit below none",
      [],
      { OUTDIAL_MAX_REQUESTS_PER_SECOND: "-1" },
      "OUTDIAL_MAX_REQUESTS_PER_SECOND is '-1'; it must be a whole number from 0 to 100000",
    ],
    [
      "a name for SIP's address",
      [],
      { OUTDIAL_SIP_ADDRESS: "sip.example.com" },
      "OUTDIAL_SIP_ADDRESS is 'sip.example.com'; it must be an IP address, such as 192.0.2.10",
    ],
    [
      "a range for a port",
      [],
      { OUTDIAL_RTP_PORT: "16384-32767" },
      "OUTDIAL_RTP_PORT is '16384-32767'; it must be a whole number from 1024 to 65000",
    ],
    ["an unknown log level", [], { OUTDIAL_LOG: "loud" }, "OUTDIAL_LOG is 'loud'; it must be one of debug, info, warn, error, silent"],
    [
      "a URL in the allow list",
      [],
      { OUTDIAL_WEBHOOK_ALLOW: "http://10.0.0.1" },
      "OUTDIAL_WEBHOOK_ALLOW has 'http://10.0.0.1'; it must be host or host:port, such as 10.0.5.7:8443",
    ],
    ["a short admin key", [], { OUTDIAL_ADMIN_KEY: "secret" }, "the admin key has 6 characters; it must have 20 or more"],
    [
      "an admin key with spaces",
      [],
      { OUTDIAL_ADMIN_KEY: `${longKey} ${longKey}` },
      "the admin key must be printable ASCII without spaces",
    ],
    [
      "two admin keys",
      [],
      { OUTDIAL_ADMIN_KEY: longKey, OUTDIAL_ADMIN_KEY_FILE: "/nowhere" },
      "OUTDIAL_ADMIN_KEY and OUTDIAL_ADMIN_KEY_FILE are both set; set one of them",
    ],
    [
      "a key file that is not there",
      [],
      { OUTDIAL_ADMIN_KEY_FILE: "/nowhere" },
      "OUTDIAL_ADMIN_KEY_FILE is '/nowhere', which cannot be read",
    ],
    ["an option without its value", ["--port"], {}, "--port needs a value: --port PORT"],
    ["a mistyped option", ["--prot=1"], {}, "'--prot' is not an option; the options are --data"],
    ["a mistyped variable", [], { OUTDIAL_PROT: "1" }, "OUTDIAL_PROT is not a setting; the settings are OUTDIAL_DATA"],
  ];
  test.each(cases)("%s is told with its value and what would be right", (_, args, environment, sentence) => {
    expect(problemsOf(args, environment).some((problem) => problem.startsWith(sentence))).toBe(true);
  });

  test("a mistyped name comes with the one that was meant", () => {
    expect(problemsOf(["--prot=1"])[0]).toEndWith("Did you mean --port?");
    expect(problemsOf([], { OUTDIAL_PROT: "1" })[0]).toEndWith("Did you mean OUTDIAL_PORT?");
  });

  test("are told all at once", () => {
    expect(problemsOf(["--port", "x", "--log", "y"], { OUTDIAL_MAX_CONCURRENT_CALLS: "z" })).toHaveLength(3);
  });
});

describe("systemd/outdial.env.example", () => {
  const text = readFileSync("systemd/outdial.env.example", "utf8");

  test("names every setting once, with its meaning and default, and nothing else", () => {
    const named = [...text.matchAll(/^#?(OUTDIAL_\w+)=/gm)].map((found) => found[1] ?? "");
    expect(named.sort()).toEqual(settings.map((setting) => setting.variable).sort());
  });

  test.each(settings.map((setting) => [setting.variable, setting] as const))(
    "%s is described as --help describes it",
    (variable, setting) => {
      const paragraph = text.split("\n\n").find((part) => part.includes(`${variable}=`)) ?? "";
      const words = paragraph.replaceAll(/\n# ?/g, " ").replaceAll("`", "");
      expect(words).toContain(setting.meaning);
      expect(words).toContain(`Default: ${setting.byDefault}`);
    },
  );
});

describe("the README's table of settings", () => {
  const text = readFileSync("README.md", "utf8");

  test.each(settings.map((setting) => [setting.variable, setting.flag] as const))("has a row for %s", (variable, flag) => {
    const row = text.split("\n").find((line) => line.includes(`\`${variable}\``) && line.startsWith("|")) ?? "";
    expect(row).toContain(flag);
  });
});
