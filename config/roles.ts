/** Who may do what: the access manager's roles, and the role each restricted function asks for. */

/** Role ids. Zero is the access manager's own admin, who grants the others. */
export const Role = {
  Admin: 0n,
  /** Sets parameters inside the bounds coded in the contracts. */
  RiskAdmin: 1n,
  /** Lists underlyings with their first feed, and expiries with their strikes. */
  Lister: 2n,
  /** May stop what increases risk, for a day at a time. */
  Guardian: 3n,
  /** Replaces models, feeds and modules: what a user must have time to leave before. */
  ModuleAdmin: 4n,
} as const;
export type Role = (typeof Role)[keyof typeof Role];

/**
 * Every restricted function of the protocol by contract and name. A function without a row falls to the admin, so the
 * tests compare this table with the contracts.
 */
export const functionRoles = {
  Clearinghouse: {
    listMarket: Role.Lister,
    listExpiry: Role.Lister,
    setMarketParams: Role.RiskAdmin,
    setOptionParams: Role.RiskAdmin,
    announce: Role.ModuleAdmin,
    withdrawAnnouncement: Role.ModuleAdmin,
    registerModel: Role.ModuleAdmin,
    setModules: Role.ModuleAdmin,
  },
  PriceOracle: {
    registerFeed: Role.Lister,
    replaceFeed: Role.ModuleAdmin,
    setReferencePrice: Role.RiskAdmin,
    setSecondFeed: Role.ModuleAdmin,
    removeSecondFeed: Role.ModuleAdmin,
    stop: Role.Guardian,
    lift: Role.Guardian,
  },
  BasisOracle: { setSigners: Role.RiskAdmin },
  SurfaceOracle: { setSigners: Role.RiskAdmin, setMoveLimits: Role.RiskAdmin },
  VolatilityOracle: { list: Role.Lister, setPriceOracle: Role.ModuleAdmin },
  BackstopVault: { setLimits: Role.RiskAdmin },
  ExpirySettlement: { setTimeOut: Role.RiskAdmin },
} as const satisfies Record<string, Record<string, Role>>;

export type GovernedContract = keyof typeof functionRoles;
