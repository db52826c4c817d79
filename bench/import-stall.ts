// The longest stall of the main thread while a list of 100,000 rows is imported over HTTP and 100 calls talk, and what it
// does to their audio; beside the same calls with nothing imported.
//   bun bench/import-stall.ts [ROUNDS] [ROWS]     goal: no stall over 50 ms, and the audio as without the import

import { ADMIN_KEY, createAsk } from "../test/support/ask.ts";
import { openHours } from "../test/support/campaign-by-http.ts";
import { buildPeer, medianRound, printTable, type Round, runRound } from "./media-rig.ts";
import { median } from "./support/figures.ts";

const CALLS = 100;
const MEASURE_MS = 15_000;
const rounds = Number(Bun.argv[2] ?? 3);
const rows = Number(Bun.argv[3] ?? 100_000);
const peer = buildPeer();
const csv = ["phoneNumber,firstName,city", ...Array.from({ length: rows }, (_, row) => `+9198${10_000_000 + row},Arjun ${row},Pune`)].join(
  "\n",
);

/** A campaign to import into; resolves with what imports, which resolves with how long that took, in seconds. */
async function prepareImport(url: string): Promise<() => Promise<number>> {
  const request = createAsk(url, ADMIN_KEY);
  const create = async (path: string, body: unknown) => (await request<{ id: string }>("POST", path, body)).body.id;
  const trunkId = await create("/api/trunks", { name: "Carrier", driver: "simulator" });
  const phoneNumberId = await create("/api/phone-numbers", { phoneNumber: "+912200000001", trunkId });
  const agentId = await create("/api/agents", { name: "Anna" });
  const id = await create("/api/campaigns", { name: "Spring", agentId, phoneNumberId, schedule: openHours(Date.now()) });
  return async () => {
    const startedAt = performance.now();
    const answer = await request<{ inserted: number }>("POST", `/api/campaigns/${id}/leads`, csv, { "content-type": "text/csv" });
    if (answer.body.inserted !== rows) throw new Error(`the import answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return (performance.now() - startedAt) / 1_000;
  };
}

const alone: Round[] = [];
const beside: Round[] = [];
const seconds: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  let importList: () => Promise<number> = () => Promise.resolve(0);
  const options = {
    measureMs: MEASURE_MS,
    core: undefined,
    prepare: async ({ url }: Record<string, unknown>) => void (importList = await prepareImport(String(url))),
  };
  alone.push(await runRound(peer, { kind: "appliance" }, CALLS, options));
  beside.push(
    await runRound(peer, { kind: "appliance" }, CALLS, { ...options, meanwhile: async () => void seconds.push(await importList()) }),
  );
}

const rowOf = (name: string, list: readonly Round[]): string[] => {
  const { p50, p99, max, lostOut, lostIn } = medianRound(list);
  const stall = (field: string) => median(list.map(({ told }) => told?.[field] ?? Number.NaN)).toFixed(1);
  return [
    name,
    stall("work"),
    stall("disk"),
    stall("all"),
    p50.toFixed(2),
    p99.toFixed(2),
    max.toFixed(1),
    String(lostOut),
    String(lostIn ?? "-"),
  ];
};
printTable(
  [
    "main thread",
    "longest stall: its work, ms",
    "and the disk",
    "and waits for a core",
    "p50 ms",
    "p99 ms",
    "max ms",
    "lost out",
    "lost in",
  ],
  [rowOf("nothing imported", alone), rowOf(`import of ${rows} rows`, beside)],
);
console.log(
  `\n${CALLS} calls; the import took ${median(seconds).toFixed(1)} s; medians of ${rounds}; p50, p99, max: deviation of the time between packets from 20 ms.`,
);
