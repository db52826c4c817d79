import { beforeEach, describe, expect, test } from "bun:test";
import { complianceRoutes } from "../../src/compliance/routes.ts";
import { createWorld, insertLine, type World } from "../support/world.ts";

let world: World;
beforeEach(() => {
  world = createWorld(({ clock, holidays }) => [complianceRoutes({ clock, holidaysOf: holidays.holidaysOf })]);
});

const get = (query = "", key?: string) =>
  world.request("GET", `/api/compliance/presets${query}`, undefined, key === undefined ? {} : { key });

describe("GET /api/compliance/presets", () => {
  test("gives every preset with its sources, and says that it is no legal advice", async () => {
    const { status, body } = await get();
    expect(status).toBe(200);
    expect(body.notice).toContain("not legal advice");
    expect(body.presets.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining(["us-federal", "us-reg-f", "us-fl", "us-ok", "us-md", "us-ma", "in", "gb", "ca", "au", "fr"]),
    );
    expect(body.presets.find(({ id }: { id: string }) => id === "us-fl")).toMatchObject({
      windows: [{ weekdays: [0, 1, 2, 3, 4, 5, 6], start: "08:00", end: "20:00" }],
      contactLimits: [{ attempts: 3, perHours: 24 }],
      sources: expect.arrayContaining([expect.objectContaining({ kind: "law", readOn: "2026-11-23" })]),
    });
    expect(body.combined).toBeUndefined();
  });

  test("may be read with any key", async () => expect((await get("", world.keyFor("read"))).status).toBe(200));

  test("combines several, the strictest winning, into fields that a campaign takes", async () => {
    const { combined } = (await get("?apply=us-federal,us-fl,us-reg-f")).body;
    expect(combined).toMatchObject({
      applied: ["us-federal", "us-fl", "us-reg-f"],
      campaign: {
        schedule: { timezoneMode: "recipient", windows: [{ weekdays: [0, 1, 2, 3, 4, 5, 6], start: "08:00", end: "20:00" }] },
        contactLimits: [
          { attempts: 3, perHours: 24 },
          { attempts: 7, perHours: 168 },
        ],
        restAfterConversationHours: 168,
      },
    });
    expect(combined.remarks.join()).toContain("United States, Florida: Three calls");
    const { agentId, phoneNumberId } = insertLine(world);
    const campaign = (await world.request("POST", "/api/campaigns", { name: "Spring", agentId, phoneNumberId })).body;
    const changed = await world.request("PUT", `/api/campaigns/${campaign.id}`, combined.campaign);
    expect([changed.status, changed.body.schedule, changed.body.contactLimits]).toEqual([
      200,
      { timezone: "Asia/Kolkata", ...combined.campaign.schedule },
      combined.campaign.contactLimits,
    ]);
  });

  test("keeps one calendar of holidays and writes the days of the others out, to the end of next year", async () => {
    const { combined } = (await get("?apply=us-al,us-la")).body;
    expect(combined.campaign.schedule.holidays).toEqual({ country: "US", region: "AL" });
    const { blackoutDates } = combined.campaign.schedule;
    // Mardi Gras is Louisiana's.
    expect(blackoutDates).toContain("2027-02-09");
    expect(blackoutDates.every((date: string) => date >= "2026-05-06" && date <= "2027-12-31")).toBe(true);
    expect(combined.remarks[0]).toContain("up to the end of 2027");
  });

  test("one alone keeps its calendar, and one named twice counts once", async () => {
    const { combined } = (await get("?apply=fr,%20fr")).body;
    expect([combined.applied, combined.campaign.schedule.holidays, combined.campaign.schedule.blackoutDates]).toEqual([
      ["fr"],
      { country: "FR" },
      undefined,
    ]);
  });

  for (const apply of ["atlantis", "us-fl,", ",", "us-fl;us-ok"]) {
    test(`refuses ?apply=${apply}`, async () => {
      const { status, body } = await get(`?apply=${apply}`);
      expect([status, body.details[0].path]).toEqual([400, "apply"]);
      expect(body.error).toContain("us-federal");
    });
  }
  test("refuses another field", async () => expect((await get("?country=FR")).body.details[0].path).toBe("country"));
});
