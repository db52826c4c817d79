// The trunks in service, by id: opened when a call or a check first names one, opened anew when its row changed.
// sip-dialer.ts holds one.

import type { DialTrunk } from "../../calls/dialer.ts";
import { createFaultMemory, type FaultMemory } from "./fault-memory.ts";
import { type LiveTrunk, type LiveTrunkPorts, openTrunk } from "./live-trunk.ts";
import { readTrunkOptions } from "./trunk-options.ts";

export interface TrunkEntry {
  live: LiveTrunk;
  faults: FaultMemory;
}

export interface TrunkRoll {
  /** The trunk in service, or a sentence when its options make no sense. */
  entry(trunk: DialTrunk): TrunkEntry | string;
  /** Whether one of them is reached at this address. */
  trusts(address: string): boolean;
  forget(trunkId: string): Promise<void>;
  close(): Promise<void>;
}

interface Row extends TrunkEntry {
  /** The row's options, as text and as the object that was seen last: the same object needs no second look. */
  source: string;
  seen: Record<string, unknown>;
}

/** `ports` is asked for when a trunk is opened, since router and roll need each other. */
export function createTrunkRoll(ports: () => LiveTrunkPorts): TrunkRoll {
  const rows = new Map<string, Row>();
  return {
    entry({ id, options }) {
      const known = rows.get(id);
      if (known?.seen === options) return known;
      const source = JSON.stringify(options);
      if (known?.source === source) {
        known.seen = options;
        return known;
      }
      const read = readTrunkOptions(options);
      if ("problems" in read) return read.problems.join("; ");
      void known?.live.close();
      const row: Row = { source, seen: options, live: openTrunk(read.options, ports()), faults: createFaultMemory() };
      rows.set(id, row);
      return row;
    },
    trusts(address) {
      for (const { live } of rows.values()) if (live.trusts(address)) return true;
      return false;
    },
    async forget(trunkId) {
      const row = rows.get(trunkId);
      rows.delete(trunkId);
      await row?.live.close();
    },
    async close() {
      await Promise.all([...rows.values()].map(({ live }) => live.close()));
    },
  };
}
