/** Watching a replay without taking part in it. */
import type { Market, Mode } from "../../sdk";
import type { Judged } from "../keeper/ranking";
import type { Receipt } from "./chain";
import type { World } from "./world";

/** Everything as it was judged at one moment. */
export interface Measurement {
  /** Unix seconds. */
  time: number;
  markets: readonly Market[];
  /** Every account that holds anything. */
  judged: readonly Judged[];
  /** Gross notional over collateral of each mode's traders; undefined while none of them holds anything. */
  efficiency: ReadonlyMap<Mode, number | undefined>;
}

/** Is told what the replay sees for itself; it asks the chain nothing more while the replay runs. */
export interface ReplayObserver {
  /** The system is deployed, and everybody's account open. */
  begin(world: World): Promise<void>;
  /** A transaction was mined. The account book still stands as before it. */
  mined(receipt: Receipt): void;
  /** Prices or positions have changed. */
  measured(measurement: Measurement): void;
}
