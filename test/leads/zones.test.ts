import { describe, expect, test } from "bun:test";
import { readPrefixZones } from "../../src/leads/prefix-zones.ts";
import { createZonesOf, zoneList } from "../../src/leads/zones.ts";

const zonesOf = createZonesOf(readPrefixZones);

describe("the zones of a number", () => {
  test.each([
    ["New York's 212 is one", "+12125550100", "America/New_York"],
    ["Idaho's 208 spans two", "+12085550100", "America/Denver|America/Los_Angeles"],
    ["Florida's 850 spans two, whatever follows", "+18504335550", "America/Chicago|America/New_York"],
    ["also behind a prefix that is all Eastern", "+18502225550", "America/Chicago|America/New_York"],
    ["South Dakota's 605 spans two", "+16055550100", "America/Chicago|America/Denver"],
    ["Jamaica's 876 is its own", "+18765550100", "America/Jamaica"],
    ["India is one, under the name of today", "+919876543210", "Asia/Kolkata"],
    ["the United Kingdom's four tick alike", "+447700900123", "Europe/London"],
    ["Jersey is London's clock", "+441534123456", "Europe/London"],
    ["Moscow's fixed lines are Moscow's", "+74951234567", "Europe/Moscow"],
    ["Kaliningrad is not Bucharest", "+74012345678", "Europe/Kaliningrad"],
    ["Sydney's fixed lines are Sydney's", "+61291234567", "Australia/Sydney"],
    ["Darwin has no summer time, Adelaide has", "+61889123456", "Australia/Adelaide|Australia/Darwin|Australia/Perth"],
    ["a Spanish mobile may be on the Canaries", "+34612345678", "Atlantic/Canary|Europe/Madrid"],
    ["a Brazilian mobile has an area code", "+5511987654321", "America/Sao_Paulo"],
    ["Morocco is not the Canaries", "+212612345678", "Africa/Casablanca"],
    ["Punta Arenas keeps summer time when Santiago does not", "+56612345678", "America/Punta_Arenas|America/Santiago"],
    ["China is one", "+8613812345678", "Asia/Shanghai"],
  ])("%s: %s", (_, number, zones) => expect(zonesOf(number)).toBe(zones));

  test("a Russian mobile may be anywhere from Kaliningrad to Kamchatka, a Kazakh one as well", () => {
    for (const number of ["+79161234567", "+77012345678"]) {
      expect(zoneList(zonesOf(number))).toEqual(expect.arrayContaining(["Europe/Kaliningrad", "Europe/Moscow", "Asia/Vladivostok"]));
      expect(zoneList(zonesOf(number))).toHaveLength(11);
    }
  });

  test("an Australian mobile may be in any zone of the country", () => {
    expect(zoneList(zonesOf("+61412345678"))).toEqual(expect.arrayContaining(["Australia/Darwin", "Australia/Perth", "Australia/Sydney"]));
  });

  test("a Brazilian freephone is nobody's place: it has every zone of the country", () => {
    expect(zoneList(zonesOf("+558001234567")).length).toBeGreaterThan(1);
    expect(zonesOf("+551133334444")).toBe("America/Sao_Paulo");
  });

  describe("by a table of a few prefixes", () => {
    const small = createZonesOf(() => ({
      "54": "America/Argentina/Buenos_Aires&America/New_York",
      "54911": "America/Argentina/Buenos_Aires",
      "549": "America/New_York",
      "44": "Europe/Jersey&Europe/London",
      "1": "America/Denver",
      "1212": "America/New_York",
      "1212555": "America/Chicago",
    }));
    test.each([
      ["an Argentinian mobile goes by its longest prefix", "+5491123456789", "America/Argentina/Buenos_Aires"],
      ["or by a shorter one", "+5493512345678", "America/New_York"],
      ["of zones with equal clocks and as many mentions the first stays", "+447700900123", "Europe/Jersey"],
      ["an area has the zones of all its prefixes, and not those of the country", "+12125550100", "America/Chicago|America/New_York"],
    ])("%s", (_, number, zones) => expect(small(number)).toBe(zones));
  });

  test.each([
    ["a code of no country", "+99912345678"],
    ["an international freephone", "+80012345678"],
    ["a satellite telephone", "+881612345678"],
    ["North America's freephone", "+18005550100"],
    ["North America's personal numbers", "+15005550006"],
    ["an area code that nobody has heard of", "+12215550100"],
  ])("%s is in no zone: %s", (_, number) => expect(zonesOf(number)).toBe("?"));

  test("a number of a kind that is not known has the zones of its whole country", () => {
    expect(zonesOf("+447000000000")).toBe("Europe/London");
    expect(zoneList(zonesOf("+73001234567"))).toHaveLength(11);
  });
});

describe("a zone that the list gives", () => {
  test.each([
    ["America/Denver", "America/Denver"],
    ["Asia/Calcutta", "Asia/Kolkata"],
    ["asia/kolkata", "Asia/Kolkata"],
    ["us/eastern", "America/New_York"],
    ["Europe/Jersey", "Europe/Jersey"],
    ["UTC", "UTC"],
    ["Mars/Olympus", "?"],
    ["+05:30", "?"],
  ])("%s wins over the number and is kept as %s", (given, kept) => expect(zonesOf("+12125550100", given)).toBe(kept));

  test("null and nothing ask the number", () => {
    expect([zonesOf("+12125550100", null), zonesOf("+12125550100", undefined)]).toEqual(["America/New_York", "America/New_York"]);
  });

  test("is answered without reading the table", () => {
    const bare = createZonesOf(() => {
      throw new Error("read");
    });
    expect(bare("+12125550100", "Asia/Calcutta")).toBe("Asia/Kolkata");
    expect(() => bare("+12125550100")).toThrow("read");
  });
});

describe("the table", () => {
  const small = {
    "1": "America/New_York&America/Chicago",
    "1201": "America/New_York",
    "12023": "America/Chicago",
    "12024": "America/New_York",
    "44": "Europe/Jersey&Europe/London",
    "441": "Europe/London",
    "98": "Atlantis/Deep",
  };

  test("is read once", () => {
    let reads = 0;
    const of = createZonesOf(() => ((reads += 1), small));
    expect([of("+12015550100"), of("+12025550100"), reads]).toEqual(["America/New_York", "America/Chicago|America/New_York", 1]);
  });

  test("with a zone that nobody knows gives none", () => expect(createZonesOf(() => small)("+982112345678")).toBe("?"));
});

describe("zoneList", () => {
  test("takes the zones apart, and gives none for what is not known", () => {
    expect([zoneList("America/Denver|America/Los_Angeles"), zoneList("UTC"), zoneList("?")]).toEqual([
      ["America/Denver", "America/Los_Angeles"],
      ["UTC"],
      [],
    ]);
  });
});
