/** SurfaceStatus of contracts/types/Expiry.sol, in its order, and what each allows. */
const STATUSES = ["absent", "expired", "aged: no new risk", "stale: vols widen", "fresh"] as const;

/** What a surface's status is called. */
export function surfaceStatusName(status: bigint): string {
  return STATUSES[Number(status)] ?? status.toString();
}
