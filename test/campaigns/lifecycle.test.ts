import { describe, expect, test } from "bun:test";
import { type CampaignCommand, campaignStatuses, isFinal, refusalOf, statusesFor } from "../../src/campaigns/lifecycle.ts";

/** One line a command, as the contract has it; what is not in it is refused. */
const allowed: Record<CampaignCommand, string[]> = {
  edit: ["draft", "scheduled"],
  adjust: ["draft", "scheduled", "running", "paused"],
  addLeads: ["draft", "scheduled", "running", "paused"],
  recall: ["draft", "scheduled", "running", "paused"],
  start: ["draft", "scheduled"],
  pause: ["running"],
  resume: ["paused"],
  stop: ["scheduled", "running", "paused"],
  finish: ["running"],
  delete: ["draft", "completed", "failed"],
};

describe("the life of a campaign", () => {
  for (const [command, statuses] of Object.entries(allowed) as [CampaignCommand, string[]][]) {
    for (const status of campaignStatuses) {
      const may = statuses.includes(status);
      test(`${command} is ${may ? "allowed" : "refused"} in ${status}`, () => {
        expect(statusesFor(command).includes(status)).toBe(may);
        expect(refusalOf(command, status) === undefined).toBe(may);
      });
    }
  }

  test("a refusal names the status and the statuses that allow the command", () => {
    expect(refusalOf("stop", "draft")).toBe("cannot stop a campaign that is draft; it must be running or paused or scheduled");
  });

  test("only completed and failed are final, and a final campaign can only be deleted", () => {
    expect(campaignStatuses.filter(isFinal)).toEqual(["completed", "failed"]);
    for (const status of ["completed", "failed"] as const) {
      expect(Object.keys(allowed).filter((command) => refusalOf(command as CampaignCommand, status) === undefined)).toEqual(["delete"]);
    }
  });
});
