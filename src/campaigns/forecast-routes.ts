// GET /api/campaigns/{id}/forecast: when a campaign will be through, who will be left out and why.

import { Elysia } from "elysia";
import { Type } from "typebox";
import type { CampaignForecast, ForecastControl } from "../calls/control.ts";
import { notFound } from "../errors.ts";
import { document } from "../http/document.ts";
import { InstantJson, InstantOrNullJson, toInstant, toInstantOrNull } from "../http/instants.ts";
import { type Clock, type EpochMs, HOUR } from "../runtime/clock.ts";

const ForecastJson = Type.Object(
  {
    computedAt: InstantJson,
    /** Null when it does not end within a year. */
    expectedEndAt: InstantOrNullJson,
    attempts: Type.Integer({ description: "calls still to be placed", examples: [240] }),
    idleHours: Type.Number({ description: "hours in which people wait and nobody may be called", examples: [14] }),
    waiting: Type.Integer({ description: "leads that wait", examples: [180] }),
    skipped: Type.Array(
      Type.Object(
        { reason: Type.String({ examples: ["dnc"] }), leads: Type.Integer({ examples: [2] }) },
        { title: "Skipped", examples: [{ reason: "dnc", leads: 2 }] },
      ),
      {
        description: "who will not be called: dnc, zone_unknown, window_never_opens, end_time",
      },
    ),
    notForeseen: Type.Array(Type.String({ examples: ["the credit that is left may end before the campaign does"] }), {
      description: "what nobody can know ahead, or what the forecast does not look at",
    }),
    assumed: Type.Object(
      {
        callsAtOnce: Type.Integer({ examples: [5] }),
        secondsPerCall: Type.Number({ examples: [62.5] }),
        retryShare: Type.Number({ description: "of the attempts, those that lead to another", examples: [0.4] }),
        basis: Type.Enum(["history", "assumption"], { description: "whether the figures are this campaign's own" }),
      },
      { title: "ForecastGrounds", examples: [{ callsAtOnce: 5, secondsPerCall: 62.5, retryShare: 0.4, basis: "history" }] },
    ),
  },
  { title: "Forecast" },
);

export interface ForecastDependencies {
  clock: Pick<Clock, "now">;
  control: ForecastControl;
}

/** Before a campaign begins and while it runs; nothing is changed. */
export function forecastRoutes({ clock, control }: ForecastDependencies) {
  return new Elysia({ prefix: "/api/campaigns" }).get(
    "/:id/forecast",
    async ({ params }) => {
      const result = await control.forecast(params.id);
      if (result === undefined) throw notFound("campaign", params.id);
      return toJson(result, clock.now());
    },
    document({
      summary: "When a campaign will be through, and who will be left out",
      tag: "Campaigns",
      answers: { 200: ForecastJson },
      refusals: ["not_found"],
    }),
  );
}

function toJson(
  { endsAt, attempts, idleMs, waiting, skipped, notForeseen, callsAtOnce, secondsPerCall, retryShare, basis }: CampaignForecast,
  now: EpochMs,
) {
  return {
    computedAt: toInstant(now),
    expectedEndAt: toInstantOrNull(endsAt === undefined ? null : Math.round(endsAt)),
    attempts,
    idleHours: round(idleMs / HOUR, 2),
    waiting,
    skipped,
    notForeseen,
    assumed: { callsAtOnce, secondsPerCall: round(secondsPerCall, 3), retryShare: round(retryShare, 3), basis },
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
