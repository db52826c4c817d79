import { describe, expect, test } from "bun:test";
import { operationIdOf } from "../../../src/http/openapi/operation-id.ts";

describe("what a generated client calls a route", () => {
  test.each([
    ["GET", "/api/agents", true, "listAgents"],
    ["POST", "/api/agents", true, "createAgent"],
    ["GET", "/api/agents/{id}", false, "getAgent"],
    ["PUT", "/api/agents/{id}", false, "updateAgent"],
    ["PATCH", "/api/agents/{id}", false, "changeAgent"],
    ["DELETE", "/api/agents/{id}", false, "deleteAgent"],
    ["GET", "/api/agents/{id}/versions", true, "listAgentVersions"],
    ["POST", "/api/agents/{id}/versions", true, "createAgentVersion"],
    ["GET", "/api/agents/{id}/versions/{version}", false, "getAgentVersion"],
    ["POST", "/api/agents/{id}/versions/{version}/rollback", false, "rollbackAgentVersion"],
    ["POST", "/api/campaigns/{id}/start", false, "startCampaign"],
    ["GET", "/api/campaigns/{id}/report", false, "getCampaignReport"],
    ["GET", "/api/phone-numbers", true, "listPhoneNumbers"],
    ["GET", "/api/webhooks/deliveries", true, "listWebhooksDeliveries"],
    ["POST", "/api/settings/webhook/test", false, "testSettingsWebhook"],
  ] as const)("%s %s", (method, path, isCollection, name) => expect(operationIdOf(method, path, isCollection)).toBe(name));
});
