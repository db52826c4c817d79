// /api/trunks: where calls leave, and what of it is secret.

import { describe, expect, test } from "bun:test";
import type { DialTrunk } from "../../src/calls/dialer.ts";
import type { Role } from "../../src/http/door/roles.ts";
import { ensureDefaultTrunk } from "../../src/trunks/service.ts";
import { dialTrunkOf, findTrunk, listTrunks } from "../../src/trunks/store.ts";
import { createNouns, expectRefusal } from "../support/nouns.ts";

const UNKNOWN = "trk_00000000000000000000000000";
const sip = { host: "sip.example.com", username: "outdial", password: "correct horse" };
const bothDrivers = { drivers: ["simulator", "sip"] as const };

describe("creating a trunk", () => {
  test("a name and a driver are enough for a simulator", async () => {
    const { ask } = createNouns();
    const { status, json } = await ask("POST", "/api/trunks", { name: "Play", driver: "simulator" });
    expect(status).toBe(201);
    expect(json).toEqual({
      id: expect.stringMatching(/^trk_[0-9a-z]{26}$/),
      name: "Play",
      driver: "simulator",
      maxConcurrent: null,
      callsPerSecond: null,
      allowedPrefixes: [],
      fallbackTrunkId: null,
      simulator: { seed: 1, ringMs: 200, talkMs: 400, answerRate: 0.6 },
      createdAt: "2026-05-06T05:30:00.000Z",
      updatedAt: "2026-05-06T05:30:00.000Z",
    });
    expect((await ask("GET", `/api/trunks/${json.id}`)).json).toEqual(json);
  });

  test("every field is stored as given", async () => {
    const { ask } = createNouns();
    const fields = {
      name: "Play",
      driver: "simulator",
      maxConcurrent: 10_000,
      callsPerSecond: 1_000,
      allowedPrefixes: ["+91", "+1"],
      simulator: { seed: 0, ringMs: 0, talkMs: 0, answerRate: 1 },
    };
    expect((await ask("POST", "/api/trunks", fields)).json).toMatchObject(fields);
  });

  test("the driver sip is refused while this build has no dialer for it", async () => {
    const { ask } = createNouns();
    expectRefusal(
      await ask("POST", "/api/trunks", { name: "Carrier", driver: "sip", sip }),
      400,
      "validation_failed",
      /the sip dialer is not in this build, use simulator/,
    );
    const { json } = await ask("POST", "/api/trunks", { name: "Play", driver: "simulator" });
    expectRefusal(await ask("PUT", `/api/trunks/${json.id}`, { driver: "sip", sip }), 400, "validation_failed", /not in this build/);
  });

  test("with a dialer for it a sip trunk has its defaults, and its password never comes out", async () => {
    const { ask, db } = createNouns(bothDrivers);
    const { status, json } = await ask("POST", "/api/trunks", {
      name: "Carrier",
      driver: "sip",
      sip: { ...sip, transport: "tls", register: true },
    });
    expect(status).toBe(201);
    expect(json.sip).toEqual({
      host: "sip.example.com",
      port: null,
      transport: "tls",
      username: "outdial",
      register: true,
      codecs: ["PCMU", "PCMA"],
      hasPassword: true,
    });
    expect(json).not.toHaveProperty("simulator");
    const answers = [
      json,
      (await ask("GET", `/api/trunks/${json.id}`)).json,
      (await ask("GET", "/api/trunks")).json,
      (await ask("PUT", `/api/trunks/${json.id}`, { name: "C" })).json,
    ];
    expect(JSON.stringify(answers)).not.toContain("correct horse");
    const row = findTrunk(db, json.id);
    expect(row && dialTrunkOf(row)).toMatchObject({
      id: json.id,
      driver: "sip",
      options: { host: "sip.example.com", password: "correct horse" },
    });
  });

  const wrong: [string, object, string][] = [
    ["no name", { name: undefined }, "name"],
    ["an empty name", { name: "" }, "name"],
    ["no driver", { driver: undefined }, "driver"],
    ["an unknown driver", { driver: "fax" }, "driver"],
    ["an unknown field", { host: "x" }, "host"],
    ["no call at a time", { maxConcurrent: 0 }, "maxConcurrent"],
    ["more than 10,000 calls at a time", { maxConcurrent: 10_001 }, "maxConcurrent"],
    ["half a call", { maxConcurrent: 1.5 }, "maxConcurrent"],
    ["no call a second", { callsPerSecond: 0 }, "callsPerSecond"],
    ["more than 1,000 calls a second", { callsPerSecond: 1_001 }, "callsPerSecond"],
    ["a prefix without plus", { allowedPrefixes: ["91"] }, "allowedPrefixes.0"],
    ["a plus alone", { allowedPrefixes: ["+"] }, "allowedPrefixes.0"],
    ["a prefix twice", { allowedPrefixes: ["+91", "+91"] }, "allowedPrefixes"],
    ["an unknown option", { simulator: { speed: 2 } }, "simulator.speed"],
    ["an answer rate over 1", { simulator: { answerRate: 1.1 } }, "simulator.answerRate"],
    ["a negative ring time", { simulator: { ringMs: -1 } }, "simulator.ringMs"],
    ["the options of the other driver", { sip }, "sip"],
  ];
  test.each(wrong)("%s is refused, and the place is named", async (_, change, path) => {
    const { ask } = createNouns();
    const answer = await ask("POST", "/api/trunks", { name: "Play", driver: "simulator", ...change });
    expectRefusal(answer, 400, "validation_failed", /./);
    expect(answer.json.details.map((detail: { path: string }) => detail.path)).toEqual([path]);
    expect((await ask("GET", "/api/trunks")).json.total).toBe(0);
  });

  const wrongSip: [string, object, string][] = [
    ["no host", { host: undefined }, "sip.host"],
    ["a host with a path", { host: "sip.example.com/x" }, "sip.host"],
    ["port 0", { port: 0 }, "sip.port"],
    ["an unknown transport", { transport: "carrier pigeon" }, "sip.transport"],
    ["an unknown codec", { codecs: ["OPUS"] }, "sip.codecs.0"],
    ["no codec", { codecs: [] }, "sip.codecs"],
    ["a registration without a password", { register: true, password: null }, "sip.register"],
    ["an unknown field", { proxy: "x" }, "sip.proxy"],
    ["an unknown field of the caller ID", { callerId: { name: "x" } }, "sip.callerId.name"],
    ["a name without its password", { password: null }, "sip"],
    ["a header that signalling writes itself", { headers: { Via: "x" } }, "sip"],
    ["a header on two lines", { headers: { "X-Account": "a\r\nVia: x" } }, "sip"],
    ["an expression that is none", { rewriteTo: { pattern: "(" } }, "sip"],
  ];
  test.each(wrongSip)("of a sip trunk, %s is refused", async (_, change, path) => {
    const { ask } = createNouns(bothDrivers);
    const answer = await ask("POST", "/api/trunks", { name: "Carrier", driver: "sip", sip: { ...sip, ...change } });
    expectRefusal(answer, 400, "validation_failed", /./);
    expect(answer.json.details.map((detail: { path: string }) => detail.path)).toEqual([path]);
  });

  test("every option of a sip trunk is stored as given, and comes out but for the password", async () => {
    const { ask } = createNouns(bothDrivers);
    const { password, ...shown } = sip;
    const more = {
      port: 5080,
      transport: "tls",
      realm: "example.com",
      register: true,
      registerSeconds: 300,
      keepAliveSeconds: 0,
      codecs: ["PCMA"],
      domain: "example.com",
      outboundProxy: "proxy.example.com:5061",
      callerId: { fromUser: "username", displayName: "Spring", assertedIdentity: false, privacy: true },
      rewriteTo: { strip: 1, prefix: "00" },
      rewriteFrom: { pattern: "^\\+91", replacement: "0" },
      headers: { "X-Account": "7" },
      srtp: "require",
      latch: false,
      contact: "source",
      sessionSeconds: 900,
      reliableProvisional: false,
      trustedAddresses: ["192.0.2.7"],
      tls: { verify: true, serverName: "sip.example.com" },
    };
    const { status, json } = await ask("POST", "/api/trunks", { name: "Carrier", driver: "sip", sip: { ...shown, ...more, password } });
    expect({ status, sip: json.sip }).toEqual({ status: 201, sip: { ...shown, ...more, hasPassword: true } });
  });

  test("the profiles are options that a trunk takes", async () => {
    const { ask } = createNouns(bothDrivers);
    const { profiles } = (await ask("GET", "/api/trunks/profiles")).json as { profiles: { id: string; sip: object; asks: string[] }[] };
    expect(profiles.map(({ id }) => id)).toContain("generic");
    for (const profile of profiles)
      expect((await ask("POST", "/api/trunks", { name: profile.id, driver: "sip", sip: { ...sip, ...profile.sip } })).status).toBe(201);
  });

  test("a wrong password is not repeated in the refusal", async () => {
    const { ask } = createNouns(bothDrivers);
    const answer = await ask("POST", "/api/trunks", { name: "Carrier", driver: "sip", sip: { ...sip, password: "hunter2".repeat(30) } });
    expectRefusal(answer, 400, "validation_failed", /^sip\.password: is not valid; it must be a text of 1 to 200 characters, or null$/);
  });
});

describe("changing a trunk", () => {
  test("options merge field by field, null lifts a cap, what is left out stays", async () => {
    const { ask, clock } = createNouns();
    const { json } = await ask("POST", "/api/trunks", {
      name: "Play",
      driver: "simulator",
      maxConcurrent: 5,
      callsPerSecond: 2,
      allowedPrefixes: ["+91"],
      simulator: { seed: 9 },
    });
    clock.advance(1_000);
    const changed = await ask("PUT", `/api/trunks/${json.id}`, { maxConcurrent: null, simulator: { answerRate: 0 } });
    expect(changed.status).toBe(200);
    expect(changed.json).toEqual({
      ...json,
      maxConcurrent: null,
      simulator: { ...json.simulator, seed: 9, answerRate: 0 },
      updatedAt: "2026-05-06T05:30:01.000Z",
    });
  });

  test("a password stays when it is left out, and goes with null", async () => {
    const { ask } = createNouns(bothDrivers);
    const { json } = await ask("POST", "/api/trunks", { name: "Carrier", driver: "sip", sip });
    expect((await ask("PUT", `/api/trunks/${json.id}`, { sip: { port: 5080 } })).json.sip).toMatchObject({ port: 5080, hasPassword: true });
    expect((await ask("PUT", `/api/trunks/${json.id}`, { sip: { username: null, password: null } })).json.sip).toMatchObject({
      port: 5080,
      hasPassword: false,
    });
  });

  test("another driver starts from its own defaults", async () => {
    const { ask } = createNouns(bothDrivers);
    const { json } = await ask("POST", "/api/trunks", { name: "Carrier", driver: "sip", sip });
    const changed = (await ask("PUT", `/api/trunks/${json.id}`, { driver: "simulator" })).json;
    expect(changed).toMatchObject({ driver: "simulator", simulator: { seed: 1 } });
    expect(changed).not.toHaveProperty("sip");
  });

  test("an unknown id, an unknown field and the other driver's options are refused", async () => {
    const { ask } = createNouns();
    const { json } = await ask("POST", "/api/trunks", { name: "Play", driver: "simulator" });
    expectRefusal(await ask("PUT", `/api/trunks/${UNKNOWN}`, {}), 404, "not_found", /no trunk with the id/);
    expectRefusal(await ask("PUT", `/api/trunks/${json.id}`, { id: "x" }), 400, "validation_failed", /id: is not a field here/);
    expectRefusal(await ask("PUT", `/api/trunks/${json.id}`, { sip }), 400, "validation_failed", /sip: is for a trunk with the driver sip/);
    expectRefusal(await ask("PUT", `/api/trunks/${json.id}`), 400, "validation_failed", /body is empty/);
  });
});

describe("listing, testing and deleting trunks", () => {
  test("the list is newest first and goes on by its cursor", async () => {
    const { ask } = createNouns();
    for (const name of ["a", "b", "c"]) await ask("POST", "/api/trunks", { name, driver: "simulator" });
    const names = (list: { trunks: { name: string }[] }) => list.trunks.map((trunk) => trunk.name);
    const first = (await ask("GET", "/api/trunks?limit=2")).json;
    expect(names(first)).toEqual(["c", "b"]);
    expect(first.total).toBe(3);
    expect(names((await ask("GET", `/api/trunks?limit=2&cursor=${first.nextCursor}`)).json)).toEqual(["a"]);
    expectRefusal(await ask("GET", "/api/trunks?driver=sip"), 400, "validation_failed", /driver: is not a field here/);
  });

  test("a test asks the dialer and passes on what it said", async () => {
    const asked: DialTrunk[] = [];
    let problem: string | undefined;
    const { ask } = createNouns({ check: async (trunk) => (asked.push(trunk), problem) });
    const { json } = await ask("POST", "/api/trunks", { name: "Play", driver: "simulator" });
    expect(await ask("POST", `/api/trunks/${json.id}/test`)).toEqual({
      status: 200,
      json: { ok: true, message: "calls can leave through this trunk" },
    });
    problem = "no answer to OPTIONS within 4 s";
    expect(await ask("POST", `/api/trunks/${json.id}/test`)).toEqual({ status: 200, json: { ok: false, message: problem } });
    expect(asked[0]).toEqual({ id: json.id, driver: "simulator", options: json.simulator });
    expectRefusal(await ask("POST", `/api/trunks/${UNKNOWN}/test`), 404, "not_found", /no trunk/);
  });

  test("one that a phone number uses stays; unused it goes", async () => {
    const { ask, db } = createNouns();
    const { id } = (await ask("POST", "/api/trunks", { name: "Play", driver: "simulator" })).json;
    const number = (await ask("POST", "/api/phone-numbers", { phoneNumber: "+918045678900", trunkId: id })).json;
    const answer = await ask("DELETE", `/api/trunks/${id}`);
    expectRefusal(answer, 409, "still_referenced", /in use by phone number \+918045678900/);
    expect(answer.json.error).toContain(number.id);
    await ask("DELETE", `/api/phone-numbers/${number.id}`);
    expect(await ask("DELETE", `/api/trunks/${id}`)).toEqual({ status: 204, json: undefined });
    expectRefusal(await ask("DELETE", `/api/trunks/${id}`), 404, "not_found", /no trunk/);
    expect(findTrunk(db, id)).toBeUndefined();
  });
});

describe("the first trunk", () => {
  test("is a simulator, made when there is no trunk and never again", async () => {
    const { ask, db, clock, newId } = createNouns();
    ensureDefaultTrunk(db, { clock, newId });
    ensureDefaultTrunk(db, { clock, newId });
    expect(listTrunks(db).map(({ name, driver }) => ({ name, driver }))).toEqual([{ name: "Simulator", driver: "simulator" }]);
    expect((await ask("GET", "/api/trunks")).json.trunks[0].simulator).toEqual({ seed: 1, ringMs: 200, talkMs: 400, answerRate: 0.6 });
  });

  test("is not made beside one of the operator's own", async () => {
    const { ask, db, clock, newId } = createNouns();
    await ask("POST", "/api/trunks", { name: "Mine", driver: "simulator" });
    ensureDefaultTrunk(db, { clock, newId });
    expect(listTrunks(db).map((trunk) => trunk.name)).toEqual(["Mine"]);
  });
});

describe("who may do what with trunks", () => {
  const table: [string, string, object | undefined, Role | null, number][] = [
    ["GET", "/api/trunks", undefined, null, 401],
    ["GET", "/api/trunks", undefined, "read", 200],
    ["GET", `/api/trunks/${UNKNOWN}`, undefined, "read", 404],
    ["POST", "/api/trunks", { name: "A", driver: "simulator" }, "operator", 403],
    ["PUT", `/api/trunks/${UNKNOWN}`, {}, "operator", 403],
    ["DELETE", `/api/trunks/${UNKNOWN}`, undefined, "operator", 403],
    ["POST", `/api/trunks/${UNKNOWN}/test`, undefined, "operator", 403],
  ];
  test.each(table)("%s %s with %p as %p: %d", async (method, path, body, role, status) => {
    expect((await createNouns().ask(method, path, body, role)).status).toBe(status);
  });
});

describe("the trunk that stands in for another", () => {
  test("is another trunk that exists, of the same driver, and stays while it is named", async () => {
    const { ask } = createNouns(bothDrivers);
    const spare = (await ask("POST", "/api/trunks", { name: "Spare", driver: "simulator" })).json;
    const main = (await ask("POST", "/api/trunks", { name: "Main", driver: "simulator", fallbackTrunkId: spare.id })).json;
    expect(main.fallbackTrunkId).toBe(spare.id);
    expectRefusal(
      await ask("POST", "/api/trunks", { name: "Lost", driver: "simulator", fallbackTrunkId: UNKNOWN }),
      404,
      "not_found",
      /no trunk/,
    );
    expectRefusal(
      await ask("PUT", `/api/trunks/${main.id}`, { fallbackTrunkId: main.id }),
      400,
      "validation_failed",
      /names the trunk itself/,
    );
    expectRefusal(
      await ask("POST", "/api/trunks", { name: "Carrier", driver: "sip", sip, fallbackTrunkId: spare.id }),
      400,
      "validation_failed",
      /has the driver simulator; it must have the driver sip/,
    );
    expectRefusal(await ask("DELETE", `/api/trunks/${spare.id}`), 409, "still_referenced", /trunk 'Main'/);
    expect((await ask("PUT", `/api/trunks/${main.id}`, { fallbackTrunkId: null })).json.fallbackTrunkId).toBeNull();
    expect((await ask("DELETE", `/api/trunks/${spare.id}`)).status).toBe(204);
  });
});
