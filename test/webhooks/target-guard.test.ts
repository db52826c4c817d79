import { describe, expect, test } from "bun:test";
import { isGlobalAddress } from "../../src/webhooks/address.ts";
import { createTargetGuard, type Resolve, systemResolve } from "../../src/webhooks/target-guard.ts";
import { createFakeClock } from "../support/fake-clock.ts";

const PUBLIC = "93.184.216.34";
const PUBLIC_6 = "2606:2800:220:1:248:1893:25c8:1946";

function guard(allow: readonly string[] = [], resolve: Resolve = async () => [PUBLIC]) {
  return createTargetGuard(allow, resolve, createFakeClock());
}

describe("addresses of the open internet", () => {
  test.each([
    PUBLIC,
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.167.255.255",
    "198.17.0.1",
    "223.255.255.255",
    PUBLIC_6,
    "2001:4860:4860::8888",
    "::ffff:8.8.8.8",
  ])("%s is one", (address) => expect(isGlobalAddress(address)).toBe(true));

  const inside = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:7f00:1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:0808:0808::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fe81::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "",
    "localhost",
    "1.2.3",
    "0177.0.0.1",
    "999.1.1.1",
    "1.2.3.4.5",
    ":::1",
  ];
  test.each(inside)("'%s' is none", (address) => expect(isGlobalAddress(address)).toBe(false));
});

describe("a URL is refused by itself", () => {
  const spellings = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://①②⑦.0.0.1/",
    "http://127。0。0。1/",
    "http://127.0.0.1./",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:7f00:0001]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://[fd00::1]/",
    "http://[fe80::1]/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://localhost。/",
    "http://ｌocalhost/",
    "http://api.localhost/",
    "http://api.localhost.:8080/",
    "http://0/",
    "http://0.0.0.0:4002/",
    "http://10.0.0.1/",
    "http://10.1/",
    "http://192.168.1.1:8443/",
    "http://172.16.0.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "https://0xa9fea9fe/",
  ];
  test.each(spellings)("%s", async (url) => {
    expect(guard().checkUrl(url)).toContain("OUTDIAL_WEBHOOK_ALLOW");
    expect(await guard().resolveTarget(url)).toEqual({ refused: expect.stringContaining("OUTDIAL_WEBHOOK_ALLOW") });
  });

  test.each([
    ["", "is not a URL"],
    ["crm.example/hook", "is not a URL"],
    ["http://", "is not a URL"],
    ["http://[fe80::1%25eth0]/", "is not a URL"],
    ["http://256.1.1.1/", "is not a URL"],
    ["ftp://crm.example/", "must begin with http: or https:"],
    ["file:///etc/passwd", "must begin with http: or https:"],
    ["gopher://127.0.0.1:6379/_FLUSHALL", "must begin with http: or https:"],
    ["javascript:alert(1)", "must begin with http: or https:"],
    ["https://user@crm.example/", "user name or a password"],
    ["https://user:pass@crm.example/", "user name or a password"],
    ["https://crm.example@127.0.0.1/", "user name or a password"],
  ])("'%s': %s", (url, sentence) => expect(guard(["127.0.0.1", "crm.example"]).checkUrl(url)).toContain(sentence));

  test("and a password is not repeated in the refusal", () =>
    expect(guard().checkUrl("https://user:hunter2@crm.example/")).not.toContain("hunter2"));

  test.each([
    "https://crm.example.com/hook?token=1",
    "http://crm.example.com:8080/",
    `https://${PUBLIC}/`,
    `https://[${PUBLIC_6}]:8443/`,
    "https://localhost.example.com/",
    "https://notlocalhost/",
    "HTTPS://CRM.example.com./",
  ])("but not %s", (url) => expect(guard().checkUrl(url)).toBeUndefined());
});

describe("a name is resolved and every address of it vetted", () => {
  const resolvesTo = (...addresses: string[]) => guard([], async () => addresses).resolveTarget("https://crm.example/hook");

  test("a public address is the one to connect to", async () => expect(await resolvesTo(PUBLIC)).toEqual({ addresses: [PUBLIC] }));
  test("IPv4 comes first", async () => expect(await resolvesTo(PUBLIC_6, PUBLIC)).toEqual({ addresses: [PUBLIC, PUBLIC_6] }));
  test("one private address among public ones refuses all", async () =>
    expect(await resolvesTo(PUBLIC, "10.0.0.5")).toEqual({ refused: expect.stringContaining("'crm.example' has the address 10.0.0.5") }));
  test.each([
    "127.0.0.1",
    "::1",
    "::ffff:127.0.0.1",
    "169.254.169.254",
    "fd00::1",
    "fe80::1%eth0",
    "100.64.0.1",
    "2002:7f00:1::",
    "not an address",
  ])("%s is refused", async (address) =>
    expect(await resolvesTo(PUBLIC_6, address)).toEqual({ refused: expect.stringContaining(address) }),
  );

  test("it is asked by name, without the dot at the end and in lower case", async () => {
    const asked: string[] = [];
    const resolve = async (host: string) => [asked.push(host) > 0 ? PUBLIC : ""];
    await guard([], resolve).resolveTarget("https://CRM.Example.:8443/hook");
    expect(asked).toEqual(["crm.example"]);
  });

  test("an address in the URL is not asked for", async () => {
    const resolve = async () => Promise.reject(new Error("must not be asked"));
    expect(await guard([], resolve).resolveTarget(`https://[${PUBLIC_6}]/`)).toEqual({ addresses: [PUBLIC_6] });
  });

  test("a name without an answer is a failure, not a refusal", async () => {
    expect(await resolvesTo()).toEqual({ unresolved: "the name 'crm.example' has no address" });
    expect(await guard([], async () => Promise.reject(new Error("ENOTFOUND"))).resolveTarget("https://crm.example/")).toEqual({
      unresolved: "the name 'crm.example' cannot be resolved: ENOTFOUND",
    });
  });

  test("the machine's own resolver knows localhost", async () => expect(await systemResolve("localhost")).toContain("127.0.0.1"));

  test("a name server that is silent for 5 s is given up", async () => {
    const clock = createFakeClock();
    const answer = createTargetGuard([], () => new Promise(() => undefined), clock).resolveTarget("https://crm.example/");
    clock.advance(5_000);
    expect(await answer).toEqual({ unresolved: "the name 'crm.example' was not resolved within 5 s" });
  });
});

describe("the allow list", () => {
  const table: [allow: string, url: string, isAllowed: boolean][] = [
    ["127.0.0.1", "http://127.0.0.1:9000/", true],
    ["127.0.0.1", "http://0x7f000001/", true],
    ["127.0.0.1:9000", "http://127.0.0.1:9000/", true],
    ["127.0.0.1:9000", "http://127.0.0.1:9001/", false],
    ["127.0.0.1:80", "http://127.0.0.1/", true],
    ["127.0.0.1:443", "https://127.0.0.1/", true],
    ["127.0.0.1:443", "http://127.0.0.1/", false],
    ["localhost:9000", "http://LocalHost.:9000/", true],
    ["localhost", "http://api.localhost/", false],
    ["127.0.0.1", "http://localhost/", false],
    ["[fd00::5]:8443", "https://[FD00:0::5]:8443/", true],
    ["[FD00:0:0::5]", "https://[fd00::5]/", true],
    ["[fd00::5]:8443", "https://[fd00::6]:8443/", false],
  ];
  test.each(table)("'%s' and %s: %p", (allow, url, isAllowed) => expect(guard([allow]).checkUrl(url) === undefined).toBe(isAllowed));

  test("lets a name have a private address, and only that name", async () => {
    const lan = guard(["crm.lan:8443"], async () => ["10.0.5.7"]);
    expect(await lan.resolveTarget("https://crm.lan:8443/")).toEqual({ addresses: ["10.0.5.7"] });
    expect(await lan.resolveTarget("https://crm.lan/")).toEqual({ refused: expect.stringContaining("10.0.5.7") });
    expect(await lan.resolveTarget("https://evil.example:8443/")).toEqual({ refused: expect.stringContaining("10.0.5.7") });
  });
});
