import { describe, expect, test } from "bun:test";
import { readCounts, stateOf } from "../../src/campaigns/report.ts";
import { createParts, insertCampaignRow, insertLeadRows, someNumbers } from "../support/world.ts";

describe("the counts of a campaign", () => {
  test("have every word, 0 included, before there is a lead", () => {
    const parts = createParts();
    const { byStatus, byDisposition } = readCounts(parts.db, insertCampaignRow(parts).id);
    expect(Object.keys(byStatus)).toHaveLength(10);
    expect(Object.keys(byDisposition)).toHaveLength(4);
    expect([...Object.values(byStatus), ...Object.values(byDisposition)].every((count) => count === 0)).toBe(true);
  });

  test("follow every move of a lead, and add up to the leads", () => {
    const parts = createParts();
    const { id } = insertCampaignRow(parts);
    const [first = "", second = ""] = insertLeadRows(parts, id, someNumbers(5));
    const move = (lead: string, status: string, disposition: string | null = null) =>
      parts.db.sqlite.query("UPDATE leads SET status = ?2, disposition = ?3 WHERE id = ?1").run(lead, status, disposition);
    move(first, "dialing");
    move(first, "in_progress");
    move(first, "completed", "callback");
    move(first, "completed", "qualified");
    move(second, "dialing");
    move(second, "retry_wait");
    expect(readCounts(parts.db, id)).toMatchObject({
      byStatus: { pending: 3, dialing: 0, in_progress: 0, retry_wait: 1, completed: 1 },
      byDisposition: { qualified: 1, callback: 0 },
    });
  });
});

describe("the state of a campaign", () => {
  test("looks up neither its window nor its queue unless it runs", () => {
    const parts = createParts();
    const row = insertCampaignRow(parts, { status: "paused", schedule: { timezone: "Nowhere" } });
    expect(stateOf(parts.db, row, parts.clock.now(), parts.calendar).statusReason).toBe("paused by request");
  });

  test("keeps the schedule's holidays", () => {
    const parts = createParts();
    const row = insertCampaignRow(parts, { status: "running", schedule: { timezone: "Europe/Paris", holidays: { country: "FR" } } });
    const reasonAt = (at: string) => stateOf(parts.db, row, Date.parse(at), parts.calendar).statusReason;
    expect(reasonAt("2026-07-14T10:00:00Z")).toBe("outside the dialing window; opens at 2026-07-15T07:00:00.000Z");
    expect(reasonAt("2026-07-15T10:00:00Z")).toBeNull();
  });

  test("where each person has a window of their own, is out of it only while nobody who waits is in theirs", () => {
    const parts = createParts();
    const row = insertCampaignRow(parts, { status: "running", schedule: { timezoneMode: "recipient" } });
    const reasonAt = (at: string) => stateOf(parts.db, row, Date.parse(at), parts.calendar).statusReason;
    expect(reasonAt("2026-07-14T22:00:00Z")).toBeNull();
    const [paris = "", tokyo = "", nowhere = ""] = insertLeadRows(parts, row.id, someNumbers(3));
    const zone = (lead: string, zones: string) => parts.db.sqlite.query("UPDATE leads SET zones = ?2 WHERE id = ?1").run(lead, zones);
    zone(paris, "Atlantic/Canary|Europe/Madrid");
    zone(tokyo, "Asia/Tokyo");
    zone(nowhere, "?");
    expect(reasonAt("2026-07-14T10:00:00Z")).toBeNull();
    expect(reasonAt("2026-07-14T22:00:00Z")).toBe("outside the dialing window; opens at 2026-07-15T00:00:00.000Z");
  });
});
