// GET /metrics: the appliance's figures for Prometheus, in its text format (prometheus.io/docs, exposition formats 0.0.4).
// Counts alone: no number to call, no name, no key. Each is read from a counter or a partial index, never by a walk.

import { Elysia } from "elysia";
import { Type } from "typebox";
import { CallStatus, openCallStatuses } from "../calls/call.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import { type Clock, SECOND } from "../runtime/clock.ts";
import { DeliveryStatus } from "../webhooks/delivery-status.ts";
import { document } from "./document.ts";

export interface MetricsDependencies {
  db: Db;
  clock: Pick<Clock, "monotonicMs">;
  version: string;
  /** Bytes of memory that the process holds. */
  memoryBytes: () => number;
}

/** One figure, with a value for each set of labels. */
interface Metric {
  name: string;
  help: string;
  type: "gauge" | "counter";
  values: readonly { labels?: Record<string, string>; value: number }[];
}

const MetricsText = Type.String({
  contentMediaType: "text/plain",
  description: "Prometheus text",
  examples: [`outdial_calls_open{status="${CallStatus.ringing}"} 3\n`],
});

/** Open, as /docs is: put it behind the proxy that ends TLS, or scrape it on the machine itself. */
export function metricsRoutes({ db, clock, version, memoryBytes }: MetricsDependencies) {
  const startedMs = clock.monotonicMs();
  const own = (): Metric[] => [
    { name: "outdial_build_info", help: "The program's version.", type: "gauge", values: [{ labels: { version }, value: 1 }] },
    {
      name: "outdial_uptime_seconds",
      help: "Since the start of the process.",
      type: "gauge",
      values: [{ value: Math.floor((clock.monotonicMs() - startedMs) / SECOND) }],
    },
    { name: "outdial_memory_bytes", help: "Resident memory of the process.", type: "gauge", values: [{ value: memoryBytes() }] },
  ];
  return new Elysia().get(
    "/metrics",
    () => new Response(toText([...own(), ...readMetrics(db)]), { headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" } }),
    document({ summary: "Figures for Prometheus", tag: "Health", answers: { 200: MetricsText } }),
  );
}

function readMetrics(db: Db): Metric[] {
  const byStatus = (sql: string) =>
    db.sqlite
      .query<{ status: string; value: number }, []>(sql)
      .all()
      .map(({ status, value }) => ({ labels: { status }, value }));
  const one = (sql: string) => [{ value: db.sqlite.query<{ value: number | null }, []>(sql).get()?.value ?? 0 }];
  return [
    {
      name: "outdial_campaigns",
      help: "Campaigns by status.",
      type: "gauge",
      values: byStatus("SELECT status, count(*) AS value FROM campaigns GROUP BY status"),
    },
    {
      name: "outdial_leads",
      help: "Leads by status, over all campaigns.",
      type: "gauge",
      values: byStatus("SELECT status, sum(count) AS value FROM lead_counts GROUP BY status"),
    },
    {
      name: "outdial_calls_open",
      help: "Calls in progress by status.",
      type: "gauge",
      values: byStatus(`SELECT status, count(*) AS value FROM calls WHERE status IN (${quoted(openCallStatuses)}) GROUP BY status`),
    },
    {
      name: "outdial_dnc_entries",
      help: "Numbers on the do-not-call list.",
      type: "gauge",
      values: one("SELECT sum(count) AS value FROM dnc_counts"),
    },
    {
      name: "outdial_webhooks_pending",
      help: "Webhooks that are still to be delivered.",
      type: "gauge",
      values: one(`SELECT count(*) AS value FROM deliveries WHERE status = '${DeliveryStatus.pending}'`),
    },
  ];
}

function toText(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, help, type, values }) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...values.map(({ labels, value }) => `${name}${labelsOf(labels)} ${value}`),
        "",
      ].join("\n"),
    )
    .join("");
}

function labelsOf(labels: Record<string, string> | undefined): string {
  if (labels === undefined) return "";
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replaceAll(/["\\\n]/g, "_")}"`)
    .join(",")}}`;
}
